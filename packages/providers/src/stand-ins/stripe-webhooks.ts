import { AsyncLocalStorage } from 'node:async_hooks'
import { signDelivery } from '@koble/core/signatures'
import { z } from 'zod'
import { stripe } from '../services/stripe/stripe.ts'
import type { StandInHandler } from './stand-in.ts'
import { createCollection, removed, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import { InvalidParameters, stripeError } from './stripe-error.ts'
import { flag, mergedMetadata, metadata, stripeForm, text, unheeded } from './stripe-form.ts'
import { createWebhookSender } from './webhook-sender.ts'

export type StripeWebhooks = ReturnType<typeof createStripeWebhooks>
export type EmitStripeEvent = StripeWebhooks['emit']

/** Which request an event is of. */
export interface AskedBy {
  id: string
  idempotency_key: string | null
}

interface WebhookEndpoint extends StripeObject {
  url: string
  enabled_events: string[]
  status: 'enabled' | 'disabled'
  description: string | null
  api_version: string | null
  metadata: Record<string, string>
}

interface StripeEvent extends StripeObject {
  type: string
  data: { object: object; previous_attributes?: object }
}

/** https://docs.stripe.com/api/webhook_endpoints/create */
const endpointsMax = 16
const eventType = z.string().regex(/^(\*|[a-z_0-9]+(\.[a-z_0-9]+)+)$/)
const url = z.string().refine((given) => /^https?:$/.test(URL.parse(given)?.protocol ?? ''), {
  message: 'Not a valid URL',
  params: { code: 'url_invalid' },
})
const changeable = {
  url: url.optional(),
  enabled_events: z.array(eventType).min(1).optional(),
  description: text.optional(),
  metadata: metadata.optional(),
}
const creation = z.strictObject({
  ...changeable,
  url,
  enabled_events: z.array(eventType).min(1),
  api_version: z.string().optional(),
  ...unheeded('connect'),
})
const change = z.strictObject({ ...changeable, disabled: flag.optional() })

/**
 * Events, and the endpoints that they are sent to, signed. They go to Koble alone, whatever is registered.
 * https://docs.stripe.com/webhooks
 */
export function createStripeWebhooks(publicUrl: string) {
  const sender = createWebhookSender(publicUrl)
  const endpoints = createCollection<WebhookEndpoint>('webhook endpoint')
  const secrets = new Map<string, string>()
  const events = createCollection<StripeEvent>('event')
  const asked = new AsyncLocalStorage<AskedBy>()

  function deliver(endpoint: WebhookEndpoint, event: StripeEvent): void {
    const { enabled_events: wanted, api_version } = endpoint
    const isWanted = wanted.includes(event.type) || wanted.includes('*')
    if (endpoint.status !== 'enabled' || !isWanted || !stripe.webhooks) return
    const { signature } = stripe.webhooks
    const secret = secrets.get(endpoint.id) ?? ''
    const body = JSON.stringify({ ...event, ...(api_version && { api_version }) }, null, 2)
    sender.send(() => {
      const signed = signDelivery(signature, { body: Buffer.from(body), secret, now: new Date() })
      const userAgent = 'Stripe/1.0 (+https://stripe.com/docs/webhooks)'
      return { url: endpoint.url, headers: { ...signed, 'user-agent': userAgent }, body }
    })
  }

  return {
    /** Tells what became of an object; `former` are the values that it had before. */
    emit(type: string, object: object, former?: object): void {
      const event = events.add({
        id: stripeId('evt'),
        object: 'event',
        ...{ api_version: stripeVersion, created: seconds(), type },
        data: { object: structuredClone(object), ...(former && { previous_attributes: former }) },
        ...{ livemode: false, pending_webhooks: endpoints.all().length },
        ...{ request: asked.getStore() ?? { id: null, idempotency_key: null } },
      })
      for (const endpoint of endpoints.all()) deliver(endpoint, event)
    },
    /** Runs what a request brings about, so that its events name it. */
    during: <Result>(by: AskedBy, run: () => Result): Result => asked.run(by, run),
    routes: {
      'GET /v1/events': (request) =>
        events.page(
          request,
          { type: z.string().optional(), types: z.array(z.string()).max(20).optional() },
          (event, { type, types }) => (type ?? event.type) === event.type && (types?.includes(event.type) ?? true),
        ),
      'GET /v1/events/{id}': ({ params }) => ({ body: events.demand(params['id']) }),
      'GET /v1/webhook_endpoints': (request) => endpoints.page(request, {}),
      'GET /v1/webhook_endpoints/{id}': ({ params }) => ({ body: endpoints.demand(params['id']) }),
      'POST /v1/webhook_endpoints': (request) => {
        const given = stripeForm(request, creation)
        demandAlone(given.enabled_events)
        if (endpoints.all().length >= endpointsMax) {
          throw stripeError(400, `You have reached the maximum of ${endpointsMax} test webhook endpoints.`)
        }
        const endpoint = endpoints.add({
          id: stripeId('we'),
          object: 'webhook_endpoint',
          ...{ api_version: given.api_version ?? null, application: null, created: seconds() },
          ...{ description: given.description ?? null, enabled_events: given.enabled_events },
          ...{ livemode: false, metadata: mergedMetadata({}, given.metadata), status: 'enabled', url: given.url },
        })
        const secret = stripeId('whsec')
        secrets.set(endpoint.id, secret)
        // Shown this once.
        return { body: { ...endpoint, secret } }
      },
      'POST /v1/webhook_endpoints/{id}': (request) => {
        const endpoint = endpoints.demand(request.params['id'])
        const { disabled, metadata: changes, ...given } = stripeForm(request, change)
        if (given.enabled_events) demandAlone(given.enabled_events)
        Object.assign(endpoint, given, { metadata: mergedMetadata(endpoint.metadata, changes) })
        if (disabled !== undefined) endpoint.status = disabled ? 'disabled' : 'enabled'
        return { body: endpoint }
      },
      'DELETE /v1/webhook_endpoints/{id}': ({ params }) => {
        const endpoint = endpoints.demand(params['id'])
        endpoints.remove(endpoint.id)
        return removed(endpoint)
      },
    } satisfies Record<string, StandInHandler>,
  }
}

/** The version of the API that is stood in for. */
export const stripeVersion = String(stripe.api.headers?.['stripe-version'])

function demandAlone(types: readonly string[]): void {
  if (types.length === 1 || !types.includes('*')) return
  throw new InvalidParameters("The wildcard '*' may not be combined with other events.", { param: 'enabled_events' })
}
