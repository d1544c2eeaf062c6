import type { RequestListener } from 'node:http'
import { passOn } from './pass-on.ts'
import { type CreateStandIn, createRouter, Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'
import { accountRoutes } from './stripe-account.ts'
import { createPaymentMethods } from './stripe-cards.ts'
import { createCharges } from './stripe-charges.ts'
import { stripeId, wholeList } from './stripe-collection.ts'
import { createCustomers } from './stripe-customers.ts'
import { createEmulatedStripe } from './stripe-emulated.ts'
import { stripeError } from './stripe-error.ts'
import { expand, type FindWhole } from './stripe-expand.ts'
import { expansions } from './stripe-form.ts'
import { createIdempotency } from './stripe-idempotency.ts'
import { createInvoices } from './stripe-invoices.ts'
import { createStripePages } from './stripe-pages.ts'
import { createPayments } from './stripe-payments.ts'
import { seedStripe } from './stripe-seed.ts'
import { createTaxRates } from './stripe-tax-rates.ts'
import { createStripeWebhooks, stripeVersion } from './stripe-webhooks.ts'

/** What the emulated Stripe is left with, beside its pages. */
const emulatedPaths = /^\/v1\/(products|prices|checkout\/sessions|customer_sessions)(\/|$)/

/**
 * Stripe's payments, refunds, invoices and webhooks before the emulated one, which keeps customers, products, prices and
 * checkouts. It takes every test key, and nothing without one. https://docs.stripe.com/api
 */
export const createStandIn: CreateStandIn = async ({ origin, publicUrl, behind = '' }) => {
  const webhooks = createStripeWebhooks(publicUrl)
  const { emit } = webhooks
  const emulated = createEmulatedStripe(behind)
  const methods = createPaymentMethods()
  const charges = createCharges(emit)
  const taxRates = createTaxRates(emit)
  const customers = createCustomers(emulated, emit)
  const demandCustomer = (id: string) => customers.demand(id, { param: 'customer' })
  const payments = createPayments({ origin, emit, methods, charges, demandCustomer })
  const invoices = createInvoices({ origin, emit, emulated, customers, taxRates, payments })
  await seedStripe({ methods, charges, customers, invoices, payments, taxRates })

  const findWhole: FindWhole = (owner, property) => {
    const { id, [property]: given } = owner
    if (owner['object'] === 'invoice' && property === 'payments') {
      return wholeList(invoices.paymentsOf(String(id)), `/v1/invoice_payments?invoice=${id}`)
    }
    if (owner['object'] === 'customer' && property === 'tax_ids') {
      return wholeList(customers.taxIdsOf(String(id)), `/v1/customers/${id}/tax_ids`)
    }
    if (owner['object'] === 'charge' && property === 'refunds') {
      return wholeList(charges.refundsOf(String(id)), `/v1/refunds?charge=${id}`)
    }
    if (typeof given !== 'string') return undefined
    const finders = [charges.find, charges.findRefund, payments.find, invoices.find, methods.find]
    return finders.map((find) => find(given)).find(Boolean) ?? customers.find(given)
  }

  const idempotent = createIdempotency()
  const guarded = (handler: StandInHandler): StandInHandler => {
    const whole = idempotent(async (request) => {
      const reply = await handler(request)
      let { body } = reply
      for (const path of expansions(request)) body = await expand(body, path, findWhole)
      return { ...reply, body }
    })
    return async (request) => {
      const id = stripeId('req')
      const key = request.headers['idempotency-key'] || null
      const version = request.headers['stripe-version'] || stripeVersion
      const headers = { 'request-id': id, 'stripe-version': version, ...(key && { 'idempotency-key': key }) }
      try {
        demandKey(request)
        const reply = await webhooks.during({ id, idempotency_key: key }, () => whole(request))
        return { ...reply, headers: { ...headers, ...reply.headers } }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        throw new Refusal({ ...error.reply, headers: { ...headers, ...error.reply.headers } })
      }
    }
  }

  const routes: Record<string, StandInHandler> = {
    ...accountRoutes(charges),
    ...webhooks.routes,
    ...customers.routes,
    ...methods.routes,
    ...payments.routes,
    ...charges.routes(payments.demand),
    ...taxRates.routes,
    ...invoices.routes,
    ...emulated.routes(emit),
  }
  const unknown: StandInHandler = ({ method, target }) => {
    const message = `Unrecognized request URL (${method}: ${target.split('?')[0]}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.`
    throw stripeError(404, message)
  }
  const everything = guarded(unknown)
  const refuse = createRouter({ 'GET *': everything, 'POST *': everything, 'DELETE *': everything })
  const pass = passOn(behind)
  const otherwise: RequestListener = (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', origin)
    if (!pathname.startsWith('/v1/')) return pass(incoming, response)
    const isOpen = emulatedPaths.test(pathname) && isTestKey(keyOf(incoming.headers.authorization))
    return isOpen ? pass(incoming, response) : refuse(incoming, response)
  }
  return createRouter(
    {
      ...Object.fromEntries(Object.entries(routes).map(([route, handler]) => [route, guarded(handler)])),
      ...createStripePages(payments, invoices),
      'POST /checkout/{id}/complete': emulated.completeCheckout(emit),
    },
    { otherwise },
  )
}

/** As a bearer, or as the user name of HTTP Basic. */
function keyOf(authorization = ''): string {
  const [scheme = '', value = ''] = authorization.split(' ')
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString().split(':')[0] ?? ''
  return /^bearer$/i.test(scheme) ? value : ''
}

const isTestKey = (key: string) => /^(sk|rk)_test_\w+$/.test(key)

function demandKey({ headers }: StandInRequest): void {
  const key = keyOf(headers['authorization'])
  if (isTestKey(key)) return
  if (key === '') {
    const message =
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://docs.stripe.com/api#authentication for details, or we can help at https://support.stripe.com/."
    throw stripeError(401, message)
  }
  if (key.startsWith('pk_')) {
    const message = 'This API call cannot be made with a publishable API key. Please use a secret API key.'
    throw stripeError(401, message, { code: 'secret_key_required' })
  }
  throw stripeError(401, `Invalid API Key provided: ${key.slice(0, 8)}****`)
}
