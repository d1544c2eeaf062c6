import { z } from 'zod'
import type { StandInHandler } from './stand-in.ts'
import { createCollection, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import { decimal, flag, mergedMetadata, metadata, stripeForm, text } from './stripe-form.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

export interface TaxRate extends StripeObject {
  active: boolean
  display_name: string
  inclusive: boolean
  percentage: number
  metadata: Record<string, string>
}

const changeable = {
  active: flag.optional(),
  country: text.optional(),
  description: text.optional(),
  display_name: z.string().min(1).max(50).optional(),
  jurisdiction: text.optional(),
  metadata: metadata.optional(),
  state: text.optional(),
  tax_type: text.optional(),
}
const creation = z.strictObject({
  ...changeable,
  display_name: z.string().min(1).max(50),
  inclusive: flag,
  percentage: decimal,
})
// What is charged by a rate stays as it was: percentage and inclusive are unknown here.
const change = z.strictObject(changeable)

/** https://docs.stripe.com/api/tax_rates */
export function createTaxRates(emit: EmitStripeEvent) {
  const rates = createCollection<TaxRate>('tax rate')

  function add({ metadata: given, ...values }: z.output<typeof creation>, seed?: Pick<StripeObject, 'id' | 'created'>) {
    return rates.add({
      id: stripeId('txr'),
      object: 'tax_rate',
      ...{ active: true, country: null, created: seconds(), description: null, jurisdiction: null, livemode: false },
      ...{ effective_percentage: values.percentage, rate_type: 'percentage', state: null, tax_type: null },
      ...{ ...values, metadata: mergedMetadata({}, given) },
      ...seed,
    } as TaxRate)
  }

  return {
    add,
    find: rates.find,
    /** The rates that parameters name. */
    demand: (ids: readonly string[], param: string) =>
      ids.map((id, index) => rates.demand(id, { param: `${param}[${index}]` })),
    routes: {
      'GET /v1/tax_rates': (request) =>
        rates.page(
          request,
          { active: flag.optional(), inclusive: flag.optional() },
          (rate, { active = rate.active, inclusive = rate.inclusive }) =>
            rate.active === active && rate.inclusive === inclusive,
        ),
      'GET /v1/tax_rates/{id}': ({ params }) => ({ body: rates.demand(params['id']) }),
      'POST /v1/tax_rates': (request) => {
        const rate = add(stripeForm(request, creation))
        emit('tax_rate.created', rate)
        return { body: rate }
      },
      'POST /v1/tax_rates/{id}': (request) => {
        const rate = rates.demand(request.params['id'])
        const { metadata: changes, ...given } = stripeForm(request, change)
        Object.assign(rate, given, { metadata: mergedMetadata(rate.metadata, changes) })
        emit('tax_rate.updated', rate)
        return { body: rate }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

export type TaxRates = ReturnType<typeof createTaxRates>
