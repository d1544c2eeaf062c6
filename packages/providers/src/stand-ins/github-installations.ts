import { createPrivateKey } from 'node:crypto'
import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import { personalToken, sandboxApp } from './github-app.ts'
import { type AskGithub, askTheSame, githubPage, githubRefusal, tokenIn } from './github-emulated.ts'
import { Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'
import { testClientKey } from './test-client-key.ts'

/** What a token of an installation may do. */
export interface InstallationToken {
  token: string
  account: string
  permissions: Record<string, string>
  /** Null for all that the account has. */
  repositoryIds: readonly number[] | null
  expiresAtMs: number
}

interface Installation {
  id: number
  account: { login: string }
  repository_selection: string
}

interface AccessTokens {
  token: string
  expires_at: string
  permissions: Record<string, string>
  repository_selection: string
  repositories?: { id: number }[]
}

/** No assertion of an app may be good for longer. */
const assertionSecondsMax = 600
const notReachable = 'Resource not accessible by integration'

/**
 * Installations of the GitHub App, as far as the emulated GitHub does not know them: it checks the app's signature and gives
 * tokens, and here they are told apart, end after their hour, and show what they reach.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function createGithubInstallations(origin: string, ask: AskGithub) {
  const tokens = new Map<string, InstallationToken>()
  const accountOf = new Map<string, string>()

  /** What the app's key signs, for questions of our own. */
  async function asApp(): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const assertion = new SignJWT({ iat: now - 60, exp: now + 300, iss: String(sandboxApp.id) })
    return `Bearer ${await assertion.setProtectedHeader({ alg: 'RS256' }).sign(createPrivateKey(testClientKey.privateKey))}`
  }

  async function listAll(): Promise<Installation[]> {
    const { body } = await ask('/app/installations', { authorization: await asApp() })
    return body as Installation[]
  }

  function remember({ token, expires_at, permissions, repositories, ...given }: AccessTokens, account: string) {
    const repositoryIds = given.repository_selection === 'all' ? null : (repositories ?? []).map(({ id }) => id)
    const known = { token, account, permissions, repositoryIds, expiresAtMs: Date.parse(expires_at) }
    tokens.set(token, known)
    return known
  }

  async function open(id: number, account: string): Promise<InstallationToken> {
    const path = `/app/installations/${id}/access_tokens`
    const { body } = await ask(path, { method: 'POST', authorization: await asApp() })
    return remember(body as AccessTokens, account)
  }

  async function repositoriesOf({ token, account, repositoryIds }: InstallationToken): Promise<{ id: number }[]> {
    const search = new URLSearchParams({ q: `user:${account}`, per_page: '100' })
    const { body } = await ask(`/search/repositories?${search}`, { authorization: `Bearer ${token}` })
    const { items } = body as { items: { id: number }[] }
    // What is public is found by everybody.
    return items.filter(({ id }) => repositoryIds?.includes(id) ?? true).sort((a, b) => a.id - b.id)
  }

  function find({ headers }: Pick<StandInRequest, 'headers'>): InstallationToken | null {
    const found = tokens.get(tokenIn(headers['authorization']))
    return found && found.expiresAtMs > Date.now() ? found : null
  }

  function demand(request: StandInRequest): InstallationToken {
    const found = find(request)
    if (found) return found
    const isAnyone = tokenIn(request.headers['authorization']) !== ''
    throw isAnyone
      ? githubRefusal(403, 'You must authenticate with an installation access token in order to list repositories')
      : githubRefusal(401, 'Requires authentication')
  }

  /** The installations that a person can see: on themselves and on their organizations. */
  async function visibleTo({ headers }: StandInRequest): Promise<Installation[]> {
    const { authorization } = headers
    if (/^(ghp_|github_pat_)/.test(tokenIn(authorization))) {
      throw githubRefusal(403, 'You must authenticate with an access token authorized to a GitHub App')
    }
    const user = await ask('/user', { authorization })
    if (user.status !== 200) throw new Refusal(user)
    const organizations = await ask('/user/orgs', { authorization })
    const theirs = [user.body as { login: string }, ...(organizations.body as { login: string }[])]
    return (await listAll()).filter(({ account }) => theirs.some(({ login }) => login === account.login))
  }

  const ofTheApp: StandInHandler = async (request) => {
    checkTimes(claimsIn(request))
    return await askTheSame(ask, request)
  }

  return {
    find,
    /** Refuses requests that the emulated GitHub would take from anybody. */
    refusalOf(authorization: string | undefined, path: string): Refusal | null {
      const token = tokenIn(authorization)
      const isPersonal = /^(ghp_|github_pat_)/.test(token)
      if (isPersonal && token !== personalToken) return githubRefusal(401, 'Bad credentials')
      if (!token.startsWith('ghs_')) return null
      if (!find({ headers: { authorization: authorization ?? '' } })) return githubRefusal(401, 'Bad credentials')
      // An installation is nobody.
      return /^\/user(\/|$)/.test(path) ? githubRefusal(403, notReachable) : null
    },
    routes: {
      'GET /app': ofTheApp,
      'GET /app/installations': ofTheApp,
      'GET /app/installations/{id}': ofTheApp,
      'POST /app/installations/{id}/access_tokens': async (request) => {
        const answer = await ofTheApp(request)
        if (answer.status === 201) {
          const id = request.params['id'] ?? ''
          if (!accountOf.has(id)) for (const one of await listAll()) accountOf.set(String(one.id), one.account.login)
          remember(answer.body as AccessTokens, accountOf.get(id) ?? '')
        }
        return answer
      },
      'DELETE /installation/token': (request) => {
        demand(request)
        tokens.delete(tokenIn(request.headers['authorization']))
        return { status: 204 }
      },
      'GET /installation/repositories': async (request) => {
        const token = demand(request)
        const more = { repository_selection: token.repositoryIds === null ? 'all' : 'selected' }
        return githubPage(origin, request, 'repositories', await repositoriesOf(token), more)
      },
      'GET /user/installations': async (request) =>
        githubPage(origin, request, 'installations', await visibleTo(request)),
      'GET /user/installations/{id}/repositories': async (request) => {
        const found = (await visibleTo(request)).find(({ id }) => String(id) === request.params['id'])
        if (!found) throw githubRefusal(404, 'Not Found')
        const { repository_selection } = found
        const repositories = await repositoriesOf(await open(found.id, found.account.login))
        return githubPage(origin, request, 'repositories', repositories, { repository_selection })
      },
    } satisfies Record<string, StandInHandler>,
  }
}

/** Null for what is no JWT at all: the emulated GitHub refuses that. */
function claimsIn({ headers }: StandInRequest): JWTPayload | null {
  try {
    return decodeJwt(tokenIn(headers['authorization']))
  } catch {
    return null
  }
}

/** The emulated GitHub checks the signature, and these not. */
function checkTimes(claims: JWTPayload | null): void {
  if (!claims) return
  const now = Math.floor(Date.now() / 1000)
  if (typeof claims.iat !== 'number' || claims.iat > now) {
    const rule = 'must be an Integer representing the time that the assertion was issued'
    throw githubRefusal(401, `'Issued at' claim ('iat') ${rule}`)
  }
  if (typeof claims.exp !== 'number' || claims.exp <= now) {
    const rule = 'must be a numeric value representing the future time at which the assertion expires'
    throw githubRefusal(401, `'Expiration time' claim ('exp') ${rule}`)
  }
  if (claims.exp - now > assertionSecondsMax) {
    throw githubRefusal(401, "'Expiration time' claim ('exp') is too far in the future")
  }
}
