import { defineProvider } from '../../define-provider.ts'
import { hubspotRegistration } from './hubspot-registration.ts'
import { hubspotSandbox } from './hubspot-sandbox.ts'

/** A HubSpot account: a public app by OAuth, or one's own account by the token of a private app. https://developers.hubspot.com/docs */
export const hubspot = defineProvider({
  id: 'hubspot',
  name: 'HubSpot',
  description: 'Contacts, companies, deals and what happens to them.',
  category: 'crm',
  docsUrl: 'https://developers.hubspot.com/docs',
  color: '#FF7A59',
  auth: [
    {
      type: 'oauth2',
      label: 'Sign in with HubSpot',
      authorizationUrl: 'https://app.hubspot.com/oauth/authorize',
      // The first version of these three ends in February 2027. https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth
      tokenUrl: 'https://api.hubapi.com/oauth/v3/token',
      introspectionUrl: 'https://api.hubapi.com/oauth/v3/token/introspect',
      revocationUrl: 'https://api.hubapi.com/oauth/v3/token/revoke',
      pkce: 'S256',
      clientAuthentication: 'body',
      refresh: 'stable',
      quirks: { answerFields: { scope: 'scopes' } },
      scopes: [
        { name: 'oauth', description: 'Know which account it is', default: true },
        { name: 'crm.objects.contacts.read', description: 'See contacts', default: true },
        { name: 'crm.objects.companies.read', description: 'See companies', default: true },
        { name: 'crm.objects.deals.read', description: 'See deals', default: true },
        { name: 'crm.objects.contacts.write', description: 'Create, change and archive contacts', sensitive: true },
        { name: 'crm.objects.companies.write', description: 'Create, change and archive companies', sensitive: true },
        { name: 'crm.objects.deals.write', description: 'Create, change and archive deals', sensitive: true },
        { name: 'crm.objects.owners.read', description: 'See who owns records' },
        { name: 'crm.schemas.contacts.read', description: 'See which properties contacts have' },
        { name: 'crm.schemas.companies.read', description: 'See which properties companies have' },
        { name: 'crm.schemas.deals.read', description: 'See which properties deals have' },
        { name: 'tickets', description: 'Read, create and change tickets', sensitive: true },
      ],
    },
    {
      type: 'api_key',
      label: 'Token of a private app',
      placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
      fields: [
        {
          key: 'apiKey',
          on: 'connection',
          label: 'Access token',
          help: 'Of a private app in the account that is connected.',
          secret: true,
          pattern: 'pat-[a-z0-9]+-[0-9a-f\\-]{10,}',
          patternMessage: 'The token of a private app begins with pat-',
          example: 'pat-eu1-1f2e…',
        },
      ],
    },
  ],
  scopePresets: [
    {
      id: 'contacts',
      label: 'Contacts, read only',
      description: 'See contacts',
      scopes: ['oauth', 'crm.objects.contacts.read'],
    },
    {
      id: 'read-only',
      label: 'CRM, read only',
      description: 'See contacts, companies, deals and their owners',
      scopes: [
        ...['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read', 'crm.objects.deals.read'],
        'crm.objects.owners.read',
      ],
    },
    {
      id: 'sync',
      label: 'CRM, both ways',
      description: 'See and change contacts, companies and deals',
      scopes: [
        ...['oauth', 'crm.objects.contacts.read', 'crm.objects.companies.read', 'crm.objects.deals.read'],
        ...['crm.objects.contacts.write', 'crm.objects.companies.write', 'crm.objects.deals.write'],
        'crm.objects.owners.read',
      ],
    },
  ],
  api: {
    baseUrl: 'https://api.hubapi.com',
    // https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
    rateLimits: {
      connection: [{ requests: 110, perSeconds: 10 }],
      endpoints: [
        {
          method: 'POST',
          path: '/crm/v3/objects/*/search',
          per: 'connection',
          limits: [{ requests: 4, perSeconds: 1 }],
        },
      ],
    },
    errors: {
      code: ['category', 'errorType'],
      message: ['message'],
      failures: { RATE_LIMITS: 'throttled', RATE_LIMIT: 'throttled' },
    },
  },
  account: { url: '/account-info/v3/details', id: ['portalId'], label: ['portalId'] },
  webhooks: {
    // The third version; the older ones, which are sent beside it, can be replayed.
    // https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
    signature: {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'x-hubspot-signature-v3',
      encoding: 'base64',
      signedContent: '{method}{url}{body}{timestamp}',
      timestamp: { header: 'x-hubspot-request-timestamp', format: 'unix_ms' },
      toleranceSeconds: 300,
      url: { unescape: ":/?@!$'()*,;" },
    },
    secretFrom: 'provider',
    // A delivery is a list of up to 100 events. Their own ids come again, so that these parts together make an id.
    eventType: { field: '[0].subscriptionType' },
    eventId: {
      each: '[]',
      of: {
        join: [
          ...[{ field: 'portalId' }, { field: 'subscriptionId' }, { field: 'eventId' }],
          ...[{ field: 'objectId' }, { field: 'occurredAt' }],
        ],
        with: ':',
      },
      with: ',',
    },
    account: { field: '[0].portalId' },
    events: [
      ...['contact.creation', 'contact.propertyChange', 'contact.deletion', 'contact.merge', 'contact.restore'],
      ...['contact.privacyDeletion', 'contact.associationChange'],
      ...['company.creation', 'company.propertyChange', 'company.deletion', 'company.merge', 'company.restore'],
      'company.associationChange',
      ...['deal.creation', 'deal.propertyChange', 'deal.deletion', 'deal.merge', 'deal.restore'],
      'deal.associationChange',
      ...['ticket.creation', 'ticket.propertyChange', 'ticket.deletion'],
      ...['product.creation', 'product.propertyChange', 'product.deletion'],
      ...['line_item.creation', 'line_item.propertyChange', 'line_item.deletion'],
      ...['conversation.creation', 'conversation.newMessage', 'conversation.propertyChange', 'conversation.deletion'],
    ],
    registration: hubspotRegistration,
    setup: `1. Open your app in HubSpot; under **Auth** copy the **Client secret** and enter it here as the secret: HubSpot signs with it.
2. Under **Webhooks** paste the URL into **Target URL**. One app has one such URL for all accounts that installed it.
3. **Create subscription** for each kind of event, and activate it. Changes may take five minutes to count.
4. The operations **Set webhook settings** and **Create a webhook subscription** do the same by the API, for apps that are not defined as a project.`,
  },
  samples: [
    { title: 'Which account is this', method: 'GET', path: '/account-info/v3/details' },
    { title: 'Contacts', method: 'GET', path: '/crm/v3/objects/contacts?limit=10&properties=email,firstname,lastname' },
    { title: 'Deals', method: 'GET', path: '/crm/v3/objects/deals?limit=10' },
    {
      title: 'Search contacts',
      method: 'POST',
      path: '/crm/v3/objects/contacts/search',
      body: '{"query": "nordmann", "properties": ["email"], "limit": 10}',
    },
  ],
  sandbox: hubspotSandbox,
})
