import type { Activity } from '@koble/contract/activity'
import type { EventDetail } from '@koble/contract/webhooks'
import { createConnectionFetch } from './connection-fetch.ts'
import { createConnectionGraphql } from './connection-graphql.ts'
import { createConnectionOperations } from './connection-operations.ts'
import { readEventStream, type StreamOptions } from './event-stream.ts'
import { createPages } from './paging.ts'
import type { ProviderOperations } from './provider-operations.ts'
import { type CallOptions, createTransport, type KobleOptions } from './transport.ts'
import type { Body, Query } from './wire.ts'

export {
  type GraphqlAnswer,
  type GraphqlOptions,
  GraphqlPageError,
  type PaginateOptions,
  type SubscribeOptions,
} from './connection-graphql.ts'
export { KobleApiError, type KobleErrorCode } from './errors.ts'
export type { StreamOptions, StreamState } from './event-stream.ts'
export type { Pages } from './paging.ts'
export type { ProviderOperations } from './provider-operations.ts'
export type { CallOptions, KobleOptions } from './transport.ts'
export type { Answer, Body, Item, Query, RouteKey } from './wire.ts'

/** A client of Koble's API: one method per route, grouped by what it is about. */
export type Koble = ReturnType<typeof createKoble>

/**
 * A client of one Koble. On a server give `baseUrl` and `apiKey`; on a page of Koble's own origin nothing is needed,
 * the session cookie is used. Every method rejects with `KobleApiError`.
 *
 * @example
 * const koble = createKoble({ baseUrl: 'https://koble.example.com', apiKey: process.env.KOBLE_API_KEY })
 * const response = await koble.proxy(connectionId, '/user/repos?per_page=10')
 */
