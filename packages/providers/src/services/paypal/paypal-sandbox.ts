import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for PayPal: a bicycle shop with orders, payments and invoices. */
export const paypalSandbox: Sandbox = {
  service: { standIn: 'paypal' },
  endpoints: { tokenUrl: '/v1/oauth2/token', apiUrl: '/' },
  credentials: {},
  connectionCredentials: { clientId: 'koble-sandbox-paypal', clientSecret: 'koble-sandbox-paypal-secret' },
  // No certificate of PayPal's can be had for a local server: there the webhook's id is the key.
  webhooks: {
    signature: {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'paypal-transmission-sig',
      encoding: 'base64',
      signedContent: '{id}|{timestamp}|{body}',
      id: { header: 'paypal-transmission-id' },
      timestamp: { header: 'paypal-transmission-time', format: 'rfc3339' },
      toleranceSeconds: 'any',
    },
  },
}
