import { randomBytes, randomUUID } from 'node:crypto'
import { type OktaStandInUser, oktaError } from './okta-org.ts'
import { jsonOf, type StandInHandler } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

interface Channel {
  type: string
  version: string
  config: { uri: string; authScheme?: { type: string; key: string; value: string } }
}
interface EventHook {
  id: string
  name: string
  status: 'ACTIVE' | 'INACTIVE'
  verificationStatus: 'UNVERIFIED' | 'VERIFIED'
  events: { type: string; items: string[] }
  channel: Channel
}
interface LogEvent {
  uuid: string
  published: string
  eventType: string
  [field: string]: unknown
}

/** The system log, and event hooks that tell of it once their address has answered the challenge. */
export function createOktaEvents({ origin, publicUrl }: { origin: string; publicUrl: string }) {
  const sender = createWebhookSender(publicUrl)
  const hooks = new Map<string, EventHook>()
  const log: LogEvent[] = []
  const kari = {
    id: '00ub0oNGTSWTBKOLGLNR',
    type: 'User',
    alternateId: 'kari@example.com',
    displayName: 'Kari Nordmann',
  }

  function tell(eventType: string, { id, profile }: OktaStandInUser): void {
    const target = [{ id, type: 'User', alternateId: profile['login'], displayName: profile['firstName'] }]
    const event: LogEvent = {
      ...{ uuid: randomUUID(), published: new Date().toISOString(), eventType, version: '0', severity: 'INFO' },
      ...{ displayMessage: eventType, actor: kari, target, outcome: { result: 'SUCCESS', reason: null } },
      client: { ipAddress: '192.0.2.17' },
    }
    log.push(event)
    for (const hook of hooks.values()) {
      const isFor = hook.status === 'ACTIVE' && hook.verificationStatus === 'VERIFIED'
      if (!isFor || !hook.events.items.includes(eventType)) continue
      const { uri, authScheme } = hook.channel.config
      const envelope = {
        ...{ eventType: 'com.okta.event_hook', eventTypeVersion: '1.0', cloudEventsVersion: '0.1' },
        ...{ source: `${origin}/api/v1/eventHooks/${hook.id}`, eventId: randomUUID(), eventTime: event.published },
        ...{ contentType: 'application/json', data: { events: [event] } },
      }
      const headers: Record<string, string> = authScheme ? { [authScheme.key]: authScheme.value } : {}
      sender.send(() => ({ url: uri, headers, body: JSON.stringify(envelope) }))
    }
  }

  const demand = (id = ''): EventHook => {
    const found = hooks.get(id)
    if (!found) throw oktaError(404, 'E0000007', `Not found: Resource not found: ${id} (EventHook)`)
    return found
  }

  return {
    tell,
    routes: {
      'GET /api/v1/logs': ({ query, target }) => {
        const limit = Number(query.get('limit') ?? 100)
        if (!(limit >= 0 && limit <= 1000)) throw oktaError(400, 'E0000001', 'Api validation failed: limit')
        const isPolling = query.get('until') === null && query.get('sortOrder') !== 'DESCENDING'
        const start = Number(query.get('after')?.split('_')[1] ?? 0)
        const found = log.slice(start, start + limit)
        const end = start + found.length
        const self = new URL(target, origin)
        const next = new URL(self)
        next.searchParams.set('after', `${Date.now()}_${end}`)
        const links = [`<${self}>; rel="self"`, ...(isPolling || end < log.length ? [`<${next}>; rel="next"`] : [])]
        return { headers: { link: links.join(', ') }, body: found }
      },
      'GET /api/v1/eventHooks': () => ({ body: [...hooks.values()] }),
      'POST /api/v1/eventHooks': (request) => {
        const { name = '', events, channel } = jsonOf<Partial<EventHook>>(request)
        const uri = channel?.config?.uri ?? ''
        if (!events?.items?.length || !channel || !(uri.startsWith('https://') || sender.isOurs(uri))) {
          throw oktaError(
            400,
            'E0000001',
            'Api validation failed: eventHook',
            'channel.config.uri: The field is invalid',
          )
        }
        const id = `who${randomBytes(12).toString('hex').slice(0, 17)}`
        const { config, ...rest } = channel
        const hook: EventHook = {
          ...{ id, name, status: 'ACTIVE', verificationStatus: 'UNVERIFIED', events },
          channel: { ...rest, config },
        }
        hooks.set(id, hook)
        return { body: shown(hook) }
      },
      'POST /api/v1/eventHooks/{id}/lifecycle/verify': async ({ params }) => {
        const hook = demand(params['id'])
        const challenge = randomBytes(24).toString('base64url')
        const headers = { 'x-okta-verification-challenge': challenge }
        const { uri } = hook.channel.config
        const answer = sender.isOurs(uri) ? await fetch(uri, { headers }).catch(() => null) : null
        const said = answer?.ok ? ((await answer.json().catch(() => null)) as { verification?: string } | null) : null
        if (said?.verification !== challenge) {
          throw oktaError(400, 'E0000138', 'Verification failed', 'The endpoint did not answer the challenge')
        }
        hook.verificationStatus = 'VERIFIED'
        return { body: shown(hook) }
      },
      'POST /api/v1/eventHooks/{id}/lifecycle/deactivate': ({ params }) => {
        const hook = demand(params['id'])
        hook.status = 'INACTIVE'
        return { body: shown(hook) }
      },
      'DELETE /api/v1/eventHooks/{id}': ({ params }) => {
        const hook = demand(params['id'])
        if (hook.status === 'ACTIVE') {
          throw oktaError(403, 'E0000137', 'An active event hook cannot be deleted. Deactivate it first.')
        }
        hooks.delete(hook.id)
        return { status: 204 }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

/** Without the secret, which Okta shows nobody. */
function shown({ channel, ...hook }: EventHook): object {
  const { authScheme, ...config } = channel.config
  return {
    ...hook,
    channel: {
      ...channel,
      config: { ...config, ...(authScheme && { authScheme: { type: authScheme.type, key: authScheme.key } }) },
    },
  }
}
