import { defineProvider } from '../../define-provider.ts'
import { environmentField, maskinportenClaims, maskinportenFields, maskinportenHost } from '../../maskinporten-auth.ts'
import { altinnRegistration } from './altinn-registration.ts'
import { altinnSandbox } from './altinn-sandbox.ts'

/** Altinn 3: forms, parties, access and events. What was Altinn 2 is switched off. https://docs.altinn.studio/ */
export const altinn = defineProvider({
  id: 'altinn',
  name: 'Altinn',
  description: 'Fill in and send public forms, see who may act for whom, and hear of what happens to a form.',
  category: 'government',
  docsUrl: 'https://docs.altinn.studio/api/',
  color: '#0062BA',
  auth: {
    type: 'jwt_bearer',
    label: 'Maskinporten client',
    tokenUrl: 'https://{maskinporten}/token',
    algorithm: 'RS256',
    claims: maskinportenClaims('{maskinporten}'),
    scopesIn: 'claims',
    lifetimeSeconds: 100,
    // https://docs.altinn.studio/api/authentication/spec/
    exchange: { path: '/authentication/api/v1/exchange/maskinporten' },
    // Where the token does not say: it is a JWT, and does.
    defaultExpiresInSeconds: 1800,
    credentialsOn: 'integration',
    headers: { 'Ocp-Apim-Subscription-Key': '{subscriptionKey}' },
    fields: [
      ...maskinportenFields,
      {
        key: 'subscriptionKey',
        label: 'Subscription key',
        help: 'For the APIs of access management and authorization; ordered from Altinn.',
        secret: true,
        required: false,
      },
    ],
    scopes: [
      { name: 'altinn:instances.read', description: 'Read forms', default: true, sensitive: true },
      { name: 'altinn:instances.write', description: 'Fill in and send forms', default: true, sensitive: true },
      { name: 'altinn:instances.meta', description: 'See which forms there are, not what is in them' },
      {
        name: 'altinn:serviceowner/instances.read',
        description: 'Read forms that were sent to you as a service owner',
        sensitive: true,
      },
      {
        name: 'altinn:serviceowner/instances.write',
        description: 'Make and change forms as a service owner',
        sensitive: true,
      },
      { name: 'altinn:serviceowner', description: 'Act as a service owner' },
      {
        name: 'altinn:accessmanagement/authorizedparties',
        description: 'See for whom the system user may act',
        default: true,
      },
      {
        name: 'altinn:accessmanagement/authorizedparties.resourceowner',
        description: 'See for whom anybody may act, as a service owner',
        sensitive: true,
      },
      {
        name: 'altinn:accessmanagement/enduser:connections:fromothers.read',
        description: 'See what others delegated to a party',
        default: true,
      },
      {
        name: 'altinn:accessmanagement/enduser:connections:toothers.read',
        description: 'See what a party delegated to others',
        default: true,
      },
      { name: 'altinn:maskinporten/delegations', description: 'See who delegated scopes of your APIs' },
      { name: 'altinn:events.subscribe', description: 'Hear of events of all kinds of resources', default: true },
    ],
  },
  scopePresets: [
    {
      id: 'overview',
      label: 'Overview',
      description: 'See which forms there are and for whom one may act',
      scopes: ['altinn:instances.meta', 'altinn:accessmanagement/authorizedparties'],
    },
    {
      id: 'read',
      label: 'Forms, read only',
      description: 'Read forms and hear of events',
      scopes: ['altinn:instances.read', 'altinn:events.subscribe'],
    },
    {
      id: 'send',
      label: 'Send forms',
      description: 'Fill in and send forms for those who gave access',
      scopes: [
        'altinn:instances.read',
        'altinn:instances.write',
        'altinn:accessmanagement/authorizedparties',
        'altinn:events.subscribe',
      ],
    },
  ],
  api: {
    baseUrl: 'https://platform.{host}',
    // Each owner's apps have a host of their own.
    otherOrigins: ['https://{appOwner}.apps.{host}'],
    errors: { code: ['code', 'error'], message: ['detail', 'title', 'issues[0].description', 'error_description'] },
  },
  integrationFields: [
    environmentField,
    {
      key: 'appOwner',
      label: 'Owner of the apps',
      help: 'The short name of the organisation whose forms are used, such as skd or brg; not needed for the other calls.',
      required: false,
      pattern: '[a-z0-9]{2,12}',
      patternMessage: 'The short name, in lower case',
      example: 'skd',
    },
    {
      key: 'resource',
      label: 'Resource',
      help: 'Limits the token of Maskinporten to one API; usually empty.',
      required: false,
    },
  ],
  derived: {
    host: { fromConfig: 'environment', choose: { production: 'altinn.no', test: 'tt02.altinn.no' } },
    maskinporten: maskinportenHost,
  },
  webhooks: {
    // Deliveries are not signed at all: what proves them is that their sender knows the address.
    // https://docs.altinn.studio/events/subscribe-to-events/
    signature: { type: 'query_token', query: 'secret' },
    secretFrom: 'koble',
    eventType: { field: 'type' },
    // An id is unique together with its source (CloudEvents 1.0).
    eventId: { join: [{ field: 'source' }, { field: 'id' }], with: ' ' },
    handshakes: [
      {
        when: { field: 'type', equals: 'platform.events.validatesubscription', method: 'POST' },
        answer: { type: 'acknowledge' },
        signed: true,
      },
    ],
    events: [
      'app.instance.created',
      'app.instance.process.movedTo.Task_1',
      'app.instance.process.movedTo.Task_2',
      'app.instance.process.completed',
      'app.instance.substatus.changed',
      'no.altinn.correspondence.correspondencepublished',
      'dialogporten.dialog.created.v1',
      'dialogporten.dialog.updated.v1',
    ],
    setup: `1. Altinn signs nothing, so the secret goes into the URL: append \`?secret=\` and the secret to it.
2. Subscribe with that whole URL as \`endPoint\`, by the operation **subscribe** of a connection; each subscription names a resource and, unless you are its owner, a party.
3. Altinn sends an event of its own at once, and sends others only after that was answered; the subscription then says \`validated: true\`.
4. As the event itself proves little, read the resource that it names before acting on it.`,
    registration: altinnRegistration,
  },
  samples: [
    { title: 'For whom one may act', method: 'GET', path: '/accessmanagement/api/v1/enduser/authorizedparties' },
    { title: 'Forms of a party', method: 'GET', path: '/storage/api/v1/instances?instanceOwner.partyId=50001337' },
    { title: 'Subscriptions', method: 'GET', path: '/events/api/v1/subscriptions' },
  ],
  sandbox: altinnSandbox,
})
