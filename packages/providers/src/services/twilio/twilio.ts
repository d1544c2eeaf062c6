import { defineProvider } from '../../define-provider.ts'
import { twilioSandbox } from './twilio-sandbox.ts'

const sidPattern = (prefix: string) => ({
  pattern: `${prefix}[0-9a-f]{32}`,
  patternMessage: `It begins with ${prefix}, and 32 digits and letters from a to f follow`,
})

/** Twilio with an API key or with the account's auth token. https://www.twilio.com/docs/iam/api-keys */
export const twilio = defineProvider({
  id: 'twilio',
  name: 'Twilio',
  description: 'Text messages, WhatsApp and phone calls, with word of what was delivered.',
  category: 'messaging',
  docsUrl: 'https://www.twilio.com/docs/messaging',
  color: '#F22F46',
  auth: [
    {
      type: 'api_key',
      label: 'API key',
      placement: { in: 'basic', username: '{keySid}', password: '{keySecret}' },
      fields: [
        { key: 'keySid', label: 'API key SID', example: 'SK0123456789abcdef0123456789abcdef', ...sidPattern('SK') },
        { key: 'keySecret', label: 'API key secret', secret: true, help: 'Twilio shows it once.' },
      ],
    },
    {
      type: 'basic',
      label: 'Auth token',
      username: '{accountSid}',
      password: '{authToken}',
      fields: [{ key: 'authToken', label: 'Auth token', secret: true, help: 'It may do all that the account may.' }],
    },
  ],
  api: {
    baseUrl: 'https://{apiHost}',
    // Lookups have a host of their own, in the United States alone.
    otherOrigins: ['https://lookups.twilio.com'],
    // https://www.twilio.com/docs/usage/troubleshooting/debugging-your-application
    errors: { code: ['code'], message: ['message'], failures: { '20429': 'throttled' } },
  },
  account: {
    url: '/2010-04-01/Accounts/{accountSid}.json',
    id: ['sid'],
    label: ['friendly_name', 'sid'],
    // A standard API key may do everything but read the account itself.
    fallback: {
      statuses: [401, 403],
      url: '/2010-04-01/Accounts/{accountSid}/Messages.json?PageSize=1',
      label: 'Twilio account',
      id: '{accountSid}',
    },
  },
  integrationFields: [
    {
      key: 'apiHost',
      label: 'Region',
      help: 'Where the account keeps its data; keys belong to one region.',
      default: 'api.twilio.com',
      // https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region
      options: [
        { value: 'api.twilio.com', label: 'United States' },
        { value: 'api.dublin.ie1.twilio.com', label: 'Ireland' },
        { value: 'api.sydney.au1.twilio.com', label: 'Australia' },
      ],
    },
  ],
  connectionFields: [
    {
      key: 'accountSid',
      label: 'Account SID',
      help: 'On the first page of the console.',
      example: 'AC0123456789abcdef0123456789abcdef',
      ...sidPattern('AC'),
    },
  ],
  webhooks: {
    // https://www.twilio.com/docs/usage/security#validating-requests
    signature: {
      type: 'hmac',
      algorithm: 'sha1',
      header: 'x-twilio-signature',
      encoding: 'base64',
      signedContent: '{url}{fields}',
      fields: { from: ['form'], pair: '{name}{value}' },
      bodyHash: { query: 'bodySHA256', encoding: 'hex' },
      url: { port: 'either' },
    },
    secretFrom: 'provider',
    eventType: [
      { join: [{ constant: 'message' }, { field: 'MessageStatus' }], with: '.' },
      { join: [{ constant: 'message' }, { field: 'SmsStatus' }], with: '.' },
      { join: [{ constant: 'call' }, { field: 'CallStatus' }], with: '.' },
    ],
    // Twilio has no ids of events: a message or call is in a state once.
    eventId: [
      { join: [{ field: 'MessageSid' }, { field: 'MessageStatus' }], with: ':' },
      { join: [{ field: 'MessageSid' }, { field: 'SmsStatus' }], with: ':' },
      { join: [{ field: 'CallSid' }, { field: 'CallStatus' }, { field: 'SequenceNumber' }], with: ':' },
      { join: [{ field: 'CallSid' }, { field: 'CallStatus' }], with: ':' },
    ],
    account: { field: 'AccountSid' },
    events: [
      'message.received',
      'message.queued',
      'message.sending',
      'message.sent',
      'message.delivered',
      'message.undelivered',
      'message.failed',
      'message.read',
      'message.scheduled',
      'message.canceled',
      'call.queued',
      'call.initiated',
      'call.ringing',
      'call.in-progress',
      'call.completed',
      'call.busy',
      'call.no-answer',
      'call.canceled',
      'call.failed',
    ],
    setup: `1. In the Twilio console open **Account → API keys & tokens**, copy the **Auth token** and enter it here as the secret: Twilio signs with it, whatever key the calls use.
2. For incoming messages paste the URL at **Phone Numbers → (a number) → Messaging → A message comes in**, as a webhook by HTTP POST. No answer goes back to the sender; Twilio notes a warning (12300) for that.
3. For the fate of messages sent, pass the URL as \`statusCallback\`, or enter it at the messaging service under **Integration**.
4. Append \`#rp=all&rc=5\` to the URL to have Twilio try again when Koble cannot be reached.`,
  },
  samples: [
    { title: 'The accounts of the key', method: 'GET', path: '/2010-04-01/Accounts.json' },
    {
      title: 'Send a text message (with your own Account SID and number)',
      method: 'POST',
      path: '/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json',
      body: 'To=%2B4791234567&From=%2B15005550006&Body=Hello+from+Koble',
    },
    {
      title: 'Messages',
      method: 'GET',
      path: '/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json?PageSize=20',
    },
  ],
  sandbox: twilioSandbox,
})
