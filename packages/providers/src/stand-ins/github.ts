import { createGithubActions } from './github-actions.ts'
import { askTheSame, createAskGithub } from './github-emulated.ts'
import { createGithubHooks } from './github-hooks.ts'
import { createGithubInstallations } from './github-installations.ts'
import { passOn } from './pass-on.ts'
import { type CreateStandIn, createRouter, type StandInHandler } from './stand-in.ts'

/**
 * GitHub before the emulated one, which knows neither workflows nor what belongs to an installation of a GitHub App, and
 * takes every token. The client that people sign in to is an OAuth App and the GitHub App in one.
 */
export const createStandIn: CreateStandIn = ({ origin, publicUrl, behind = '' }) => {
  const ask = createAskGithub(behind)
  const installations = createGithubInstallations(origin, ask)
  const scopes = new Map<string, readonly string[]>()
  const hooks = createGithubHooks(publicUrl, ask)
  const actions = createGithubActions({
    origin,
    ask,
    installationOf: installations.find,
    scopesOf: (token) => scopes.get(token) ?? null,
    tell: hooks.tell,
  })

  /** Only the answer says what was granted. */
  const token: StandInHandler = async (request) => {
    const answer = await askTheSame(ask, request)
    const { access_token, scope = '' } =
      typeof answer.body === 'string'
        ? Object.fromEntries(new URLSearchParams(answer.body))
        : (answer.body as Record<string, string>)
    if (access_token) scopes.set(access_token, scope.split(/[ ,]+/))
    return answer
  }

  const router = createRouter(
    { 'POST /login/oauth/access_token': token, ...installations.routes, ...hooks.routes, ...actions },
    { otherwise: passOn(behind) },
  )
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', origin)
    const refusal = installations.refusalOf(request.headers.authorization, pathname)
    const listener = refusal ? createRouter({}, { notFound: refusal.reply }) : router
    return listener(request, response)
  }
}
