import { randomUUID } from 'node:crypto'
import { graphError, tenantId } from './entra-tenant.ts'
import { jsonOf, type StandInHandler } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

interface Subscription {
  id: string
  resource: string
  changeType: string
  notificationUrl: string
  lifecycleNotificationUrl?: string
  clientState?: string
  expirationDateTime: string
}

const minutesMax = 41_760

/** Subscriptions to users and groups, whose addresses are asked before they count. */
export function createEntraSubscriptions({ publicUrl }: { publicUrl: string }) {
  const sender = createWebhookSender(publicUrl)
  const subscriptions = new Map<string, Subscription>()
  let sequenceNumber = 637_950_123_456_789

  const demand = (id = ''): Subscription => {
    const found = subscriptions.get(id)
    if (!found) throw graphError(404, 'ResourceNotFound', 'The object was not found.')
    return found
  }
  function demandExpiry(given: string | undefined): string {
    const minutes = (Date.parse(given ?? '') - Date.now()) / 60_000
    if (minutes > 0 && minutes <= minutesMax) return given as string
    const message = `Subscription expiration can only be ${minutesMax} minutes in the future.`
    throw graphError(400, 'ValidationError', message)
  }
  /** Has to come back as plain text. */
  async function demandOurs(url: string): Promise<void> {
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`
    const address = `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ validationToken: token })}`
    const answer = sender.isOurs(url) ? await sender.ask({ url: address, headers: {}, body: '' }) : null
    const isText = /^text\/plain\b/.test(answer?.headers.get('content-type') ?? '')
    if (answer?.status === 200 && isText && (await answer.text()) === token) return
    const message =
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.'
    throw graphError(400, 'ValidationError', message)
  }

  return {
    tell(resource: 'users' | 'groups', changeType: 'updated' | 'deleted', id: string): void {
      const kind = resource === 'users' ? 'User' : 'Group'
      for (const one of subscriptions.values()) {
        const isFor = one.resource.replace(/^\//, '') === resource && one.changeType.split(',').includes(changeType)
        if (!isFor) continue
        const name = `${kind}s/${id}`
        const about = { '@odata.type': `#Microsoft.Graph.${kind}`, '@odata.id': name, id, organizationId: tenantId }
        const item = {
          ...{ subscriptionId: one.id, subscriptionExpirationDateTime: one.expirationDateTime, tenantId },
          ...{ changeType, resource: name, clientState: one.clientState },
          resourceData: { ...about, sequenceNumber: ++sequenceNumber },
        }
        sender.send(() => ({ url: one.notificationUrl, headers: {}, body: JSON.stringify({ value: [item] }) }))
      }
    },
    routes: {
      'GET /v1.0/subscriptions': () => ({ body: { value: [...subscriptions.values()].map(shown) } }),
      'POST /v1.0/subscriptions': async (request) => {
        const given = jsonOf<Partial<Subscription>>(request)
        const { resource = '', changeType = '', notificationUrl = '', lifecycleNotificationUrl, clientState } = given
        if (!/^\/?(users|groups)$/.test(resource)) throw graphError(400, 'ExtensionError', 'Unsupported resource')
        if (!changeType || (clientState?.length ?? 0) > 128) throw graphError(400, 'InvalidRequest', 'Bad subscription')
        const expirationDateTime = demandExpiry(given.expirationDateTime)
        await demandOurs(notificationUrl)
        if (lifecycleNotificationUrl !== undefined) await demandOurs(lifecycleNotificationUrl)
        const made = { ...given, id: randomUUID(), resource, changeType, notificationUrl, expirationDateTime }
        subscriptions.set(made.id, made)
        return { status: 201, body: shown(made) }
      },
      'PATCH /v1.0/subscriptions/{id}': (request) => {
        const found = demand(request.params['id'])
        found.expirationDateTime = demandExpiry(jsonOf<Partial<Subscription>>(request).expirationDateTime)
        return { body: shown(found) }
      },
      'DELETE /v1.0/subscriptions/{id}': ({ params }) => {
        subscriptions.delete(demand(params['id']).id)
        return { status: 204 }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

/** Without what proves a notification. */
function shown({ clientState: _state, ...subscription }: Subscription): object {
  return { ...subscription, clientState: null, applicationId: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6541' }
}
