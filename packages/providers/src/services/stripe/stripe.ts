import { defineProvider } from '../../define-provider.ts'
import { stripeRegistration } from './stripe-registration.ts'
import { stripeSandbox } from './stripe-sandbox.ts'

/** Stripe with the account owner's own key, which Stripe prefers to its OAuth. https://docs.stripe.com/api */
export const stripe = defineProvider({
  id: 'stripe',
  name: 'Stripe',
  description: 'Payments, customers, invoices and subscriptions.',
  category: 'payments',
  docsUrl: 'https://docs.stripe.com/api',
  color: '#635BFF',
  auth: {
    type: 'api_key',
    placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
  },
  api: {
    baseUrl: 'https://api.stripe.com',
    // Without it every account answers in the version it was opened with.
    headers: { 'stripe-version': '2026-10-28.endive' },
    otherOrigins: ['https://files.stripe.com'],
    idempotencyHeader: 'idempotency-key',
    // https://docs.stripe.com/rate-limits: of live data; a test key gets 429 beyond a quarter of that.
    rateLimits: {
      connection: [{ requests: 100, perSeconds: 1 }],
      endpoints: [{ path: '/v1/*/search', per: 'connection', limits: [{ requests: 20, perSeconds: 1 }] }],
    },
    // https://docs.stripe.com/error-codes
    errors: {
      code: ['error.code', 'error.type', 'error'],
      message: ['error.message', 'error_description'],
      failures: {
        lock_timeout: 'throttled',
        rate_limit: 'throttled',
        idempotency_key_in_use: 'throttled',
        api_error: 'unreachable',
      },
    },
  },
  account: {
    url: '/v1/account',
    id: ['id'],
    label: ['settings.dashboard.display_name', 'business_profile.name', 'email'],
    // A restricted key may not read the account and still be good for what it is meant for.
    fallback: { statuses: [403], url: '/v1/customers?limit=1', label: 'Stripe account' },
  },
  connectionFields: [
    {
      key: 'apiKey',
      label: 'API key',
      help: 'A restricted key is safer than the secret key. Test keys reach only test data.',
      secret: true,
      pattern: '(?:sk|rk)_(?:test|live)_[A-Za-z0-9]{10,}',
      patternMessage: 'A Stripe key begins with sk_test_, sk_live_, rk_test_ or rk_live_',
      example: 'rk_test_51N…',
    },
  ],
  webhooks: {
    // https://docs.stripe.com/webhooks#verify-manually
    signature: {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'stripe-signature',
      encoding: 'hex',
      signedContent: '{timestamp}.{body}',
      pairs: { timestampKey: 't', signatureKey: 'v1' },
      toleranceSeconds: 300,
    },
    secretFrom: 'provider',
    eventType: { field: 'type' },
    eventId: { field: 'id' },
    // Only events of connected accounts name one.
    account: { field: 'account' },
    events: [
      'payment_intent.succeeded',
      'payment_intent.payment_failed',
      'payment_intent.canceled',
      'payment_intent.requires_action',
      'payment_intent.amount_capturable_updated',
      'charge.refunded',
      'refund.created',
      'refund.updated',
      'refund.failed',
      'customer.created',
      'customer.updated',
      'customer.deleted',
      'customer.subscription.created',
      'customer.subscription.updated',
      'customer.subscription.deleted',
      'customer.tax_id.updated',
      'checkout.session.completed',
      'invoice.created',
      'invoice.finalized',
      'invoice.sent',
      'invoice.paid',
      'invoice.payment_failed',
      'invoice.overdue',
      'invoice.voided',
      'invoice.marked_uncollectible',
      'invoice.finalization_failed',
      'invoice_payment.paid',
    ],
    registration: stripeRegistration,
    setup: `1. In the Stripe dashboard open **Developers → Webhooks** and add a destination for events of your account.
2. Choose the events, then **Webhook endpoint**, and paste the URL.
3. Reveal the **Signing secret** (\`whsec_…\`) and enter it here as the secret.`,
  },
  samples: [
    { title: 'Customers', method: 'GET', path: '/v1/customers?limit=10' },
    { title: 'Products', method: 'GET', path: '/v1/products?limit=10' },
    { title: 'Payments', method: 'GET', path: '/v1/payment_intents?limit=10' },
    { title: 'Invoices', method: 'GET', path: '/v1/invoices?limit=10' },
    { title: 'Balance', method: 'GET', path: '/v1/balance' },
    { title: 'Add a customer', method: 'POST', path: '/v1/customers', body: 'name=Ola+Hansen&email=ola%40example.com' },
    {
      title: 'Begin a payment of 199 kroner',
      method: 'POST',
      path: '/v1/payment_intents',
      body: 'amount=19900&currency=nok&automatic_payment_methods[enabled]=true',
    },
  ],
  sandbox: stripeSandbox,
})
