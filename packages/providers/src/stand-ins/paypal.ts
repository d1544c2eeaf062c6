import { randomBytes, randomUUID } from 'node:crypto'
import { signRequest } from '@koble/core/signatures'
import { paypalSandbox } from '../services/paypal/paypal-sandbox.ts'
import { createOAuthServer } from './oauth-server.ts'
import { seededPaypal } from './paypal-data.ts'
import {
  type CreateStandIn,
  createRouter,
  formOf,
  jsonOf,
  Refusal,
  type StandInHandler,
  type StandInReply,
  type StandInRequest,
} from './stand-in.ts'

type Json = Record<string, unknown>
interface Money {
  currency_code: string
  value: string
}

/**
 * Orders that are approved by a click, their payments and refunds, invoices, and webhooks that are delivered signed.
 * https://developer.paypal.com/docs/api/orders/v2/
 */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const { clientId = '', clientSecret } = paypalSandbox.connectionCredentials ?? {}
  const oauth = createOAuthServer({
    issuer: origin,
    publicUrl,
    client: { id: clientId, ...(clientSecret !== undefined && { secret: clientSecret }) },
    people: [],
    expiresIn: 32_400,
    tokenPrefix: 'A21AA',
    answer: (standard) => ({
      ...standard,
      scope: 'https://uri.paypal.com/services/payments/refund https://uri.paypal.com/services/applications/webhooks',
      app_id: 'APP-80W284485P519543T',
      nonce: `${new Date().toISOString()}${randomBytes(12).toString('base64url')}`,
    }),
  })
  const { orders, captures, authorizations, refunds, invoices, webhooks, events } = seededPaypal()
  const answered = new Map<string, StandInReply>()

  /** With a token, and for a repeated request id with what the first call brought about. */
  const guarded =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      const refusal = { error: 'invalid_token', error_description: 'Token signature verification failed' }
      oauth.demand(request, { status: 401, body: refusal })
      const id = request.headers['paypal-request-id']
      const key = request.method === 'POST' && id ? `${request.target} ${id}` : undefined
      if (id && id.length > 108) throw refused(400, 'INVALID_REQUEST', 'INVALID_STRING_LENGTH')
      const known = key === undefined ? undefined : answered.get(key)
      if (known) return { ...known, status: 200 }
      if (/^(POST|PATCH)$/.test(request.method) && !/^application\/json/.test(request.headers['content-type'] ?? '')) {
        throw refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE')
      }
      const reply = await handler(request)
      if (key !== undefined) answered.set(key, reply)
      return reply
    }

  const emit = (type: string, resource: Json): void => {
    const id = `WH-${randomUUID()}`
    const event = { id, event_version: '1.0', create_time: now(), resource_type: 'capture', event_type: type, resource }
    events.set(id, event)
    for (const webhook of webhooks.values()) deliver(webhook, event)
  }

  const orderOf = ({ params }: StandInRequest) => found(orders, params['id'])
  const withLinks = (order: Json): Json => {
    const at = `${origin}/v2/checkout/orders/${order['id']}`
    const approve = { rel: 'payer-action', href: `${origin}/checkoutnow?token=${order['id']}`, method: 'GET' }
    return { ...order, links: [{ rel: 'self', href: at, method: 'GET' }, ...(isOpen(order) ? [approve] : [])] }
  }
  const settle = (order: Json, kind: 'captures' | 'authorizations'): StandInReply => {
    if (order['status'] === 'COMPLETED') throw unprocessable('ORDER_ALREADY_CAPTURED')
    if (order['status'] !== 'APPROVED') throw unprocessable('ORDER_NOT_APPROVED')
    if ((order['intent'] === 'CAPTURE') !== (kind === 'captures')) throw unprocessable('ACTION_DOES_NOT_MATCH_INTENT')
    const [unit = {}] = order['purchase_units'] as Json[]
    const status = kind === 'captures' ? 'COMPLETED' : 'CREATED'
    const made = { id: newId(), status, amount: unit['amount'], create_time: now() }
    const store = kind === 'captures' ? captures : authorizations
    store.set(made.id, made)
    unit['payments'] = { [kind]: [made] }
    order['status'] = 'COMPLETED'
    emit(kind === 'captures' ? 'PAYMENT.CAPTURE.COMPLETED' : 'PAYMENT.AUTHORIZATION.CREATED', made)
    return { status: 201, body: withLinks(order) }
  }

  const routes: Record<string, StandInHandler> = {
    'POST /v2/checkout/orders': (request) => {
      const body = jsonOf(request)
      const units = (body['purchase_units'] ?? []) as Json[]
      if (!/^(CAPTURE|AUTHORIZE)$/.test(String(body['intent'])) || units.length === 0)
        throw refused(400, 'INVALID_REQUEST', 'MISSING_REQUIRED_PARAMETER')
      for (const unit of units) demandSum(unit)
      const { payment_source, ...rest } = body
      const order = {
        id: newId(),
        status: payment_source ? 'PAYER_ACTION_REQUIRED' : 'CREATED',
        create_time: now(),
        ...rest,
        payment_source,
      }
      orders.set(order.id, order)
      return { status: 201, body: withLinks(order) }
    },
    'GET /v2/checkout/orders/{id}': (request) => ({ body: withLinks(orderOf(request)) }),
    'POST /v2/checkout/orders/{id}/capture': (request) => settle(orderOf(request), 'captures'),
    'POST /v2/checkout/orders/{id}/authorize': (request) => settle(orderOf(request), 'authorizations'),

    'GET /v2/payments/captures/{id}': ({ params }) => ({ body: found(captures, params['id']) }),
    'GET /v2/payments/refunds/{id}': ({ params }) => ({ body: found(refunds, params['id']) }),
    'POST /v2/payments/captures/{id}/refund': (request) => {
      const capture = found(captures, request.params['id'])
      const whole = capture['amount'] as Money
      const left = cents(whole) - ((capture['refunded'] as number | undefined) ?? 0)
      const { amount = { ...whole, value: (left / 100).toFixed(2) }, ...rest } = jsonOf<{ amount?: Money }>(request)
      if (left === 0) throw unprocessable('CAPTURE_FULLY_REFUNDED')
      if (amount.currency_code !== whole.currency_code) throw unprocessable('CURRENCY_MISMATCH')
      if (cents(amount) > left) throw unprocessable('REFUND_AMOUNT_EXCEEDED')
      const refund = { id: newId(), status: 'COMPLETED', amount, ...rest, create_time: now() }
      refunds.set(refund.id, refund)
      capture['refunded'] = cents(whole) - left + cents(amount)
      capture['status'] = cents(amount) === left ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
      emit('PAYMENT.CAPTURE.REFUNDED', refund)
      return { status: 201, body: refund }
    },
    'POST /v2/payments/authorizations/{id}/capture': (request) => {
      const authorization = found(authorizations, request.params['id'])
      if (authorization['status'] === 'VOIDED') throw unprocessable('AUTHORIZATION_VOIDED')
      if (authorization['status'] === 'CAPTURED') throw unprocessable('AUTHORIZATION_ALREADY_CAPTURED')
      const { amount = authorization['amount'], final_capture, ...rest } = jsonOf(request)
      const capture = { id: newId(), status: 'COMPLETED', amount, final_capture, ...rest, create_time: now() }
      captures.set(capture.id, capture)
      authorization['status'] = final_capture ? 'CAPTURED' : 'PARTIALLY_CAPTURED'
      emit('PAYMENT.CAPTURE.COMPLETED', capture)
      return { status: 201, body: capture }
    },
    'POST /v2/payments/authorizations/{id}/void': ({ params }) => {
      const authorization = found(authorizations, params['id'])
      if (authorization['status'] !== 'CREATED') throw unprocessable('PREVIOUSLY_CAPTURED')
      authorization['status'] = 'VOIDED'
      emit('PAYMENT.AUTHORIZATION.VOIDED', authorization)
      return { body: authorization }
    },

    'POST /v2/invoicing/invoices': (request) => {
      const body = jsonOf<Json & { detail?: Json }>(request)
      const number = body.detail?.['invoice_number']
      const isTaken = [...invoices.values()].some((other) => (other['detail'] as Json)['invoice_number'] === number)
      if (number !== undefined && isTaken) throw unprocessable('DUPLICATE_INVOICE_NUMBER')
      if (!body.detail?.['currency_code']) throw refused(400, 'INVALID_REQUEST', 'MISSING_REQUIRED_PARAMETER')
      const id = `INV2-${randomBytes(8)
        .toString('hex')
        .toUpperCase()
        .replaceAll(/.{4}(?=.)/g, '$&-')}`
      invoices.set(id, { id, status: 'DRAFT', ...body })
      return { status: 201, body: { rel: 'self', href: `${origin}/v2/invoicing/invoices/${id}`, method: 'GET' } }
    },
    'GET /v2/invoicing/invoices': ({ query }) =>
      page([...invoices.values()].toReversed(), 'items', query, '/v2/invoicing/invoices'),
    'POST /v2/invoicing/invoices/{id}/send': ({ params }) => {
      const invoice = found(invoices, params['id'])
      if (invoice['status'] !== 'DRAFT') throw unprocessable('INVALID_INVOICE_STATUS')
      invoice['status'] = 'SENT'
      return { body: { rel: 'payer-view', href: `${origin}/invoice/p/#${invoice['id']}`, method: 'GET' } }
    },

    'GET /v1/notifications/webhooks': () => ({ body: { webhooks: [...webhooks.values()] } }),
    'POST /v1/notifications/webhooks': (request) => {
      const { url = '', event_types } = jsonOf<{ url?: string; event_types?: { name: string }[] }>(request)
      const isLocal = /^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(url)
      if (!(isLocal || /^https:/.test(url)) || !event_types?.length)
        throw refused(400, 'VALIDATION_ERROR', 'VALIDATION_ERROR')
      if ([...webhooks.values()].some((other) => other.url === url)) throw refused(400, 'WEBHOOK_URL_ALREADY_EXISTS')
      if (webhooks.size >= 10) throw refused(400, 'WEBHOOK_NUMBER_LIMIT_EXCEEDED')
      const webhook = { id: newId(), url, event_types }
      webhooks.set(webhook.id, webhook)
      return { status: 201, body: webhook }
    },
    'PATCH /v1/notifications/webhooks/{id}': (request) => {
      const webhook = found(webhooks, request.params['id'])
      for (const { path, value } of jsonOf<{ path: string; value: never }[]>(request)) {
        if (path === '/url') webhook.url = value
        if (path === '/event_types') webhook.event_types = value
      }
      return { body: webhook }
    },
    'DELETE /v1/notifications/webhooks/{id}': ({ params }) => {
      webhooks.delete(found(webhooks, params['id']).id)
      return { status: 204 }
    },
    'GET /v1/notifications/webhooks-events': ({ query }) =>
      page([...events.values()].toReversed(), 'events', query, '/v1/notifications/webhooks-events'),
    'POST /v1/notifications/webhooks-events/{id}/resend': ({ params }) => {
      const event = found(events, params['id'])
      for (const webhook of webhooks.values()) deliver(webhook, event)
      return { status: 202, body: event }
    },
    'GET /v1/identity/oauth2/userinfo': () => ({
      body: {
        user_id: 'https://www.paypal.com/webapps/auth/identity/user/fjord',
        payer_id: 'FJORDBIKES001',
        name: 'Fjord Bikes',
        emails: [{ value: 'post@fjord.example', primary: true }],
      },
    }),
  }

  function page(all: Json[], name: string, query: URLSearchParams, path: string): StandInReply {
    const size = Number(query.get('page_size') ?? 10)
    const number = Number(query.get('page') ?? 1)
    const rest = all.slice((number - 1) * size)
    const next = { rel: 'next', href: `${origin}${path}?page=${number + 1}&page_size=${size}`, method: 'GET' }
    return { body: { [name]: rest.slice(0, size), links: rest.length > size ? [next] : [] } }
  }

  return createRouter(
    {
      'POST /v1/oauth2/token': oauth.token,
      ...Object.fromEntries(Object.entries(routes).map(([route, handler]) => [route, guarded(handler)])),
      // Where the payer's browser comes to.
      'GET /checkoutnow': ({ query }) => consentPage(found(orders, query.get('token') ?? '')),
      'POST /checkoutnow': (request) => {
        const order = found(orders, formOf(request).get('token') ?? '')
        if (!isOpen(order)) return { status: 409, body: 'This order is settled already.' }
        order['status'] = 'APPROVED'
        order['payer'] = { payer_id: 'KARIPAYER0001', email_address: 'kari@example.com' }
        emit('CHECKOUT.ORDER.APPROVED', order)
        const source = order['payment_source'] as
          | { paypal?: { experience_context?: { return_url?: string } } }
          | undefined
        const back = source?.paypal?.experience_context?.return_url
        if (back === undefined) return { body: 'Approved. You may close this window.' }
        const url = new URL(back)
        url.searchParams.set('token', String(order['id']))
        url.searchParams.set('PayerID', 'KARIPAYER0001')
        return { status: 302, headers: { location: url.href } }
      },
    },
    { notFound: { status: 404, body: failure('RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID') } },
  )
}

