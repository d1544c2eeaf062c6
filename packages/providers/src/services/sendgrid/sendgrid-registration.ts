import type { RegistrationBody, RegistrationValues, WebhookRegistration } from '../../webhook-registration.ts'

const path = '/v3/user/webhooks/event/settings'

/** Each kind of event is a switch, some of them by another name than their deliveries bear. */
const switches: Record<string, string> = {
  processed: 'processed',
  delivered: 'delivered',
  deferred: 'deferred',
  bounce: 'bounce',
  dropped: 'dropped',
  open: 'open',
  click: 'click',
  spamreport: 'spam_report',
  unsubscribe: 'unsubscribe',
  group_unsubscribe: 'group_unsubscribe',
  group_resubscribe: 'group_resubscribe',
}

function settings({ url, events = [], registrationId }: RegistrationValues): RegistrationBody {
  const isOn = (event: string) => [events].flat().includes(event)
  return {
    url: String(url),
    enabled: true,
    friendly_name: `Koble ${registrationId}`,
    ...Object.fromEntries(Object.entries(switches).map(([event, name]) => [name, isOn(event)])),
  }
}

/**
 * An event webhook is made, and then told to sign: the answer to that is the public key, which its deliveries are checked
 * with. https://www.twilio.com/docs/sendgrid/api-reference/webhooks
 */
export const sendgridRegistration: WebhookRegistration = {
  errorMessage: { field: 'errors[0].message' },
  targets: [
    {
      id: 'account',
      label: 'Account',
      description: 'What becomes of all e-mails of the account',
      parameters: [],
      events: { all: Object.keys(switches), only: Object.keys(switches) },
      create: [
        { method: 'POST', path, body: settings, keep: { webhookId: { field: 'id' } } },
        { method: 'PATCH', path: `${path}/signed/{webhookId}`, body: { enabled: true } },
      ],
      answer: { id: { kept: 'webhookId' }, secret: { field: 'public_key' } },
      find: { request: { method: 'GET', path: `${path}/all` }, items: 'webhooks[]', id: 'id', url: 'url' },
      update: { method: 'PATCH', path: `${path}/{externalId}`, body: settings },
      remove: [{ method: 'DELETE', path: `${path}/{externalId}` }],
    },
  ],
}
