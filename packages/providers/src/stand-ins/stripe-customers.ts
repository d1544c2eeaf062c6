import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { StandInHandler, StandInRequest } from './stand-in.ts'
import { createCollection, listParameters, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import type { EmulatedStripe } from './stripe-emulated.ts'
import { InvalidParameters, noSuch } from './stripe-error.ts'
import { listOf, mergedMetadata, metadata, stripeForm, stripeQuery, text, unheeded } from './stripe-form.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

export interface Customer extends StripeObject {
  email: string | null
  name: string | null
  phone: string | null
  address: object | null
  tax_exempt: string
  invoice_prefix: string
}

interface TaxId extends StripeObject {
  customer: string
  type: string
  value: string
}

const address = z.strictObject({
  line1: text.optional(),
  line2: text.optional(),
  city: text.optional(),
  postal_code: text.optional(),
  state: text.optional(),
  country: text.optional(),
})
const taxIdFields = z.strictObject({
  type: z.string().regex(/^[a-z]{2,5}_[a-z]{2,10}$/),
  value: z.string().min(1).max(50),
})
const changeable = {
  name: text.optional(),
  email: text.optional(),
  description: text.optional(),
  phone: text.optional(),
  address: z.union([z.literal('').transform(() => null), address]).optional(),
  preferred_locales: listOf(z.string()).optional(),
  tax_exempt: z.enum(['', 'none', 'exempt', 'reverse']).optional(),
  metadata: metadata.optional(),
  ...unheeded('balance', 'business_name', 'cash_balance', 'individual_name', 'invoice_prefix', 'invoice_settings'),
  ...unheeded('next_invoice_sequence', 'shipping', 'source', 'tax', 'validate', 'default_source'),
}
const change = z.strictObject(changeable)
const creation = z.strictObject({
  ...changeable,
  tax_id_data: z.array(taxIdFields).max(5).optional(),
  ...unheeded('payment_method', 'test_clock'),
})
const listing = z.strictObject({ ...listParameters, email: z.string().optional(), ...unheeded('test_clock') })
type Given = z.output<typeof change>

/**
 * Customers are kept by the emulated Stripe, whose checkout asks for them; what it does not keep of them is kept here, and
 * their tax ids. https://docs.stripe.com/api/customers
 */
export function createCustomers(emulated: EmulatedStripe, emit: EmitStripeEvent) {
  const details = new Map<string, Record<string, unknown>>()
  const taxIds = createCollection<TaxId>('tax_id')
  const gone = new Map<string, object>()

  function whole(kept: StripeObject): Customer {
    const empty = { address: null, phone: null, preferred_locales: [], tax_exempt: 'none', metadata: {} }
    return {
      ...kept,
      ...{ balance: 0, currency: null, default_source: null, delinquent: false, discount: null },
      invoice_prefix: createHash('sha256').update(kept.id).digest('hex').slice(0, 8).toUpperCase(),
      invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
      ...{ next_invoice_sequence: 1, shipping: null, test_clock: null, ...empty },
      ...details.get(kept.id),
    } as unknown as Customer
  }

  async function find(id: string): Promise<Customer | undefined> {
    const { status, body } = await emulated.ask('GET', `/v1/customers/${encodeURIComponent(id)}`)
    return status === 200 ? whole(body as StripeObject) : undefined
  }
  async function demand(id = '', where: { param?: string } = {}): Promise<Customer> {
    const found = await find(id)
    if (!found) throw noSuch('customer', id, where)
    return found
  }
  const customerOf = ({ params }: StandInRequest) => demand(params['id'])
  const taxIdOf = ({ params }: StandInRequest) => {
    const taxId = taxIds.demand(params['taxId'])
    if (taxId.customer !== params['id']) throw noSuch('tax_id', taxId.id)
    return taxId
  }

  function note(id: string, { name: _name, email: _email, description: _description, ...given }: Given): void {
    const former = details.get(id) ?? {}
    const formerMetadata = (former['metadata'] ?? {}) as Record<string, string>
    const values = Object.entries(given).filter(([key, value]) => value !== undefined && shown.includes(key))
    const metadata = mergedMetadata(formerMetadata, given.metadata)
    details.set(id, { ...former, ...Object.fromEntries(values), metadata })
  }

  function addTaxId(customer: string, { type, value }: z.output<typeof taxIdFields>): TaxId {
    return taxIds.add({
      ...{ id: stripeId('txi'), object: 'tax_id', country: type.slice(0, 2).toUpperCase(), created: seconds() },
      ...{ customer, livemode: false, owner: { type: 'customer', customer }, type, value },
      ...{ verification: { status: 'unavailable', verified_address: null, verified_name: null } },
    })
  }

  return {
    find,
    demand,
    taxIdsOf: (id: string) => taxIds.all().filter(({ customer }) => customer === id),
    routes: {
      'GET /v1/customers': async (request) => {
        const { starting_after: after, ending_before: before } = stripeQuery(request, listing)
        if (after !== undefined) await demand(after, { param: 'starting_after' })
        if (before !== undefined) await demand(before, { param: 'ending_before' })
        const { body } = await emulated.ask('GET', request.target)
        const list = body as { data: StripeObject[] }
        return { body: { ...list, data: list.data.map(whole) } }
      },
      'GET /v1/customers/{id}': async (request) => {
        return { body: gone.get(request.params['id'] ?? '') ?? (await customerOf(request)) }
      },
      'POST /v1/customers': async (request) => {
        const { tax_id_data: ids = [], ...given } = stripeForm(request, creation)
        demandEmail(given.email)
        for (const [index, taxId] of ids.entries()) demandTaxId(taxId, `tax_id_data[${index}][value]`)
        const { body } = await emulated.ask('POST', '/v1/customers', keptOf(given))
        const { id } = body as StripeObject
        note(id, given)
        for (const taxId of ids) addTaxId(id, taxId)
        const customer = whole(body as StripeObject)
        emit('customer.created', customer)
        return { body: customer }
      },
      'POST /v1/customers/{id}': async (request) => {
        const former = await customerOf(request)
        const given = stripeForm(request, change)
        demandEmail(given.email)
        const { body } = await emulated.ask('POST', `/v1/customers/${former.id}`, keptOf(given))
        note(former.id, given)
        const customer = whole(body as StripeObject)
        const changed = Object.entries(former).filter(
          ([key, value]) =>
            JSON.stringify(value) !== JSON.stringify((customer as unknown as Record<string, unknown>)[key]),
        )
        emit('customer.updated', customer, Object.fromEntries(changed))
        return { body: customer }
      },
      'DELETE /v1/customers/{id}': async (request) => {
        const customer = await customerOf(request)
        await emulated.ask('DELETE', `/v1/customers/${customer.id}`)
        const left = { id: customer.id, object: 'customer', deleted: true }
        gone.set(customer.id, left)
        emit('customer.deleted', customer)
        return { body: left }
      },
      'GET /v1/customers/{id}/tax_ids': async (request) => {
        const { id } = await customerOf(request)
        return taxIds.page(request, {}, ({ customer }) => customer === id)
      },
      'GET /v1/customers/{id}/tax_ids/{taxId}': (request) => ({ body: taxIdOf(request) }),
      'POST /v1/customers/{id}/tax_ids': async (request) => {
        const { id } = await customerOf(request)
        const given = stripeForm(request, taxIdFields)
        demandTaxId(given, 'value')
        const taxId = addTaxId(id, given)
        emit('customer.tax_id.created', taxId)
        return { body: taxId }
      },
      'DELETE /v1/customers/{id}/tax_ids/{taxId}': (request) => {
        const taxId = taxIdOf(request)
        taxIds.remove(taxId.id)
        emit('customer.tax_id.deleted', taxId)
        return { body: { id: taxId.id, object: 'tax_id', deleted: true } }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

export type Customers = ReturnType<typeof createCustomers>

const shown = ['phone', 'address', 'preferred_locales', 'tax_exempt']

/** What the emulated Stripe keeps. */
function keptOf({ name, email, description }: Given): Record<string, string> {
  const kept = Object.entries({ name, email, description }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept.map(([key, value]) => [key, value ?? '']))
}

/** https://docs.stripe.com/billing/customer/tax-ids */
function demandTaxId({ type, value }: z.output<typeof taxIdFields>, param: string): void {
  if (type !== 'no_vat' || /^\d{9}MVA$/.test(value)) return
  throw new InvalidParameters(`Invalid value for ${type}.`, { code: 'tax_id_invalid', param })
}

function demandEmail(email: string | null | undefined): void {
  if (!email || /^[^@\s]+@[^@\s]+$/.test(email)) return
  throw new InvalidParameters(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' })
}
