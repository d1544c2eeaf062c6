import { createHmac, randomUUID } from 'node:crypto'
import { type AskGithub, askTheSame } from './github-emulated.ts'
import { jsonOf, type StandInHandler } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

interface Hook {
  id: number
  active: boolean
  events: string[]
  config: { url: string }
}

const below = '/repos/{owner}/{repo}/hooks'

/**
 * The webhooks of repositories, which the emulated GitHub keeps and serves: they are remembered here with their secrets, for
 * what only the front knows to have happened.
 */
export function createGithubHooks(publicUrl: string, ask: AskGithub) {
  const known = new Map<number, Hook & { repository: string; secret: string }>()
  const sender = createWebhookSender(publicUrl)

  /** Its answers tell all but the secret, which stays when a change does not name one. */
  const noted: StandInHandler = async (request) => {
    const answer = await askTheSame(ask, request)
    if (answer.status === 200 || answer.status === 201) {
      const hook = answer.body as Hook
      const { config } = request.body.length === 0 ? {} : jsonOf<{ config?: { secret?: string } }>(request)
      const secret = config?.secret ?? known.get(hook.id)?.secret ?? ''
      const { owner, repo } = request.params
      known.set(hook.id, { ...hook, secret, repository: `${owner}/${repo}`.toLowerCase() })
    }
    return answer
  }

  return {
    routes: {
      [`POST ${below}`]: noted,
      [`PATCH ${below}/{hook}`]: noted,
      [`DELETE ${below}/{hook}`]: async (request) => {
        const answer = await askTheSame(ask, request)
        if (answer.status === 204) known.delete(Number(request.params['hook']))
        return answer
      },
    } satisfies Record<string, StandInHandler>,
    /** Delivers an event to the hooks of a repository that ask for it. */
    tell(repository: string, event: string, payload: object): void {
      const body = JSON.stringify(payload)
      for (const hook of known.values()) {
        const { active, events, secret, config } = hook
        const isMeant = events.includes(event) || events.includes('*')
        if (!active || !isMeant || hook.repository !== repository.toLowerCase()) continue
        const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
        const headers = {
          ...{ 'x-github-event': event, 'x-github-delivery': randomUUID(), 'x-github-hook-id': String(hook.id) },
          ...(secret !== '' && { 'x-hub-signature-256': signature }),
        }
        sender.send(() => ({ url: config.url, headers, body }))
      }
    },
  }
}