const now = () => new Date().toISOString()
const newId = () => randomBytes(9).toString('hex').slice(0, 17).toUpperCase()
const cents = ({ value }: Money) => Math.round(Number(value) * 100)
const isOpen = ({ status }: Json) => status === 'CREATED' || status === 'PAYER_ACTION_REQUIRED'

const failure = (name: string, issue: string) => ({
  name,
  message: 'The request could not be carried out.',
  debug_id: randomBytes(7).toString('hex'),
  details: [{ issue, description: `The stand-in says ${issue}.` }],
})
const refused = (status: number, name: string, issue = name) => new Refusal({ status, body: failure(name, issue) })
const unprocessable = (issue: string) => refused(422, 'UNPROCESSABLE_ENTITY', issue)

function found<Value>(store: ReadonlyMap<string, Value>, id = ''): Value {
  const value = store.get(id)
  if (value === undefined) throw refused(404, 'RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID')
  return value
}

/** The parts of an amount have to add up to it. */
function demandSum({ amount, items }: Json): void {
  const { breakdown, ...whole } = (amount ?? {}) as Money & { breakdown?: Record<string, Money> }
  if (!/^\d+(\.\d\d)?$/.test(whole.value ?? '')) throw unprocessable('DECIMAL_PRECISION')
  if (!items) return
  const total = (items as { quantity: string; unit_amount: Money }[]).reduce(
    (sum, item) => sum + cents(item.unit_amount) * Number(item.quantity),
    0,
  )
  if (!breakdown?.['item_total'] || cents(breakdown['item_total']) !== total) throw unprocessable('ITEM_TOTAL_MISMATCH')
  const parts = Object.values(breakdown).reduce((sum, part) => sum + cents(part), 0)
  if (parts !== cents(whole)) throw unprocessable('AMOUNT_MISMATCH')
}

