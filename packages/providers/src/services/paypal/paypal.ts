import { defineProvider } from '../../define-provider.ts'
import { paypalRegistration } from './paypal-registration.ts'
import { paypalSandbox } from './paypal-sandbox.ts'

/** PayPal with the client id and secret of a merchant's own app. https://developer.paypal.com/api/rest/ */
export const paypal = defineProvider({
  id: 'paypal',
  name: 'PayPal',
  description: 'Orders, payments, refunds and invoices.',
  category: 'payments',
  docsUrl: 'https://developer.paypal.com/api/rest/',
  color: '#003087',
  auth: {
    type: 'client_credentials',
    // https://developer.paypal.com/api/rest/authentication/
    tokenUrl: 'https://{apiHost}/v1/oauth2/token',
    clientAuthentication: 'basic',
    fields: [
      { key: 'clientId', help: 'Of an app on developer.paypal.com.' },
      { key: 'clientSecret', label: 'Secret key' },
    ],
  },
  api: {
    baseUrl: 'https://{apiHost}',
    // https://developer.paypal.com/api/rest/reference/idempotency/
    idempotencyHeader: 'paypal-request-id',
    // https://developer.paypal.com/api/rest/responses/
    errors: {
      code: ['details[0].issue', 'name', 'error'],
      message: ['details[0].description', 'message', 'error_description'],
      failures: {
        RATE_LIMIT_REACHED: 'throttled',
        PREVIOUS_REQUEST_IN_PROGRESS: 'throttled',
        INTERNAL_SERVER_ERROR: 'unreachable',
        INTERNAL_SERVICE_ERROR: 'unreachable',
      },
    },
  },
  account: {
    url: '/v1/identity/oauth2/userinfo?schema=paypalv1.1',
    id: ['payer_id'],
    label: ['name', 'emails[0].value', 'payer_id'],
    // Not every app may read the profile. That there is a token at all shows that id and secret are right.
    fallback: { statuses: [400, 401, 403, 404], url: '/v1/notifications/webhooks', label: 'PayPal account' },
  },
  integrationFields: [
    {
      key: 'apiHost',
      label: 'Environment',
      help: 'Apps belong to one of the two.',
      default: 'api-m.paypal.com',
      options: [
        { value: 'api-m.paypal.com', label: 'Live' },
        { value: 'api-m.sandbox.paypal.com', label: "PayPal's sandbox" },
      ],
    },
  ],
  webhooks: {
    // https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
    signature: {
      type: 'certificate',
      algorithm: 'rsa_sha256',
      header: 'paypal-transmission-sig',
      encoding: 'base64',
      requiredHeaders: { 'paypal-auth-algo': 'SHA256withRSA' },
      signedContent: '{id}|{timestamp}|{secret}|{crc32}',
      id: { header: 'paypal-transmission-id' },
      timestamp: { header: 'paypal-transmission-time', format: 'rfc3339' },
      // Deliveries are tried again for three days, and whether with a new time is not documented.
      toleranceSeconds: 'any',
      certificateUrl: {
        header: 'paypal-cert-url',
        hosts: ['api.paypal.com', 'api-m.paypal.com', 'api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'],
        pathPrefix: '/v1/notifications/certs/',
      },
      subjectNames: ['.paypal.com'],
    },
    secretFrom: 'provider',
    eventType: { field: 'event_type' },
    eventId: { field: 'id' },
    account: [{ field: 'resource.payee.merchant_id' }, { field: 'resource.purchase_units[0].payee.merchant_id' }],
    events: [
      'CHECKOUT.ORDER.APPROVED',
      'CHECKOUT.ORDER.COMPLETED',
      'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
      'PAYMENT.CAPTURE.COMPLETED',
      'PAYMENT.CAPTURE.PENDING',
      'PAYMENT.CAPTURE.DECLINED',
      'PAYMENT.CAPTURE.DENIED',
      'PAYMENT.CAPTURE.REFUNDED',
      'PAYMENT.CAPTURE.REVERSED',
      'PAYMENT.AUTHORIZATION.CREATED',
      'PAYMENT.AUTHORIZATION.VOIDED',
      'CUSTOMER.DISPUTE.CREATED',
      'CUSTOMER.DISPUTE.UPDATED',
      'CUSTOMER.DISPUTE.RESOLVED',
      'INVOICING.INVOICE.PAID',
      'INVOICING.INVOICE.CANCELLED',
      'INVOICING.INVOICE.REFUNDED',
    ],
    setup: `1. On [developer.paypal.com](https://developer.paypal.com/dashboard/applications) open your app, live or sandbox as the integration is.
2. Under **Webhooks** choose **Add webhook**, paste the URL and pick the events. The operation \`createWebhook\` does the same.
3. Copy the **Webhook ID** that is then shown and enter it here as the secret: it is part of what PayPal signs.
4. Events of PayPal's simulator bear another id and are refused; make a payment with a sandbox account to try it out.`,
    registration: paypalRegistration,
  },
  samples: [
    { title: 'Webhooks', method: 'GET', path: '/v1/notifications/webhooks' },
    { title: 'Invoices', method: 'GET', path: '/v2/invoicing/invoices?page_size=10' },
    {
      title: 'Create an order of 199 kroner',
      method: 'POST',
      path: '/v2/checkout/orders',
      body: '{"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "NOK", "value": "199.00"}}]}',
    },
  ],
  sandbox: paypalSandbox,
})
