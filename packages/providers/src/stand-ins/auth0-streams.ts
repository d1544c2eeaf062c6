import { randomBytes } from 'node:crypto'
import { managementError } from './auth0-tenant.ts'
import { jsonOf, type StandInHandler } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

interface LogStream {
  id: string
  name: string
  type: string
  status: string
  sink: { httpEndpoint: string; httpContentType?: string; httpContentFormat?: string; httpAuthorization?: string }
}
interface EventStream {
  id: string
  name: string
  status: string
  subscriptions: { event_type: string }[]
  destination: {
    type: string
    configuration: { webhook_endpoint: string; webhook_authorization: { method: string; token?: string } }
  }
}

/** The log of a tenant, and the two kinds of streams by which it tells of what happens. */
export function createAuth0Streams({ origin, publicUrl }: { origin: string; publicUrl: string }) {
  const sender = createWebhookSender(publicUrl)
  const logStreams = new Map<string, LogStream>()
  const eventStreams = new Map<string, EventStream>()
  const logs: Record<string, unknown>[] = []
  let lastLog = 0

  function log(type: string, description: string, userId?: string): void {
    const log_id = `9002026112${String(++lastLog).padStart(10, '0')}`
    const data = { log_id, date: new Date().toISOString(), type, description, ...(userId && { user_id: userId }) }
    logs.push({ ...data, _id: log_id, ip: '192.0.2.17', client_id: 'koble-sandbox-auth0', user_agent: 'Koble' })
    for (const { sink } of logStreams.values()) {
      const event = { log_id, data }
      const body = JSON.stringify(sink.httpContentFormat === 'JSONOBJECT' ? event : [event])
      const authorization = sink.httpAuthorization
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      sender.send(() => ({ url: sink.httpEndpoint, headers, body }))
    }
  }

  /** To whoever subscribed. */
  function tell(type: string, object: object): void {
    const event = {
      ...{ specversion: '1.0', type, source: 'urn:auth0:fjord', id: `evt_${randomBytes(12).toString('hex')}` },
      ...{ time: new Date().toISOString(), data: { object } },
    }
    for (const { subscriptions, destination } of eventStreams.values()) {
      if (!subscriptions.some(({ event_type }) => event_type === type)) continue
      const { webhook_endpoint: url, webhook_authorization: proof } = destination.configuration
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${proof.token}` }
      sender.send(() => ({ url, headers, body: JSON.stringify(event) }))
    }
  }

  log('sapi', 'Create a tenant')
  log('s', 'Successful login', 'auth0|66f1c2a4e3b7d90012ab34cd')
  log('f', 'Wrong email or password', 'auth0|66f1c2a4e3b7d90012ab34ce')

  const demand = <Kept>(kept: Map<string, Kept>, id = ''): Kept => {
    const found = kept.get(id)
    if (!found) throw managementError(404, 'Not Found', 'The stream does not exist.')
    return found
  }

  return {
    log,
    tell,
    routes: {
      'GET /api/v2/logs': ({ query }) => {
        const take = Number(query.get('take') ?? 50)
        if (!(take >= 1 && take <= 100)) throw managementError(400, 'Bad Request', 'take must be between 1 and 100')
        const from = query.get('from') ?? ''
        const found = logs.filter(({ _id }) => String(_id) > from).slice(0, take)
        // While there is nothing new, it leads to itself.
        const last = String(found.at(-1)?.['_id'] ?? from)
        const next = `${origin}/api/v2/logs?${new URLSearchParams({ take: String(take), from: last })}`
        return { headers: { link: `<${next}>; rel="next"` }, body: found }
      },
      'GET /api/v2/log-streams': () => ({ body: [...logStreams.values()] }),
      'POST /api/v2/log-streams': (request) => {
        const { name, type, sink } = jsonOf<Partial<LogStream>>(request)
        const isGood = sink?.httpEndpoint?.startsWith('https://') || sender.isOurs(sink?.httpEndpoint ?? '')
        if (type !== 'http' || !sink || !isGood) {
          throw managementError(400, 'Bad Request', 'sink.httpEndpoint must be an https address', 'invalid_body')
        }
        const made = { id: `lst_${randomBytes(8).toString('hex')}`, name: name ?? '', type, status: 'active', sink }
        logStreams.set(made.id, made)
        return { body: made }
      },
      'DELETE /api/v2/log-streams/{id}': ({ params }) => {
        demand(logStreams, params['id'])
        logStreams.delete(params['id'] ?? '')
        return { status: 204 }
      },
      'GET /api/v2/event-streams': () => ({ body: [...eventStreams.values()] }),
      'POST /api/v2/event-streams': (request) => {
        const { name = '', subscriptions = [], destination } = jsonOf<Partial<EventStream>>(request)
        const proof = destination?.configuration?.webhook_authorization
        if (
          destination?.type !== 'webhook' ||
          subscriptions.length === 0 ||
          proof?.method !== 'bearer' ||
          !proof.token
        ) {
          throw managementError(400, 'Bad Request', 'Payload validation error', 'invalid_body')
        }
        const made = {
          id: `est_${randomBytes(8).toString('hex')}`,
          name,
          status: 'enabled',
          subscriptions,
          destination,
        }
        eventStreams.set(made.id, made)
        return { status: 201, body: made }
      },
      'DELETE /api/v2/event-streams/{id}': ({ params }) => {
        demand(eventStreams, params['id'])
        eventStreams.delete(params['id'] ?? '')
        return { status: 204 }
      },
    } satisfies Record<string, StandInHandler>,
  }
}