export function createKoble(options: KobleOptions = {}) {
  const transport = createTransport(options)
  const { call, open } = transport

  return {
    instance: {
      /** What this Koble is; needs no credentials. */
      get: (options?: CallOptions) => call('GET /api/instance', options),
    },
    session: {
      /** Who is calling, and in which organization. */
      get: (options?: CallOptions) => call('GET /api/session', options),
      /** Sets the session cookie. */
      signIn: (body: Body<'POST /api/session'>, options?: CallOptions) =>
        call('POST /api/session', { ...options, body }),
      signOut: (options?: CallOptions) => call('DELETE /api/session', options),
      switchOrganization: (organizationId: string, options?: CallOptions) =>
        call('PUT /api/session/organization', { ...options, body: { organizationId } }),
    },
    organization: {
      /** Another organization, owned by the caller. */
      create: (body: Body<'POST /api/organizations'>, options?: CallOptions) =>
        call('POST /api/organizations', { ...options, body }),
      update: (body: Body<'PATCH /api/organization'>, options?: CallOptions) =>
        call('PATCH /api/organization', { ...options, body }),
    },
    members: {
      ...createPages(transport, 'GET /api/members'),
      update: (userId: string, body: Body<'PATCH /api/members/{userId}'>, options?: CallOptions) =>
        call('PATCH /api/members/{userId}', { ...options, params: { userId }, body }),
      remove: (userId: string, options?: CallOptions) =>
        call('DELETE /api/members/{userId}', { ...options, params: { userId } }),
    },
    invitations: {
      ...createPages(transport, 'GET /api/invitations'),
      /** What an invitation's link leads to; needs no credentials. */
      preview: (token: string, options?: CallOptions) =>
        call('GET /api/invitations/preview', { ...options, query: { token } }),
      /** Joins, and sets the session cookie. */
      accept: (body: Body<'POST /api/invitations/accept'>, options?: CallOptions) =>
        call('POST /api/invitations/accept', { ...options, body }),
      /** The answer's `url` is shown this one time. */
      create: (body: Body<'POST /api/invitations'>, options?: CallOptions) =>
        call('POST /api/invitations', { ...options, body }),
      revoke: (id: string, options?: CallOptions) =>
        call('DELETE /api/invitations/{id}', { ...options, params: { id } }),
    },
    apiKeys: {
      ...createPages(transport, 'GET /api/api-keys'),
      /** The answer's `key` is shown this one time. */
      create: (body: Body<'POST /api/api-keys'>, options?: CallOptions) =>
        call('POST /api/api-keys', { ...options, body }),
      /** Another name, expiry or list of networks; programs notice it at once. */
      update: (id: string, body: Body<'PATCH /api/api-keys/{id}'>, options?: CallOptions) =>
        call('PATCH /api/api-keys/{id}', { ...options, params: { id }, body }),
      revoke: (id: string, options?: CallOptions) => call('DELETE /api/api-keys/{id}', { ...options, params: { id } }),
    },
    marketplace: {
      /** Every provider that fits, in one answer. */
      list: (query?: Query<'GET /api/integrations/marketplace'>, options?: CallOptions) =>
        call('GET /api/integrations/marketplace', { ...options, query }),
      get: (provider: string, options?: CallOptions) =>
        call('GET /api/integrations/marketplace/{provider}', { ...options, params: { provider } }),
    },
    integrations: {
      ...createPages(transport, 'GET /api/integrations'),
      get: (id: string, options?: CallOptions) => call('GET /api/integrations/{id}', { ...options, params: { id } }),
      create: (body: Body<'POST /api/integrations'>, options?: CallOptions) =>
        call('POST /api/integrations', { ...options, body }),
      update: (id: string, body: Body<'PATCH /api/integrations/{id}'>, options?: CallOptions) =>
        call('PATCH /api/integrations/{id}', { ...options, params: { id }, body }),
      /** Approves what waits for approval; not by who asked. */
      approve: (id: string, body: Body<'POST /api/integrations/{id}/approve'> = {}, options?: CallOptions) =>
        call('POST /api/integrations/{id}/approve', { ...options, params: { id }, body }),
      reject: (id: string, body: Body<'POST /api/integrations/{id}/reject'>, options?: CallOptions) =>
        call('POST /api/integrations/{id}/reject', { ...options, params: { id }, body }),
      /** With its connections and endpoints. */
      delete: (id: string, options?: CallOptions) =>
        call('DELETE /api/integrations/{id}', { ...options, params: { id } }),
      /** One call to the third party, in a JSON envelope; `proxy` and `fetch` stream instead. */
      send: (id: string, body: Body<'POST /api/integrations/{id}/requests'>, options?: CallOptions) =>
        call('POST /api/integrations/{id}/requests', { ...options, params: { id }, body }),
      /** Runs its active syncs, all or those of these names. */
      sync: (
        id: string,
        body: Body<'POST /api/integrations/{id}/sync'> = { syncType: 'full' },
        options?: CallOptions,
      ) => call('POST /api/integrations/{id}/sync', { ...options, params: { id }, body }),
      /** The inbound endpoints of one integration. */
      endpoints: (id: string) => createPages(transport, 'GET /api/integrations/{id}/webhooks', { id }),
      gatewaySettings: (id: string, options?: CallOptions) =>
        call('GET /api/integrations/{id}/gateway-settings', { ...options, params: { id } }),
      /** Tries a transform with a sample; nothing is sent or saved. */
      testTransform: (id: string, body: Body<'POST /api/integrations/{id}/transforms/test'>, options?: CallOptions) =>
        call('POST /api/integrations/{id}/transforms/test', { ...options, params: { id }, body }),
      /** The GraphQL operations kept with one integration, each called by its name. */
      graphqlOperations: (id: string) => ({
        ...createPages(transport, 'GET /api/integrations/{id}/graphql-operations', { id }),
        put: (
          name: string,
          body: Body<'PUT /api/integrations/{id}/graphql-operations/{name}'>,
          options?: CallOptions,
        ) => call('PUT /api/integrations/{id}/graphql-operations/{name}', { ...options, params: { id, name }, body }),
        delete: (name: string, options?: CallOptions) =>
          call('DELETE /api/integrations/{id}/graphql-operations/{name}', { ...options, params: { id, name } }),
      }),
    },
    approvals: {
      ...createPages(transport, 'GET /api/approvals'),
      get: (id: string, options?: CallOptions) => call('GET /api/approvals/{id}', { ...options, params: { id } }),
      /** Takes one's own request back. */
      withdraw: (id: string, options?: CallOptions) =>
        call('POST /api/approvals/{id}/withdraw', { ...options, params: { id } }),
    },
    governance: {
      /** The register of processing activities. */
      register: (options?: CallOptions) => call('GET /api/governance/register', options),
      /** The same as CSV. */
      exportRegister: (options?: CallOptions) =>
        open('GET /api/governance/register.csv', { ...options, headers: { accept: 'text/csv' } }),
    },
    connectSessions: {
      /** Lets one end user connect accounts for a while: hand `url` or `token` to their browser. */
      create: (body: Body<'POST /api/connect-sessions'>, options?: CallOptions) =>
        call('POST /api/connect-sessions', { ...options, body }),
      get: (id: string, options?: CallOptions) =>
        call('GET /api/connect-sessions/{id}', { ...options, params: { id } }),
      /** The session whose token was given as `apiKey`. */
      current: (options?: CallOptions) => call('GET /api/connect-session', options),
      /** Connects an account by what its owner entered, in that session. */
      connect: (body: Body<'POST /api/connect-session/connections'>, options?: CallOptions) =>
        call('POST /api/connect-session/connections', { ...options, body }),
      /** Begins a sign-in on another device in that session: show the code, then poll `current`. */
      startDevice: (body: Body<'POST /api/connect-session/device'>, options?: CallOptions) =>
        call('POST /api/connect-session/device', { ...options, body }),
    },
    /** For the page of an end user, whose session's token was given as `apiKey`. */
    ownConnections: {
      /** What the end user has connected. */
      ...createPages(transport, 'GET /api/connect-session/connections'),
      /** Disconnects one of them. */
      delete: (id: string, options?: CallOptions) =>
        call('DELETE /api/connect-session/connections/{id}', { ...options, params: { id } }),
    },
    connections: {
      ...createPages(transport, 'GET /api/connections'),
      get: (id: string, options?: CallOptions) => call('GET /api/connections/{id}', { ...options, params: { id } }),
      /** By API key or the like; the credentials are tried at the provider before they are saved. */
      create: (body: Body<'POST /api/connections'>, options?: CallOptions) =>
        call('POST /api/connections', { ...options, body }),
      update: (id: string, body: Body<'PATCH /api/connections/{id}'>, options?: CallOptions) =>
        call('PATCH /api/connections/{id}', { ...options, params: { id }, body }),
      /** Revokes at the provider where it can be done, and erases the credentials. */
      delete: (id: string, options?: CallOptions) =>
        call('DELETE /api/connections/{id}', { ...options, params: { id } }),
      /** Tries the credentials with one cheap call. */
      test: (id: string, options?: CallOptions) =>
        call('POST /api/connections/{id}/test', { ...options, params: { id } }),
      /** Gets a fresh access token now. */
      refresh: (id: string, options?: CallOptions) =>
        call('POST /api/connections/{id}/refresh', { ...options, params: { id } }),
      /** A link by which the same account is connected again, or grants what is missing. */
      reauthorize: (id: string, body?: Body<'POST /api/connections/{id}/reauthorize'>, options?: CallOptions) =>
        call('POST /api/connections/{id}/reauthorize', { ...options, params: { id }, body: body ?? {} }),
      /** Whether it works, and how it did lately. */
      health: (id: string, options?: CallOptions) =>
        call('GET /api/connections/{id}/health', { ...options, params: { id } }),
      /** The access token itself; every reading is audited. */
      token: (id: string, options?: CallOptions) =>
        call('GET /api/connections/{id}/token', { ...options, params: { id } }),
      /** What happened on one connection. */
      logs: (id: string) => createPages(transport, 'GET /api/connections/{id}/logs', { id }),
      /** The same, live: `for await (const line of koble.connections.streamLogs(id)) …` */
      streamLogs: (id: string, query?: Query<'GET /api/connections/{id}/logs/stream'>, options?: StreamOptions) =>
        readEventStream<Activity>(
          (request) => open('GET /api/connections/{id}/logs/stream', { ...request, params: { id }, query }),
          options,
        ),
      /** The same as CSV, at most 10,000 lines. */
      exportLogs: (id: string, options?: CallOptions) =>
        open('GET /api/connections/{id}/logs.csv', { ...options, params: { id }, headers: { accept: 'text/csv' } }),
      /** Connections with their credentials as a sealed file; read it with `text()`, or pass it on as it comes. */
      export: (body: Body<'POST /api/connections/export'>, options?: CallOptions) =>
        open('POST /api/connections/export', { ...options, body, headers: { accept: 'text/plain' } }),
      /** From a sealed export, as tokens that exist already, or from Nango. */
      import: (body: Body<'POST /api/connections/import'>, options?: CallOptions) =>
        call('POST /api/connections/import', { ...options, body }),
    },
    syncs: {
      ...createPages(transport, 'GET /api/syncs'),
      get: (id: string, options?: CallOptions) => call('GET /api/syncs/{id}', { ...options, params: { id } }),
      create: (body: Body<'POST /api/syncs'>, options?: CallOptions) => call('POST /api/syncs', { ...options, body }),
      update: (id: string, body: Body<'PATCH /api/syncs/{id}'>, options?: CallOptions) =>
        call('PATCH /api/syncs/{id}', { ...options, params: { id }, body }),
      /** With its runs and records. */
      delete: (id: string, options?: CallOptions) => call('DELETE /api/syncs/{id}', { ...options, params: { id } }),
      /** After the run that is under way, if there is one. */
      run: (id: string, options?: CallOptions) => call('POST /api/syncs/{id}/run', { ...options, params: { id } }),
      pause: (id: string, options?: CallOptions) => call('POST /api/syncs/{id}/pause', { ...options, params: { id } }),
      resume: (id: string, options?: CallOptions) =>
        call('POST /api/syncs/{id}/resume', { ...options, params: { id } }),
      /** Ends the run under way after its present page. */
      cancel: (id: string, options?: CallOptions) =>
        call('POST /api/syncs/{id}/cancel', { ...options, params: { id } }),
      runs: (id: string) => createPages(transport, 'GET /api/syncs/{id}/runs', { id }),
      records: (id: string) => createPages(transport, 'GET /api/syncs/{id}/records', { id }),
    },
    bulkOperations: {
      ...createPages(transport, 'GET /api/bulk-operations'),
      /** By `ids` or by `filter`, of which `{}` means all connections. */
      start: (body: Body<'POST /api/bulk-operations'>, options?: CallOptions) =>
        call('POST /api/bulk-operations', { ...options, body }),
      /** How far it has come. */
      get: (id: string, options?: CallOptions) => call('GET /api/bulk-operations/{id}', { ...options, params: { id } }),
      /** Leaves out what is not done yet. */
      cancel: (id: string, options?: CallOptions) =>
        call('POST /api/bulk-operations/{id}/cancel', { ...options, params: { id } }),
      /** The sealed file of an export. */
      bundle: (id: string, options?: CallOptions) =>
        open('GET /api/bulk-operations/{id}/bundle', { ...options, params: { id }, headers: { accept: 'text/plain' } }),
    },
    externalUsers: {
      ...createPages(transport, 'GET /api/external-users'),
      /** Everything that is stored about them, without secrets, as a JSON document. */
      export: (externalUserId: string, options?: CallOptions) =>
        open('GET /api/external-users/{externalUserId}/export', { ...options, params: { externalUserId } }),
      /** Revokes at the providers and removes every trace; the operation tells how far it is. */
      erase: (externalUserId: string, options?: CallOptions) =>
        call('DELETE /api/external-users/{externalUserId}', { ...options, params: { externalUserId } }),
    },
    activity: {
      ...createPages(transport, 'GET /api/activity'),
      /** What happens in the organization, live; survives lost connections without losing a line. */
      stream: (query?: Query<'GET /api/activity/stream'>, options?: StreamOptions) =>
        readEventStream<Activity>((request) => open('GET /api/activity/stream', { ...request, query }), options),
    },
    endpoints: {
      ...createPages(transport, 'GET /api/webhooks'),
      get: (endpointId: string, options?: CallOptions) =>
        call('GET /api/webhooks/{endpointId}', { ...options, params: { endpointId } }),
      /** What one endpoint is registered for at its provider. */
      registrations: (endpointId: string) => ({
        ...createPages(transport, 'GET /api/webhooks/{endpointId}/registrations', { endpointId }),
        get: (registrationId: string, options?: CallOptions) =>
          call('GET /api/webhooks/{endpointId}/registrations/{registrationId}', {
            ...options,
            params: { endpointId, registrationId },
          }),
        create: (body: Body<'POST /api/webhooks/{endpointId}/registrations'>, options?: CallOptions) =>
          call('POST /api/webhooks/{endpointId}/registrations', { ...options, params: { endpointId }, body }),
        /** Renews it, tries again what failed, or looks whether it is still there. */
        renew: (registrationId: string, options?: CallOptions) =>
          call('POST /api/webhooks/{endpointId}/registrations/{registrationId}/renew', {
            ...options,
            params: { endpointId, registrationId },
          }),
        /** Removes it at the provider. */
        delete: (registrationId: string, options?: CallOptions) =>
          call('DELETE /api/webhooks/{endpointId}/registrations/{registrationId}', {
            ...options,
            params: { endpointId, registrationId },
          }),
      }),
      /** Opens an inbound endpoint of an integration; with `register` its provider is told at once. */
      create: (integrationId: string, body: Body<'POST /api/integrations/{id}/webhooks'>, options?: CallOptions) =>
        call('POST /api/integrations/{id}/webhooks', { ...options, params: { id: integrationId }, body }),
      update: (endpointId: string, body: Body<'PATCH /api/webhooks/{endpointId}'>, options?: CallOptions) =>
        call('PATCH /api/webhooks/{endpointId}', { ...options, params: { endpointId }, body }),
      delete: (endpointId: string, options?: CallOptions) =>
        call('DELETE /api/webhooks/{endpointId}', { ...options, params: { endpointId } }),
      /** The signing secret; every reading is audited. */
      secret: (endpointId: string, options?: CallOptions) =>
        call('GET /api/webhooks/{endpointId}/secret', { ...options, params: { endpointId } }),
      /** A new secret; the old one is accepted for another day. */
      rotateSecret: (endpointId: string, options?: CallOptions) =>
        call('POST /api/webhooks/{endpointId}/rotate-secret', { ...options, params: { endpointId } }),
      /** Sends a sample delivery, signed as the provider would. */
      test: (endpointId: string, options?: CallOptions) =>
        call('POST /api/webhooks/{endpointId}/test', { ...options, params: { endpointId } }),
      /** Deliveries are taken in as ever, and wait. */
      pause: (endpointId: string, options?: CallOptions) =>
        call('POST /api/webhooks/{endpointId}/pause', { ...options, params: { endpointId } }),
      /** Works off what waited, in order, and goes on. */
      resume: (endpointId: string, options?: CallOptions) =>
        call('POST /api/webhooks/{endpointId}/resume', { ...options, params: { endpointId } }),
      /** What was refused, and why. */
      rejections: (endpointId: string, options?: CallOptions) =>
        call('GET /api/webhooks/{endpointId}/rejections', { ...options, params: { endpointId } }),
      /** Says why a delivery is refused, or that it is good; nothing is stored. */
      check: (body: Body<'POST /api/webhooks/check'>, options?: CallOptions) =>
        call('POST /api/webhooks/check', { ...options, body }),
    },
    events: {
      ...createPages(transport, 'GET /api/events'),
      /** With headers and raw body. */
      get: (id: string, options?: CallOptions) => call('GET /api/events/{id}', { ...options, params: { id } }),
      /** Processes it again. */
      replay: (id: string, options?: CallOptions) =>
        call('POST /api/events/{id}/replay', { ...options, params: { id } }),
      /** Processes all again that fit the filter; `eventReplays` tells how far it is. */
      replayAll: (body: Body<'POST /api/events/replay'>, options?: CallOptions) =>
        call('POST /api/events/replay', { ...options, body }),
      /** Events with their bodies as they arrive: `for await (const event of koble.events.stream()) …` */
      stream: (query?: Query<'GET /api/events/stream'>, options?: StreamOptions) =>
        readEventStream<EventDetail>((request) => open('GET /api/events/stream', { ...request, query }), options),
    },
    eventReplays: {
      ...createPages(transport, 'GET /api/event-replays'),
      get: (id: string, options?: CallOptions) => call('GET /api/event-replays/{id}', { ...options, params: { id } }),
      /** Leaves the rest as it is. */
      cancel: (id: string, options?: CallOptions) =>
        call('POST /api/event-replays/{id}/cancel', { ...options, params: { id } }),
    },
    eventTypes: {
      ...createPages(transport, 'GET /api/event-types'),
      /** In all its versions. */
      get: (name: string, options?: CallOptions) =>
        call('GET /api/event-types/{name}', { ...options, params: { name } }),
      create: (body: Body<'POST /api/event-types'>, options?: CallOptions) =>
        call('POST /api/event-types', { ...options, body }),
      update: (name: string, body: Body<'PATCH /api/event-types/{name}'>, options?: CallOptions) =>
        call('PATCH /api/event-types/{name}', { ...options, params: { name }, body }),
      delete: (name: string, options?: CallOptions) =>
        call('DELETE /api/event-types/{name}', { ...options, params: { name } }),
      /** Another version, with another schema. */
      addVersion: (name: string, body: Body<'POST /api/event-types/{name}/versions'>, options?: CallOptions) =>
        call('POST /api/event-types/{name}/versions', { ...options, params: { name }, body }),
    },
    plugins: {
      ...createPages(transport, 'GET /api/plugins'),
      /** With the code that runs, and the endpoints that run it. */
      get: (id: string, options?: CallOptions) => call('GET /api/plugins/{id}', { ...options, params: { id } }),
      create: (body: Body<'POST /api/plugins'>, options?: CallOptions) =>
        call('POST /api/plugins', { ...options, body }),
      /** `version` makes another version the one that runs. */
      update: (id: string, body: Body<'PATCH /api/plugins/{id}'>, options?: CallOptions) =>
        call('PATCH /api/plugins/{id}', { ...options, params: { id }, body }),
      delete: (id: string, options?: CallOptions) => call('DELETE /api/plugins/{id}', { ...options, params: { id } }),
      /** What code makes of an event, before it is saved; nothing is stored or sent. */
      try: (body: Body<'POST /api/plugins/try'>, options?: CallOptions) =>
        call('POST /api/plugins/try', { ...options, body }),
      versions: (id: string) => ({
        /** Without their code. */
        ...createPages(transport, 'GET /api/plugins/{id}/versions', { id }),
        get: (version: number | string, options?: CallOptions) =>
          call('GET /api/plugins/{id}/versions/{version}', { ...options, params: { id, version: String(version) } }),
      }),
      /** Other code, which runs from now on. */
      addVersion: (id: string, body: Body<'POST /api/plugins/{id}/versions'>, options?: CallOptions) =>
        call('POST /api/plugins/{id}/versions', { ...options, params: { id }, body }),
    },
    destinations: {
      ...createPages(transport, 'GET /api/destinations'),
      get: (id: string, options?: CallOptions) => call('GET /api/destinations/{id}', { ...options, params: { id } }),
      /** The answer's `signingSecret` (or `signingPublicKey`) is what the receiver checks signatures with. */
      create: (body: Body<'POST /api/destinations'>, options?: CallOptions) =>
        call('POST /api/destinations', { ...options, body }),
      update: (id: string, body: Body<'PATCH /api/destinations/{id}'>, options?: CallOptions) =>
        call('PATCH /api/destinations/{id}', { ...options, params: { id }, body }),
      delete: (id: string, options?: CallOptions) =>
        call('DELETE /api/destinations/{id}', { ...options, params: { id } }),
      /** What a filter and a transform make of a message, before they are saved; nothing is stored or sent. */
      try: (body: Body<'POST /api/destinations/try'>, options?: CallOptions) =>
        call('POST /api/destinations/try', { ...options, body }),
      /** Sends a signed test message now, and tells what was answered. */
      test: (id: string, body: Body<'POST /api/destinations/{id}/test'> = {}, options?: CallOptions) =>
        call('POST /api/destinations/{id}/test', { ...options, params: { id }, body }),
      /** What signatures are checked with; every reading is audited. */
      secret: (id: string, options?: CallOptions) =>
        call('GET /api/destinations/{id}/secret', { ...options, params: { id } }),
      /** A new secret; the old one signs beside it for a day, or as long as is said. */
      rotateSecret: (id: string, body: Body<'POST /api/destinations/{id}/rotate-secret'> = {}, options?: CallOptions) =>
        call('POST /api/destinations/{id}/rotate-secret', { ...options, params: { id }, body }),
      /** `parked` says what becomes of messages that came while it was off. */
      enable: (id: string, body: Body<'POST /api/destinations/{id}/enable'> = {}, options?: CallOptions) =>
        call('POST /api/destinations/{id}/enable', { ...options, params: { id }, body }),
      disable: (id: string, options?: CallOptions) =>
        call('POST /api/destinations/{id}/disable', { ...options, params: { id } }),
      /** Of the last 24 hours. */
      stats: (id: string, options?: CallOptions) =>
        call('GET /api/destinations/{id}/stats', { ...options, params: { id } }),
      /** Its messages, and what became of each. */
      deliveries: (id: string) => createPages(transport, 'GET /api/destinations/{id}/deliveries', { id }),
      /** Every try, with what was answered. */
      attempts: (id: string) => createPages(transport, 'GET /api/destinations/{id}/attempts', { id }),
      /** Sends again what did not get through since a moment, in the background. */
      recover: (id: string, body: Body<'POST /api/destinations/{id}/recover'>, options?: CallOptions) =>
        call('POST /api/destinations/{id}/recover', { ...options, params: { id }, body }),
    },
    messages: {
      ...createPages(transport, 'GET /api/messages'),
      /** With its body and its deliveries. */
      get: (id: string, options?: CallOptions) => call('GET /api/messages/{id}', { ...options, params: { id } }),
      /** Resolves when it is durable. With an `id` of your own it can be sent again safely. */
      send: (body: Body<'POST /api/messages'>, options?: CallOptions) =>
        call('POST /api/messages', { ...options, body }),
      /** Up to 500, all or none. */
      sendBatch: (messages: Body<'POST /api/messages/batch'>['messages'], options?: CallOptions) =>
        call('POST /api/messages/batch', { ...options, body: { messages } }),
      /** Every try of one message. */
      attempts: (id: string) => createPages(transport, 'GET /api/messages/{id}/attempts', { id }),
      resend: (id: string, body: Body<'POST /api/messages/{id}/resend'> = {}, options?: CallOptions) =>
        call('POST /api/messages/{id}/resend', { ...options, params: { id }, body }),
      /** Many, by filter, in the background. */
      resendAll: (body: Body<'POST /api/messages/resend'> = {}, options?: CallOptions) =>
        call('POST /api/messages/resend', { ...options, body }),
    },
    deliveries: {
      /** What did not get through: dead or parked, of all destinations. */
      ...createPages(transport, 'GET /api/deliveries'),
      /** Sends them again, by filter, in the background. */
      resend: (body: Body<'POST /api/deliveries/resend'> = {}, options?: CallOptions) =>
        call('POST /api/deliveries/resend', { ...options, body }),
      /** Gives them up, by filter, in the background. */
      discard: (body: Body<'POST /api/deliveries/discard'> = {}, options?: CallOptions) =>
        call('POST /api/deliveries/discard', { ...options, body }),
    },
    portalSessions: {
      /** Lets one end user see to the own destinations for a while: hand `url` or `token` to their browser. */
      create: (body: Body<'POST /api/portal-sessions'>, options?: CallOptions) =>
        call('POST /api/portal-sessions', { ...options, body }),
      /** The session whose token was given as `apiKey`. */
      current: (options?: CallOptions) => call('GET /api/portal-session', options),
    },
    /** What happened inside Koble, as events for programs. */
    systemEvents: createPages(transport, 'GET /api/system-events'),
    notifications: {
      /** What owners and admins should know; `unreadCount` is for the caller alone. */
      ...createPages(transport, 'GET /api/notifications'),
      /** Marks these as read, or all. */
      read: (body: Body<'POST /api/notifications/read'> = {}, options?: CallOptions) =>
        call('POST /api/notifications/read', { ...options, body }),
    },
    queuedRequests: {
      ...createPages(transport, 'GET /api/queued-requests'),
      /** With the answer it got in the end. */
      get: (id: string, options?: CallOptions) => call('GET /api/queued-requests/{id}', { ...options, params: { id } }),
      /** Tries it at once. */
      retry: (id: string, options?: CallOptions) =>
        call('POST /api/queued-requests/{id}/retry', { ...options, params: { id } }),
      cancel: (id: string, options?: CallOptions) =>
        call('POST /api/queued-requests/{id}/cancel', { ...options, params: { id } }),
      /** With which callbacks are signed; every reading is audited. */
      callbackSecret: (options?: CallOptions) => call('GET /api/callback-secret', options),
    },
    requests: {
      ...createPages(transport, 'GET /api/requests'),
      /** Where the time of a call went and, where bodies are logged, what was said. */
      get: (id: string, options?: CallOptions) => call('GET /api/requests/{id}', { ...options, params: { id } }),
    },
    metrics: {
      /** Calls, errors and percentiles of a time, in all and by integration. */
      summary: (query?: Query<'GET /api/metrics/summary'>, options?: CallOptions) =>
        call('GET /api/metrics/summary', { ...options, query }),
      /** The same over time. */
      requests: (query?: Query<'GET /api/metrics/requests'>, options?: CallOptions) =>
        call('GET /api/metrics/requests', { ...options, query }),
    },
    auditLog: {
      ...createPages(transport, 'GET /api/audit-log'),
      /** Computes the whole chain of hashes again. */
      verify: (options?: CallOptions) => call('GET /api/audit-log/verification', options),
    },
    keys: {
      /** The versions of the data key, and how far a rotation has come. */
      get: (options?: CallOptions) => call('GET /api/keys', options),
      /** Begins to move everything to a new data key. */
      rotate: (body: Body<'POST /api/keys/rotate'> = {}, options?: CallOptions) =>
        call('POST /api/keys/rotate', { ...options, body }),
    },
    /**
     * Calls the third party as the connected account: Koble adds the credentials, and the answer comes back as it is,
     * whatever its status. `path` is below the provider's API (`/user/repos?per_page=10`). Rejects with
     * `KobleApiError` only when Koble itself cannot be reached.
     */
    proxy: (connectionId: string, path: string, init: RequestInit = {}): Promise<Response> => {
      // The URL parser would resolve dot segments, and the request would leave the gateway for Koble's own API.
      if (/(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(path.replace(/[?#].*$/s, '')))
        throw new TypeError('The path must not hold dot segments')
      const headers = new Headers(init.headers)
      headers.set('koble-connection', connectionId)
      return transport.send(`/api/proxy/${path.replace(/^\/+/, '')}`, { ...init, headers })
    },
    /**
     * A `fetch` that makes every call as the connected account, to hand to a vendor's own package: it is given whole
     * addresses (`https://api.github.com/user`), Koble replaces the credentials. An address that is not the provider's
     * (a signed download link, say) is called directly, without any credentials.
     *
     * @example
     * const octokit = new Octokit({ request: { fetch: koble.fetch(connectionId) } })
     */
    fetch: (connectionId: string): typeof fetch => createConnectionFetch(transport, connectionId),
    /** The typed calls of one connection, by their names; `connection(id)` has them with types. */
    operations: (connectionId: string) => ({
      /** With the schemas of what each takes and gives. */
      list: (options?: CallOptions) =>
        call('GET /api/connections/{id}/operations', { ...options, params: { id: connectionId } }),
      run: (
        operation: string,
        body: Body<'POST /api/connections/{id}/operations/{operation}'>,
        options?: CallOptions,
      ) =>
        call('POST /api/connections/{id}/operations/{operation}', {
          ...options,
          params: { id: connectionId, operation },
          body,
        }),
    }),
    /**
     * The typed calls of one connection, by its provider.
     *
     * @example
     * await koble.connection(connectionId).slack.sendMessage({ channel: 'general', text: 'Hello' })
     */
    connection: (connectionId: string): ProviderOperations => createConnectionOperations(transport, connectionId),
    /**
     * The GraphQL API of the third party, called as the connected account.
     *
     * @example
     * const { data } = await koble.graphql(connectionId).request('{ viewer { login } }')
     */
    graphql: (connectionId: string) => createConnectionGraphql(transport, connectionId),
  }
}
