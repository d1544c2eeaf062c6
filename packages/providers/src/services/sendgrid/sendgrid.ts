import { defineProvider } from '../../define-provider.ts'
import { sendgridRegistration } from './sendgrid-registration.ts'
import { sendgridSandbox } from './sendgrid-sandbox.ts'

/** Twilio SendGrid with an API key. https://www.twilio.com/docs/sendgrid/api-reference */
export const sendgrid = defineProvider({
  id: 'sendgrid',
  name: 'SendGrid',
  description: 'Send e-mail, and hear whether it was delivered, opened or refused.',
  category: 'messaging',
  docsUrl: 'https://www.twilio.com/docs/sendgrid/api-reference',
  color: '#1A82E2',
  auth: {
    type: 'api_key',
    placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
  },
  api: {
    baseUrl: 'https://{apiHost}',
    // https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
    errors: { code: ['errors[0].error_id', 'errors[0].field'], message: ['errors[0].message'] },
  },
  account: {
    url: '/v3/user/username',
    id: ['user_id'],
    label: ['username'],
    // A key that may only send can read nothing but what it may do.
    fallback: { statuses: [401, 403], url: '/v3/scopes', label: 'SendGrid account' },
  },
  integrationFields: [
    {
      key: 'apiHost',
      label: 'Region',
      help: 'Keys of a subuser in the EU are good only there.',
      default: 'api.sendgrid.com',
      options: [
        { value: 'api.sendgrid.com', label: 'Global' },
        { value: 'api.eu.sendgrid.com', label: 'European Union' },
      ],
    },
  ],
  connectionFields: [
    {
      key: 'apiKey',
      label: 'API key',
      help: 'One with restricted access, for what is needed alone.',
      secret: true,
      pattern: 'SG\\.[\\w\\-.]{10,}',
      patternMessage: 'A SendGrid key begins with SG.',
      example: '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',
    },
  ],
  webhooks: {
    // https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
    signature: {
      type: 'public_key',
      algorithm: 'ecdsa_p256_sha256',
      header: 'x-twilio-email-event-webhook-signature',
      encoding: 'base64',
      signedContent: '{timestamp}{body}',
      timestamp: { header: 'x-twilio-email-event-webhook-timestamp' },
      // Deliveries are tried again for a day, and whether with a new time is not documented.
      toleranceSeconds: 'any',
    },
    secretFrom: 'provider',
    // A delivery is a batch: it is named after its first event, and is the same again when all of its events are.
    eventType: { field: '[0].event' },
    eventId: { each: '[]', of: { field: 'sg_event_id' }, with: ',' },
    events: [
      'processed',
      'delivered',
      'deferred',
      'bounce',
      'dropped',
      'open',
      'click',
      'spamreport',
      'unsubscribe',
      'group_unsubscribe',
      'group_resubscribe',
    ],
    setup: `1. In SendGrid open **Settings → Mail Settings → Event Webhooks**, choose **Create new webhook** and paste the URL.
2. Pick the events, switch on **Enable Signed Event Webhook**, and save.
3. Open it again, copy the **Verification Key** and enter it here as the secret. The operations \`createEventWebhook\` and \`getEventWebhookKey\` do the same.
4. A delivery holds several events; each stands in its body.`,
    registration: sendgridRegistration,
  },
  samples: [
    { title: 'What the key may do', method: 'GET', path: '/v3/scopes' },
    { title: 'Templates', method: 'GET', path: '/v3/templates?generations=dynamic&page_size=20' },
    { title: 'Bounces', method: 'GET', path: '/v3/suppression/bounces?limit=20' },
    {
      title: 'Send an e-mail',
      method: 'POST',
      path: '/v3/mail/send',
      body: '{"personalizations": [{"to": [{"email": "kari@example.com"}]}], "from": {"email": "post@fjord.example"}, "subject": "Hello", "content": [{"type": "text/plain", "value": "Hello from Koble"}]}',
    },
  ],
  sandbox: sendgridSandbox,
})
