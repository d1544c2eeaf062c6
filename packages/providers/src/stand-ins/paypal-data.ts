type Json = Record<string, unknown>

/** What PayPal's stand-in begins with: one of everything that can be asked for or carried on. */
export function seededPaypal() {
  const amount = { currency_code: 'NOK', value: '199.50' }
  const create_time = '2026-11-02T08:15:00Z'
  const order = (id: string, intent: string): Json => ({
    id,
    intent,
    status: 'APPROVED',
    create_time,
    purchase_units: [{ reference_id: 'default', amount, payee: { merchant_id: 'FJORDBIKES001' } }],
    payer: { payer_id: 'KARIPAYER0001', email_address: 'kari@example.com' },
  })
  const event = {
    id: 'WH-2WR32451HC0233532-67976317FL4543714',
    event_version: '1.0',
    create_time,
    resource_type: 'capture',
    event_type: 'PAYMENT.CAPTURE.COMPLETED',
    summary: 'Payment completed for NOK 199.50 NOK',
    resource: { id: '2GG279541U471931P', status: 'COMPLETED', amount },
  }
  const webhook = { id: '0EH40505U7160970P', url: 'https://shop.example/paypal', event_types: [{ name: '*' }] }
  const invoice = {
    id: 'INV2-Z56S-5LLA-Q52L-CPZ5',
    status: 'DRAFT',
    detail: { invoice_number: 'F-1000', currency_code: 'NOK', invoice_date: '2026-11-02' },
    primary_recipients: [{ billing_info: { email_address: 'kari@example.com' } }],
    amount,
    due_amount: amount,
  }
  return {
    orders: byId(order('5O190127TN364715T', 'CAPTURE'), order('8AB52413XK604702R', 'AUTHORIZE')),
    captures: byId({ id: '2GG279541U471931P', status: 'COMPLETED', amount, create_time }),
    authorizations: byId(
      { id: '0VF52814937998046', status: 'CREATED', amount, create_time },
      { id: '6DR965477U7140544', status: 'CREATED', amount, create_time },
    ),
    refunds: byId({ id: '1JU08902781691411', status: 'COMPLETED', amount, create_time }),
    invoices: byId(invoice),
    webhooks: new Map([[webhook.id, webhook]]),
    events: byId(event),
  }
}

function byId(...items: Json[]): Map<string, Json> {
  return new Map(items.map((item) => [String(item['id']), item]))
}
