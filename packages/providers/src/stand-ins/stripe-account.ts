import type { StandInHandler } from './stand-in.ts'
import type { Charges } from './stripe-charges.ts'

/** Whose account it is, and what it has: all that was paid and not given back, which waits to be paid out. */
export function accountRoutes(charges: Charges): Record<string, StandInHandler> {
  return {
    'GET /v1/account': () => ({ body: account }),
    'GET /v1/balance': () => {
      const byCurrency = new Map([['nok', 0]])
      for (const { currency, amount_captured, amount_refunded, captured } of charges.all()) {
        const amount = captured ? amount_captured - amount_refunded : 0
        byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + amount)
      }
      const fundsOf = (amount: number, currency: string) => ({ amount, currency, source_types: { card: amount } })
      const pending = [...byCurrency].map(([currency, amount]) => fundsOf(amount, currency))
      const available = [...byCurrency.keys()].map((currency) => fundsOf(0, currency))
      return { body: { object: 'balance', available, livemode: false, pending } }
    },
  }
}

const account = {
  id: 'acct_1KobleSandbox000',
  object: 'account',
  business_profile: { mcc: '5940', name: 'Fjord Bikes', support_email: 'post@fjord.example', url: null },
  business_type: 'company',
  ...{ charges_enabled: true, country: 'NO', created: 1_730_535_300, default_currency: 'nok', details_submitted: true },
  ...{ email: 'post@fjord.example', metadata: {}, payouts_enabled: true, type: 'standard' },
  settings: { dashboard: { display_name: 'Fjord Bikes', timezone: 'Europe/Oslo' } },
}
