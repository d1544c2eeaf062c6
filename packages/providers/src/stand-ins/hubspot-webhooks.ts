import { createHmac } from 'node:crypto'
import { refusal } from './hubspot-records.ts'
import { jsonOf, type StandInHandler, type StandInRequest } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

interface Subscription {
  id: string
  eventType: string
  propertyName?: string
  active: boolean
  createdAt: string
}

/** What happened to a record: the event's type, and the property that it is about. */
export interface Change {
  type: string
  objectId: string
  property?: { name: string; value: string }
}

/** The webhooks of the one app there is: settings, subscriptions, and signed deliveries of what happens. */
export function createHubspotWebhooks(options: {
  publicUrl: string
  appId: number
  portalId: number
  secret: string
  demand(request: StandInRequest): unknown
}) {
  const { appId, portalId, secret } = options
  const sender = createWebhookSender(options.publicUrl)
  const createdAt = new Date().toISOString()
  let settings = { targetUrl: 'https://hooks.example.com/hubspot', throttling: { maxConcurrentRequests: 10 } }
  let lastId = 2301446
  let lastEventId = 100
  const subscriptions = new Map<string, Subscription>([
    ['2301445', { id: '2301445', eventType: 'contact.creation', active: true, createdAt }],
    ['2301446', { id: '2301446', eventType: 'contact.deletion', active: true, createdAt }],
  ])

  const ofTheApp =
    (handler: StandInHandler): StandInHandler =>
    (request) => {
      options.demand(request)
      if (request.params['appId'] !== String(appId)) throw refusal(404, 'OBJECT_NOT_FOUND', 'There is no such app')
      return handler(request)
    }
  const toldSettings = () => ({ body: { ...settings, createdAt, updatedAt: new Date().toISOString() } })

  return {
    routes: {
      'GET /webhooks/2026-03/{appId}/settings': ofTheApp(toldSettings),
      'PUT /webhooks/2026-03/{appId}/settings': ofTheApp((request) => {
        const { targetUrl, throttling } = jsonOf<typeof settings>(request)
        const isGood = targetUrl?.startsWith('https://') || sender.isOurs(targetUrl)
        if (!isGood) throw refusal(400, 'VALIDATION_ERROR', 'targetUrl must be an https address')
        settings = { targetUrl, throttling: { maxConcurrentRequests: throttling?.maxConcurrentRequests ?? 10 } }
        return toldSettings()
      }),
      'GET /webhooks/2026-03/{appId}/subscriptions': ofTheApp(() => ({
        body: { results: [...subscriptions.values()] },
      })),
      'POST /webhooks/2026-03/{appId}/subscriptions': ofTheApp((request) => {
        const { eventType, propertyName, active = false } = jsonOf<Partial<Subscription>>(request)
        if (!eventType?.includes('.')) throw refusal(400, 'VALIDATION_ERROR', 'Invalid eventType')
        if (eventType.endsWith('.propertyChange') && !propertyName) {
          throw refusal(400, 'VALIDATION_ERROR', 'propertyName is required')
        }
        const id = String(++lastId)
        const made = {
          id,
          eventType,
          ...(propertyName && { propertyName }),
          active,
          createdAt: new Date().toISOString(),
        }
        subscriptions.set(id, made)
        return { status: 201, body: made }
      }),
      'DELETE /webhooks/2026-03/{appId}/subscriptions/{id}': ofTheApp(({ params }) => {
        if (!subscriptions.delete(params['id'] ?? '')) throw refusal(404, 'OBJECT_NOT_FOUND', 'No such subscription')
        return { status: 204 }
      }),
    } satisfies Record<string, StandInHandler>,

    /** Tells of changes in one delivery, as far as somebody subscribed to them. */
    tell(changes: Change[]): void {
      const events = changes.flatMap(({ type, objectId, property }) =>
        [...subscriptions.values()]
          .filter((one) => one.active && one.eventType === type && one.propertyName === property?.name)
          .map(({ id }) => ({
            eventId: ++lastEventId,
            subscriptionId: Number(id),
            portalId,
            appId,
            occurredAt: Date.now(),
            subscriptionType: type,
            attemptNumber: 0,
            objectId: Number(objectId),
            ...(property && { propertyName: property.name, propertyValue: property.value }),
            changeSource: 'INTEGRATION',
          })),
      )
      if (events.length === 0) return
      const url = settings.targetUrl
      const body = JSON.stringify(events)
      sender.send(() => {
        const time = String(Date.now())
        const signature = createHmac('sha256', secret).update(`POST${url}${body}${time}`).digest('base64')
        return { url, body, headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': time } }
      })
    },
  }
}