/** As the sandbox's scheme says: the webhook's id is the key. Nobody waits for it. */
function deliver(webhook: { id: string; url: string; event_types: { name: string }[] }, event: Json): void {
  const isWanted = webhook.event_types.some(({ name }) => name === '*' || name === event['event_type'])
  const scheme = paypalSandbox.webhooks?.signature
  if (!isWanted || !scheme || !/^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(webhook.url)) return
  const request = {
    method: 'POST',
    url: webhook.url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(event)),
  }
  const { headers, body } = signRequest(scheme, request, { secret: webhook.id, now: new Date(), id: randomUUID() })
  fetch(webhook.url, { method: 'POST', headers, body: new Uint8Array(body) }).catch(() => {})
}

function consentPage(order: Json): StandInReply {
  const [unit = {}] = order['purchase_units'] as Json[]
  const { value, currency_code } = unit['amount'] as Money
  const sum = `${value} ${currency_code}`.replaceAll(/[^\w. ]/g, '')
  const body = `<!doctype html><html lang="en"><title>Pay in the sandbox</title><meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{width:100%;padding:.75rem;font:inherit}</style>
<h1>Sandbox</h1><p>${sum} to Fjord Bikes</p><form method="post"><input type="hidden" name="token" value="${order['id']}"><button>Pay as Kari</button></form></html>`
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}
