import { createHmac, randomBytes } from 'node:crypto'
import { jsonOf, Refusal, type StandInHandler, type StandInReply, type StandInRequest } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

/** An event as it is told, beside the resources that it concerns: its own, and those that this lies in. */
export interface AsanaEvent {
  action: string
  resource: { gid: string; resource_type: string; resource_subtype?: string }
  parent: { gid: string; resource_type: string } | null
  user: { gid: string; resource_type: 'user' }
  change?: { field: string; action: string }
  created_at: string
}

interface Filter {
  resource_type?: string
  action?: string
  fields?: string[]
}

interface Webhook {
  gid: string
  active: boolean
  resource: { gid: string; name: string; resource_type: string }
  target: string
  filters: Filter[]
  secret: string
}

/** An error as Asana writes it. */
export function refusal(status: number, message: string, more: object = {}): Refusal {
  return new Refusal({ status, body: { errors: [{ message }], ...more } })
}

const eventsPerAnswer = 100

/** What happened, to be asked for by sync tokens and told to webhooks, which are made by a handshake. */
export function createChanges(options: {
  publicUrl: string
  /** Refuses what is not there. */
  findResource(gid: string): Webhook['resource']
  demand: (handler: StandInHandler) => StandInHandler
}) {
  const { findResource, demand } = options
  const sender = createWebhookSender(options.publicUrl)
  const log: { concerns: string[]; event: AsanaEvent }[] = []
  const webhooks = new Map<string, Webhook>()
  let lastGid = 1200000000000901
  const seeded = findResource('1200000000000101')
  const target = 'https://hooks.example.com/asana'
  const seed = { gid: String(lastGid), active: true, resource: seeded, target, filters: [], secret: '' }
  webhooks.set(seed.gid, seed)

  const told = ({ secret: _, ...webhook }: Webhook) => ({ ...webhook, resource_type: 'webhook' })
  const tokenOf = (position: number, resource: string) =>
    Buffer.from(JSON.stringify([resource, position])).toString('base64url')

  function deliver({ target, secret }: Webhook, events: AsanaEvent[]): void {
    const body = JSON.stringify({ events })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    sender.send(() => ({ url: target, body, headers: { 'x-hook-signature': signature } }))
  }

  /** The other side must give back what it is given, while the call that makes the webhook is waiting. */
  async function shakeHands(target: string, secret: string): Promise<void> {
    const url = URL.parse(target)
    // Names that nobody has (RFC 2606) are as good as there, so that there is something to try out.
    if (url?.protocol === 'https:' && /(^|\.)example\.(com|net|org)$/.test(url.hostname)) return
    if (!sender.isOurs(target))
      throw refusal(403, 'The remote server which is intended to receive the webhook is not reachable')
    const answer = await sender.ask({ url: target, headers: { 'x-hook-secret': secret }, body: '' })
    await answer?.body?.cancel()
    const isGood = answer && [200, 204].includes(answer.status) && answer.headers.get('x-hook-secret') === secret
    if (!isGood) throw refusal(400, 'The remote server did not respond with the handshake secret.')
  }

  async function create(request: StandInRequest): Promise<StandInReply> {
    const { data } = jsonOf<{ data?: { resource?: string; target?: string; filters?: Filter[] } }>(request)
    const resource = findResource(data?.resource ?? '')
    const filters = data?.filters ?? []
    if (resource.resource_type === 'workspace' && filters.length === 0) {
      throw refusal(400, 'Webhooks on workspaces need filters')
    }
    const secret = randomBytes(32).toString('hex')
    await shakeHands(data?.target ?? '', secret)
    const webhook = { gid: String(++lastGid), active: true, resource, target: data?.target ?? '', filters, secret }
    webhooks.set(webhook.gid, webhook)
    deliver(webhook, [])
    return { status: 201, body: { data: told(webhook), 'X-Hook-Secret': secret } }
  }

  function list({ query }: StandInRequest): StandInReply {
    const resource = query.get('resource')
    if (!query.has('workspace')) throw refusal(400, 'workspace: Missing input')
    const found = [...webhooks.values()].filter((one) => resource === null || one.resource.gid === resource)
    return { body: { data: found.map(told) } }
  }

  function events({ query }: StandInRequest): StandInReply {
    const resource = findResource(query.get('resource') ?? '').gid
    const since = readToken(query.get('sync'), resource)
    if (since === null || since > log.length) {
      throw refusal(412, 'Sync token invalid or too old', { sync: tokenOf(log.length, resource) })
    }
    const found: AsanaEvent[] = []
    let position = since
    while (position < log.length && found.length < eventsPerAnswer) {
      const entry = log[position++]
      if (entry?.concerns.includes(resource)) found.push(entry.event)
    }
    return { body: { data: found, sync: tokenOf(position, resource), has_more: position < log.length } }
  }

  return {
    /** Notes what happened, and tells those who want to hear of it. */
    note(concerns: string[], event: AsanaEvent): void {
      log.push({ concerns, event })
      for (const webhook of webhooks.values()) {
        if (concerns.includes(webhook.resource.gid) && isWanted(event, webhook.filters)) deliver(webhook, [event])
      }
    },
    routes: {
      'GET /api/1.0/events': demand(events),
      'GET /api/1.0/webhooks': demand(list),
      'POST /api/1.0/webhooks': demand(create),
      'PUT /api/1.0/webhooks/{gid}': demand((request) => {
        const webhook = webhooks.get(request.params['gid'] ?? '')
        if (!webhook) throw refusal(404, `webhook: Unknown object: ${request.params['gid']}`)
        webhook.filters = jsonOf<{ data?: { filters?: Filter[] } }>(request).data?.filters ?? []
        return { body: { data: told(webhook) } }
      }),
      'DELETE /api/1.0/webhooks/{gid}': demand(({ params }) => {
        if (!webhooks.delete(params['gid'] ?? '')) throw refusal(404, `webhook: Unknown object: ${params['gid']}`)
        return { body: { data: {} } }
      }),
    } satisfies Record<string, StandInHandler>,
  }
}

function isWanted({ action, resource, change }: AsanaEvent, filters: Filter[]): boolean {
  if (filters.length === 0) return true
  return filters.some(
    (one) =>
      (one.resource_type === undefined || one.resource_type === resource.resource_type) &&
      (one.action === undefined || one.action === action) &&
      (one.fields === undefined || one.fields.includes(change?.field ?? '')),
  )
}

function readToken(token: string | null, resource: string): number | null {
  try {
    const [of, position] = JSON.parse(Buffer.from(token ?? '', 'base64url').toString()) as [string, number]
    return of === resource && Number.isInteger(position) && position >= 0 ? position : null
  } catch {
    return null
  }
}
