import type { Sandbox } from '../../define-provider.ts'

/** A bicycle shop's test account, with a payment and an invoice for each thing that one does with them. It takes any test key. */
export const stripeSandbox: Sandbox = {
  service: 'stripe',
  front: 'stripe',
  endpoints: { apiUrl: '/' },
  credentials: {},
  connectionCredentials: { apiKey: 'sk_test_KobleSandbox0000' },
  seed: {
    customers: [
      {
        id: 'cus_KariNordmann01',
        email: 'kari@example.com',
        name: 'Kari Nordmann',
        description: 'Fjord Bikes, Bergen',
      },
      { id: 'cus_OlaHansen00001', email: 'ola@example.com', name: 'Ola Hansen' },
      { id: 'cus_NordlysAS00001', email: 'post@nordlys.example', name: 'Nordlys AS', description: 'Pays by invoice' },
    ],
    products: [
      { id: 'prod_Basic', name: 'Basic', description: 'One bike, one rider' },
      { id: 'prod_Team', name: 'Team', description: 'Up to twenty bikes' },
    ],
    prices: [
      { id: 'price_Basic', product_name: 'Basic', currency: 'nok', unit_amount: 9900 },
      { id: 'price_Team', product_name: 'Team', currency: 'nok', unit_amount: 149000 },
    ],
  },
}
