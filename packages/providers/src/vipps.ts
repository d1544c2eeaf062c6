import type { HmacScheme } from '@koble/core/signatures'
import type { ClientCredentialsAuth } from './auth-method.ts'
import type { ErrorFormat, Field, Sandbox } from './define-provider.ts'

/** What the providers of Vipps MobilePay have in common. https://developer.vippsmobilepay.com/docs/ */
export const vipps = {
  color: '#FF5B24',
  /** Test and production are two systems with keys of their own. */
  host: 'https://{environment}.vipps.no',
  environment: {
    key: 'environment',
    label: 'Environment',
    help: 'The keys of one are not known in the other.',
    default: 'api',
    options: [
      { value: 'api', label: 'Production (api.vipps.no)' },
      { value: 'apitest', label: 'Test (apitest.vipps.no)' },
    ],
  } satisfies Field,
} as const

const systemName = { pattern: '[!-~]{1,30}', patternMessage: 'One word of at most 30 characters' }

/** Under which name calls are found in the logs of Vipps' support. */
const systemFields: Field[] = [
  {
    key: 'systemName',
    label: 'Name of your system',
    help: 'Sent with each call, so that support at Vipps finds it in its logs.',
    default: 'koble',
    ...systemName,
  },
  { key: 'systemVersion', label: 'Version of your system', default: '1.0.0', ...systemName },
]

/** https://developer.vippsmobilepay.com/docs/knowledge-base/http-headers/ */
const systemHeaders = {
  'vipps-system-name': '{systemName}',
  'vipps-system-version': '{systemVersion}',
  'vipps-system-plugin-name': 'koble',
  'vipps-system-plugin-version': '1.0.0',
}

const merchantHeaders = {
  'ocp-apim-subscription-key': '{subscriptionKey}',
  'merchant-serial-number': '{merchantSerialNumber}',
}

/**
 * The keys of a sales unit, which a token is asked for with in headers and an empty body. The token is good for an hour in
 * test and for a day in production.
 * https://developer.vippsmobilepay.com/docs/APIs/access-token-api/standard-authentication/
 */
const auth: ClientCredentialsAuth = {
  type: 'client_credentials',
  label: 'Keys of a sales unit',
  tokenUrl: `${vipps.host}/accesstoken/get`,
  clientAuthentication: 'body',
  quirks: { tokenRequestFormat: 'headers' },
  requestHeaders: { ...merchantHeaders, ...systemHeaders },
  headers: merchantHeaders,
  defaultExpiresInSeconds: 3600,
  fields: [
    { key: 'clientId', help: 'client_id, under For developers in the portal.' },
    { key: 'clientSecret', help: 'client_secret.' },
    {
      key: 'subscriptionKey',
      label: 'Subscription key',
      help: 'Ocp-Apim-Subscription-Key; the primary or the secondary one.',
      secret: true,
      pattern: '[!-~]+',
      patternMessage: 'A key without spaces',
    },
    {
      key: 'merchantSerialNumber',
      label: 'Merchant serial number',
      help: 'MSN: the number of the sales unit. With the keys of a partner, that of the merchant.',
      pattern: '\\d{4,12}',
      patternMessage: 'Digits, as in 123456',
      example: '123456',
    },
  ],
}

/**
 * RFC 7807, with Vipps' own code among the details; what comes from the gateway in front of it looks otherwise.
 * https://developer.vippsmobilepay.com/docs/APIs/epayment-api/api-guide/errors/
 */
const errors: ErrorFormat = {
  code: ['extraDetails[name=ErrorCode].reason'],
  message: ['detail', 'title', 'result.message', 'message'],
  // Something else is being done to the payment, or it failed for the moment: the same may be sent again with its key.
  failures: { '6160': 'unreachable', '6250': 'unreachable', '6280': 'unreachable' },
  statuses: { 423: 'unreachable' },
}

/**
 * What the APIs for merchants share: where they are, how they are called, and how they fail. Those that know idempotency
 * keys keep a refusal for its key, too: what was corrected needs another one.
 */
export const vippsMerchant = {
  auth,
  api: {
    baseUrl: vipps.host,
    headers: systemHeaders,
    errors,
  },
  integrationFields: [vipps.environment, ...systemFields],
}

/**
 * How deliveries are signed. The URL is the registered one; the secret is used as the text that it is.
 * https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/request-authentication/
 */
export const vippsSignature: HmacScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'authorization',
  encoding: 'base64',
  prefix: 'HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=',
  signedContent: '{method}\n{uri}\n{timestamp};{host};{bodyHash}',
  timestamp: { header: 'x-ms-date', format: 'http_date' },
  bodyHash: { header: 'x-ms-content-sha256', encoding: 'base64' },
  // A delivery is tried again for a week, and whether its date is then a new one is not documented.
  toleranceSeconds: 'any',
}

/** Markdown: how a webhook comes about, for all of the providers that have them. */
export const vippsWebhookSetup = `1. Register the URL with the operation \`registerWebhook\` of a Vipps webhooks connection, or by \`POST /webhooks/v1/webhooks\`; there is no page for it in the portal.
2. The answer shows the **secret** once: enter it here as the secret. Who loses it registers anew.
3. The URL has to be public and https, and nothing in front of it may redirect or ask for a login.
4. A registration whose URL does not answer for two weeks is deleted without a word: list them now and then.`

/** Its client for logins at the stand-in. */
export const vippsSandboxClient = {
  clientId: 'fb492b5e-7907-4d83-bc20-c7fb60ca35de',
  clientSecret: 'S4ndboxKobleLogin00==',
}

/** The one sales unit of the stand-in. */
export const vippsSandboxKeys = {
  clientId: 'fb492b5e-7907-4d83-bc20-c7fb60ca35de',
  clientSecret: 'S4ndboxKobleVipps00==',
  subscriptionKey: '0f14ebcab0ec4b29ae0cb90d91b4a84a',
  merchantSerialNumber: '123456',
}

/** The stand-in, for those with the keys of a sales unit. */
export const vippsSandbox: Sandbox = {
  service: { standIn: 'vipps' },
  endpoints: { tokenUrl: '/accesstoken/get', apiUrl: '/' },
  credentials: {},
  connectionCredentials: vippsSandboxKeys,
}
