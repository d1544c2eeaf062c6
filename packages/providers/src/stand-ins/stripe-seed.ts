import type { PaymentMethods } from './stripe-cards.ts'
import type { Charges } from './stripe-charges.ts'
import type { Customers } from './stripe-customers.ts'
import type { Invoices } from './stripe-invoices.ts'
import type { PaymentIntent } from './stripe-payment-rules.ts'
import type { Payments } from './stripe-payments.ts'
import type { TaxRates } from './stripe-tax-rates.ts'

/** The morning of the bicycle shop, in Unix seconds. */
const morning = Date.parse('2026-11-02T08:15:00Z') / 1000

/** What is there at every start: a payment and an invoice for each thing that the examples do with one. */
export async function seedStripe(parts: {
  methods: PaymentMethods
  charges: Charges
  customers: Customers
  invoices: Invoices
  payments: Payments
  taxRates: TaxRates
}): Promise<void> {
  const { methods, charges, customers, invoices, payments, taxRates } = parts
  const method = methods.seed('pm_1KobleVisa', morning)

  const addPayment = (name: string, minute: number, amount: number, given: Partial<PaymentIntent>) =>
    payments.add({
      ...{ id: `pi_3Koble${name}`, client_secret: `pi_3Koble${name}_secret_KobleSandbox`, currency: 'nok', amount },
      ...{ created: morning + minute * 60, ...given },
    })
  const charged = (intent: PaymentIntent, outcome: 'captured' | 'reserved') => {
    const id = intent.id.replace(/^pi/, 'ch')
    charges.make(intent, method, outcome, { id, created: intent.created })
    Object.assign(intent, { latest_charge: id, payment_method: method.id })
  }
  const paid = { customer: 'cus_KariNordmann01', description: 'Service on a bike', metadata: { order: '1000' } }
  charged(addPayment('Paid', 0, 149_000, { ...paid, amount_received: 149_000, status: 'succeeded' }), 'captured')
  const reserved = { amount_capturable: 49_900, capture_method: 'manual', status: 'requires_capture' } as const
  charged(addPayment('ToCapture', 1, 49_900, { ...reserved, description: 'Rent of a bike' }), 'reserved')
  addPayment('ToConfirm', 2, 19_950, { description: 'A bell' })
  addPayment('ToCancel', 3, 9_900, { description: 'A pump' })

  const vat = { display_name: 'MVA', percentage: 25, inclusive: false, country: 'NO', tax_type: 'vat' }
  const rate = taxRates.add(vat, { id: 'txr_1KobleMva25', created: morning })
  const customer = await customers.demand('cus_NordlysAS00001')
  const addInvoice = (name: string, minute: number, description: string, amount: number) => {
    const created = morning + minute * 60
    const terms = { collection_method: 'send_invoice', currency: 'nok', customer: customer.id } as const
    const invoice = invoices.add({ id: `in_1Koble${name}`, created, ...terms }, customer, 14)
    invoices.lines.add({
      ...{ id: `ii_1Koble${name}`, created, amount, currency: 'nok', customer: customer.id },
      ...{ invoice: invoice.id, description, tax_rates: [rate] },
    })
    return invoice
  }
  invoices.open(addInvoice('Open', 4, 'Bikes for the staff, November', 480_000), customer, morning + 5 * 60)
  addInvoice('Draft', 6, 'Bikes for the staff, December', 480_000)
}
