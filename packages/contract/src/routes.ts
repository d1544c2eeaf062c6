import { z } from 'zod'
import * as activity from './activity.ts'
import * as bulk from './bulk.ts'
import * as connections from './connections.ts'
import * as destinations from './destinations.ts'
import * as eventTypes from './event-types.ts'
import * as externalUsers from './external-users.ts'
import * as gateway from './gateway.ts'
import * as gatewaySettings from './gateway-settings.ts'
import * as governance from './governance.ts'
import * as graphql from './graphql.ts'
import * as integrations from './integrations.ts'
import * as keys from './keys.ts'
import * as messages from './messages.ts'
import * as metrics from './metrics.ts'
import * as notifications from './notifications.ts'
import * as operations from './operations.ts'
import * as organizations from './organizations.ts'
import { id, idParams, pageOf, pageQuery } from './paging.ts'
import * as plugins from './plugins.ts'
import * as portability from './portability.ts'
import * as portal from './portal.ts'
import * as queuedRequests from './queued-requests.ts'
import * as requests from './requests.ts'
import * as syncs from './syncs.ts'
import * as webhookRegistrations from './webhook-registrations.ts'
import * as webhooks from './webhooks.ts'

/**
 * One route of the API. `access` is the least role that may call it; `connect` also lets an end user's
 * connect-session token in, `portal` is for an end user's portal token alone, `public` needs no credentials (the handler
 * checks a one-time token or nothing).
 */
export interface RouteDefinition {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  path: string
  access: organizations.Role | 'connect' | 'portal' | 'public'
  /** Also lets a portal token in, for what belongs to its end user; `write` only when the session is not read-only. */
  portal?: 'read' | 'write'
  tag: string
  summary: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** Status and body of a success; `null` for an answer without a body. */
  success: { status: 200 | 201 | 202 | 204; body: z.ZodType | null }
  /** Another success, where there is something to say. */
  otherwise?: { status: 200; body: z.ZodType }
  /** The answer is not JSON but a stream of this media type. */
  streams?: 'text/event-stream' | 'text/csv' | 'text/plain' | 'application/json'
  /** Of the body, where it may be larger than others: 1 MiB. */
  bodyBytesMax?: number
}

function defineRoutes<const Routes extends Record<string, RouteDefinition>>(routes: Routes): Routes {
  return routes
}

const ok = <Body extends z.ZodType>(body: Body) => ({ status: 200, body }) as const
const created = <Body extends z.ZodType>(body: Body) => ({ status: 201, body }) as const
const noContent = { status: 204, body: null } as const
/** Of a deletion: what could not be removed at the provider. */
const withLeftovers = { status: 200, body: webhookRegistrations.leftovers } as const

/**
 * Every JSON route: the server registers its handlers from this table, the OpenAPI document and the reference are
 * generated from it, and tests walk it. (The gateway `ANY /api/proxy/*`, the redirects of the connect flow and
 * `POST /webhooks/{provider}/{endpointToken}` are no JSON routes and stand in `rawRoutes`.)
 */
export const routes = defineRoutes({
  getInstance: {
    method: 'GET', path: '/api/instance', access: 'public', tag: 'Instance',
    summary: 'What this Koble is, before anyone is signed in', success: ok(organizations.instance),
  },
  getInvitation: {
    method: 'GET', path: '/api/invitations/preview', access: 'public', tag: 'Members',
    summary: 'What an invitation link leads to',
    query: z.strictObject({ token: z.string().min(1).max(200) }),
    success: ok(organizations.invitationPreview),
  },
  acceptInvitation: {
    method: 'POST', path: '/api/invitations/accept', access: 'public', tag: 'Members',
    summary: 'Join by an invitation link; the first owner signs up this way. Sets the session cookie',
    body: organizations.acceptInvitation, success: ok(organizations.session),
  },
  signIn: {
    method: 'POST', path: '/api/session', access: 'public', tag: 'Session',
    summary: 'Sign in. Sets the session cookie', body: organizations.signIn, success: ok(organizations.session),
  },
  getSession: {
    method: 'GET', path: '/api/session', access: 'viewer', tag: 'Session',
    summary: 'Who is calling, and in which organization', success: ok(organizations.session),
  },
  signOut: {
    method: 'DELETE', path: '/api/session', access: 'public', tag: 'Session', summary: 'Sign out', success: noContent,
  },
  switchOrganization: {
    method: 'PUT', path: '/api/session/organization', access: 'viewer', tag: 'Session',
    summary: 'Work in another organization from now on',
    body: z.strictObject({ organizationId: id }), success: ok(organizations.session),
  },
  createOrganization: {
    method: 'POST', path: '/api/organizations', access: 'owner', tag: 'Organization',
    summary: 'Make another organization, owned by the caller',
    body: z.strictObject({ name: z.string().trim().min(1).max(120) }), success: created(organizations.organization),
  },
  updateOrganization: {
    method: 'PATCH', path: '/api/organization', access: 'owner', tag: 'Organization',
    summary: 'Rename the organization, say where connect flows may return to, or set its policies',
    body: organizations.updateOrganization, success: ok(organizations.organization),
  },
  listMembers: {
    method: 'GET', path: '/api/members', access: 'viewer', tag: 'Members', summary: 'The members of the organization',
    query: pageQuery, success: ok(pageOf(organizations.member)),
  },
  updateMember: {
    method: 'PATCH', path: '/api/members/{userId}', access: 'owner', tag: 'Members', summary: 'Give a member another role',
    params: z.strictObject({ userId: z.string().min(1).max(100) }), body: z.strictObject({ role: organizations.role }),
    success: ok(organizations.member),
  },
  removeMember: {
    method: 'DELETE', path: '/api/members/{userId}', access: 'owner', tag: 'Members', summary: 'Remove a member',
    params: z.strictObject({ userId: z.string().min(1).max(100) }), success: noContent,
  },
  listInvitations: {
    method: 'GET', path: '/api/invitations', access: 'admin', tag: 'Members', summary: 'Invitations not accepted yet',
    query: pageQuery, success: ok(pageOf(organizations.invitation)),
  },
  createInvitation: {
    method: 'POST', path: '/api/invitations', access: 'admin', tag: 'Members',
    summary: 'Invite somebody; the link is shown once',
    body: organizations.createInvitation, success: created(organizations.createdInvitation),
  },
  revokeInvitation: {
    method: 'DELETE', path: '/api/invitations/{id}', access: 'admin', tag: 'Members', summary: 'Withdraw an invitation',
    params: idParams, success: noContent,
  },
  listApiKeys: {
    method: 'GET', path: '/api/api-keys', access: 'admin', tag: 'API keys', summary: 'The API keys in use',
    query: pageQuery, success: ok(pageOf(organizations.apiKey)),
  },
  createApiKey: {
    method: 'POST', path: '/api/api-keys', access: 'admin', tag: 'API keys', summary: 'Make an API key; it is shown once',
    body: organizations.createApiKey, success: created(organizations.createdApiKey),
  },
  updateApiKey: {
    method: 'PATCH', path: '/api/api-keys/{id}', access: 'admin', tag: 'API keys',
    summary: 'Rename an API key, or change when it expires and from where it may be used',
    params: idParams, body: organizations.updateApiKey, success: ok(organizations.apiKey),
  },
  revokeApiKey: {
    method: 'DELETE', path: '/api/api-keys/{id}', access: 'admin', tag: 'API keys',
    summary: 'Revoke an API key, at once on this node and within a second on all',
    params: idParams, success: noContent,
  },
  listMarketplace: {
    method: 'GET', path: '/api/integrations/marketplace', access: 'viewer', tag: 'Marketplace',
    summary: 'The providers Koble knows', query: integrations.marketplaceQuery,
    success: ok(z.object({ data: z.array(integrations.marketplaceEntry) })),
  },
  getMarketplaceEntry: {
    method: 'GET', path: '/api/integrations/marketplace/{provider}', access: 'viewer', tag: 'Marketplace',
    summary: 'One provider with its set-up form', params: integrations.providerParams,
    success: ok(integrations.marketplaceDetail),
  },
  createIntegration: {
    method: 'POST', path: '/api/integrations', access: 'developer', tag: 'Integrations',
    summary: 'Set up a provider for this organization', body: integrations.createIntegration,
    success: created(integrations.integration),
  },
  listIntegrations: {
    method: 'GET', path: '/api/integrations', access: 'viewer', tag: 'Integrations', summary: 'The integrations set up here',
    query: integrations.integrationsQuery, success: ok(pageOf(integrations.integration)),
  },
  getIntegration: {
    method: 'GET', path: '/api/integrations/{id}', access: 'viewer', tag: 'Integrations', summary: 'One integration',
    params: idParams, success: ok(integrations.integration),
  },
  updateIntegration: {
    method: 'PATCH', path: '/api/integrations/{id}', access: 'developer', tag: 'Integrations',
    summary: 'Change an integration', params: idParams, body: integrations.updateIntegration,
    success: ok(integrations.integration),
  },
  deleteIntegration: {
    method: 'DELETE', path: '/api/integrations/{id}', access: 'admin', tag: 'Integrations',
    summary: 'Remove an integration with its connections and endpoints', params: idParams, success: noContent, otherwise: withLeftovers,
  },
  sendRequest: {
    method: 'POST', path: '/api/integrations/{id}/requests', access: 'developer', tag: 'Gateway',
    summary: 'Call the third party as one of the connections, in a JSON envelope', params: idParams,
    body: gateway.gatewayRequest, success: ok(gateway.gatewayResponse),
  },
  listOperations: {
    method: 'GET', path: '/api/connections/{id}/operations', access: 'viewer', tag: 'Operations',
    summary: 'The typed calls that can be made with a connection, with the schemas of what they take and give',
    params: idParams, success: ok(z.object({ data: z.array(operations.operation) })),
  },
  runOperation: {
    method: 'POST', path: '/api/connections/{id}/operations/{operation}', access: 'developer', tag: 'Operations',
    summary: 'Run one of them as the connected account', params: operations.operationParams,
    body: operations.runOperation, success: ok(operations.operationResult),
    bodyBytesMax: 32 * 1024 * 1024,
  },
  createSync: {
    method: 'POST', path: '/api/syncs', access: 'developer', tag: 'Syncs',
    summary: 'Keep a dataset up to date: the items that an operation lists, as one account', body: syncs.createSync,
    success: created(syncs.sync),
  },
  listSyncs: {
    method: 'GET', path: '/api/syncs', access: 'viewer', tag: 'Syncs', summary: 'The datasets kept up to date',
    query: syncs.syncsQuery, success: ok(pageOf(syncs.sync)),
  },
  getSync: {
    method: 'GET', path: '/api/syncs/{id}', access: 'viewer', tag: 'Syncs', summary: 'One of them', params: idParams,
    success: ok(syncs.sync),
  },
  updateSync: {
    method: 'PATCH', path: '/api/syncs/{id}', access: 'developer', tag: 'Syncs',
    summary: 'Change its name, its input, how often it runs or what becomes of absent records', params: idParams,
    body: syncs.updateSync, success: ok(syncs.sync),
  },
  deleteSync: {
    method: 'DELETE', path: '/api/syncs/{id}', access: 'developer', tag: 'Syncs',
    summary: 'Remove a sync with its runs and records; nothing happens at the provider', params: idParams,
    success: noContent,
  },
  runSync: {
    method: 'POST', path: '/api/syncs/{id}/run', access: 'developer', tag: 'Syncs',
    summary: 'Run it now, after the run that is under way; a run that waits already is joined', params: idParams,
    success: { status: 202, body: syncs.syncRun },
  },
  pauseSync: {
    method: 'POST', path: '/api/syncs/{id}/pause', access: 'developer', tag: 'Syncs',
    summary: 'Begin no runs by itself for now; a run under way goes on', params: idParams, success: ok(syncs.sync),
  },
  resumeSync: {
    method: 'POST', path: '/api/syncs/{id}/resume', access: 'developer', tag: 'Syncs',
    summary: 'Begin runs by itself again, and one at once', params: idParams, success: ok(syncs.sync),
  },
  cancelSync: {
    method: 'POST', path: '/api/syncs/{id}/cancel', access: 'developer', tag: 'Syncs',
    summary: 'End the run under way after its present page, and what waits behind it', params: idParams,
    success: ok(syncs.sync),
  },
  listSyncRuns: {
    method: 'GET', path: '/api/syncs/{id}/runs', access: 'viewer', tag: 'Syncs', summary: 'Its runs', params: idParams,
    query: pageQuery, success: ok(pageOf(syncs.syncRun)),
  },
  listSyncRecords: {
    method: 'GET', path: '/api/syncs/{id}/records', access: 'viewer', tag: 'Syncs', summary: 'Its records',
    params: idParams, query: syncs.syncRecordsQuery, success: ok(pageOf(syncs.syncRecord)),
  },
  syncIntegration: {
    method: 'POST', path: '/api/integrations/{id}/sync', access: 'developer', tag: 'Syncs',
    summary: 'Run the active syncs of an integration, all or those of these names', params: idParams,
    body: syncs.syncIntegration, success: { status: 202, body: syncs.integrationSync },
  },
  getGatewaySettings: {
    method: 'GET', path: '/api/integrations/{id}/gateway-settings', access: 'viewer', tag: 'Gateway',
    summary: 'Cache, transforms and validation of an integration, with its OpenAPI document', params: idParams,
    success: ok(gatewaySettings.gatewaySettings),
  },
  testTransform: {
    method: 'POST', path: '/api/integrations/{id}/transforms/test', access: 'developer', tag: 'Gateway',
    summary: 'Try a transform with a sample; nothing is sent or saved', params: idParams,
    body: gatewaySettings.transformTest, success: ok(gatewaySettings.transformTestResult),
  },
  listQueuedRequests: {
    method: 'GET', path: '/api/queued-requests', access: 'viewer', tag: 'Gateway',
    summary: 'Failed calls that are tried again, and what became of them', query: queuedRequests.queuedRequestsQuery,
    success: ok(pageOf(queuedRequests.queuedRequest)),
  },
  getQueuedRequest: {
    method: 'GET', path: '/api/queued-requests/{id}', access: 'developer', tag: 'Gateway',
    summary: 'One of them, with its answer', params: idParams, success: ok(queuedRequests.queuedRequestDetail),
  },
  retryQueuedRequest: {
    method: 'POST', path: '/api/queued-requests/{id}/retry', access: 'developer', tag: 'Gateway',
    summary: 'Try it at once', params: idParams, success: { status: 202, body: queuedRequests.queuedRequest },
  },
  cancelQueuedRequest: {
    method: 'POST', path: '/api/queued-requests/{id}/cancel', access: 'developer', tag: 'Gateway',
    summary: 'Give it up', params: idParams, success: ok(queuedRequests.queuedRequest),
  },
  getCallbackSecret: {
    method: 'GET', path: '/api/callback-secret', access: 'admin', tag: 'Gateway',
    summary: 'The secret that callbacks are signed with; every reading is audited',
    success: ok(queuedRequests.callbackSecret),
  },
  approveIntegration: {
    method: 'POST', path: '/api/integrations/{id}/approve', access: 'admin', tag: 'Governance',
    summary: 'Approve what was asked for an integration; not by who asked', params: idParams,
    body: governance.approveIntegration, success: ok(governance.approval),
  },
  rejectIntegration: {
    method: 'POST', path: '/api/integrations/{id}/reject', access: 'admin', tag: 'Governance',
    summary: 'Reject what was asked for an integration', params: idParams,
    body: governance.rejectIntegration, success: ok(governance.approval),
  },
  listApprovals: {
    method: 'GET', path: '/api/approvals', access: 'viewer', tag: 'Governance',
    summary: 'What was asked, and how it was decided', query: governance.approvalsQuery,
    success: ok(pageOf(governance.approval)),
  },
  getApproval: {
    method: 'GET', path: '/api/approvals/{id}', access: 'viewer', tag: 'Governance',
    summary: 'One request with scopes, hosts and what would change', params: idParams, success: ok(governance.approval),
  },
  withdrawApproval: {
    method: 'POST', path: '/api/approvals/{id}/withdraw', access: 'developer', tag: 'Governance',
    summary: 'Take a request back; only who asked may', params: idParams, success: ok(governance.approval),
  },
  getRegister: {
    method: 'GET', path: '/api/governance/register', access: 'viewer', tag: 'Governance',
    summary: 'The register of processing activities (GDPR article 30)', success: ok(governance.register),
  },
  exportRegister: {
    method: 'GET', path: '/api/governance/register.csv', access: 'viewer', tag: 'Governance',
    summary: 'The same as CSV', success: ok(z.string()), streams: 'text/csv',
  },
  sendGraphql: {
    method: 'POST', path: '/api/connections/{id}/graphql', access: 'developer', tag: 'GraphQL',
    summary: 'Run a query or mutation as the connected account, checked against the schema first', params: idParams,
    body: graphql.graphqlRequest, success: ok(graphql.graphqlResponse),
  },
  subscribeGraphql: {
    method: 'POST', path: '/api/connections/{id}/graphql/subscriptions', access: 'developer', tag: 'GraphQL',
    summary: 'Open a subscription as the connected account; its results come as server-sent events', params: idParams,
    body: graphql.graphqlSubscription, success: ok(z.string()), streams: 'text/event-stream',
  },
  getGraphqlSchema: {
    method: 'GET', path: '/api/connections/{id}/graphql/schema', access: 'developer', tag: 'GraphQL',
    summary: 'The schema that documents are checked against', params: idParams, query: graphql.graphqlSchemaQuery,
    success: ok(graphql.graphqlSchema),
  },
  refreshGraphqlSchema: {
    method: 'POST', path: '/api/connections/{id}/graphql/schema/refresh', access: 'developer', tag: 'GraphQL',
    summary: 'Ask the third party for its schema now', params: idParams, query: graphql.graphqlSchemaQuery,
    success: ok(graphql.graphqlSchema),
  },
  listGraphqlOperations: {
    method: 'GET', path: '/api/integrations/{id}/graphql-operations', access: 'viewer', tag: 'GraphQL',
    summary: 'The operations kept with an integration', params: idParams, query: graphql.graphqlOperationsQuery,
    success: ok(pageOf(graphql.graphqlOperation)),
  },
  putGraphqlOperation: {
    method: 'PUT', path: '/api/integrations/{id}/graphql-operations/{name}', access: 'developer', tag: 'GraphQL',
    summary: 'Keep an operation under a name, by which it is then called', params: graphql.graphqlOperationParams,
    body: graphql.putGraphqlOperation, success: ok(graphql.graphqlOperation),
  },
  deleteGraphqlOperation: {
    method: 'DELETE', path: '/api/integrations/{id}/graphql-operations/{name}', access: 'developer', tag: 'GraphQL',
    summary: 'Forget an operation', params: graphql.graphqlOperationParams, success: noContent,
  },
  createConnectSession: {
    method: 'POST', path: '/api/connect-sessions', access: 'developer', tag: 'Connect',
    summary: 'Let one end user connect accounts, for a while', body: connections.createConnectSession,
    success: created(connections.createdConnectSession),
  },
  getConnectSession: {
    method: 'GET', path: '/api/connect-sessions/{id}', access: 'connect', tag: 'Connect',
    summary: 'How far the end user has come; poll this where popups do not work', params: idParams,
    success: ok(connections.connectSession),
  },
  getOwnConnectSession: {
    method: 'GET', path: '/api/connect-session', access: 'connect', tag: 'Connect',
    summary: 'The connect session of the token that calls', success: ok(connections.connectSession),
  },
  listOwnConnections: {
    method: 'GET', path: '/api/connect-session/connections', access: 'connect', tag: 'Connect',
    summary: 'What the end user of the token that calls has connected', query: pageQuery,
    success: ok(pageOf(connections.connection)),
  },
  deleteOwnConnection: {
    method: 'DELETE', path: '/api/connect-session/connections/{id}', access: 'connect', tag: 'Connect',
    summary: 'Disconnect one of them', params: idParams, success: noContent,
  },
  connectByCredentials: {
    method: 'POST', path: '/api/connect-session/connections', access: 'connect', tag: 'Connect',
    summary: 'Connect an account by what its owner entered; it is tried before it is saved',
    body: connections.connectByCredentials, success: created(connections.connection),
  },
  startDeviceSignIn: {
    method: 'POST', path: '/api/connect-session/device', access: 'connect', tag: 'Connect',
    summary: 'Begin a sign-in that is confirmed on another device; then poll the session',
    body: connections.startDevice, success: created(connections.deviceSignIn),
  },
  createConnection: {
    method: 'POST', path: '/api/connections', access: 'developer', tag: 'Connections',
    summary: 'Connect an account by its credentials; they are tried before they are saved', body: connections.createConnection,
    success: created(connections.connection),
  },
  listConnections: {
    method: 'GET', path: '/api/connections', access: 'viewer', tag: 'Connections', summary: 'The connected accounts',
    query: connections.connectionsQuery, success: ok(pageOf(connections.connection)),
  },
  getConnection: {
    method: 'GET', path: '/api/connections/{id}', access: 'viewer', tag: 'Connections', summary: 'One connection',
    params: idParams, success: ok(connections.connectionDetail),
  },
  getConnectionHealth: {
    method: 'GET', path: '/api/connections/{id}/health', access: 'viewer', tag: 'Connections',
    summary: 'Whether the connection works, and how it did lately', params: idParams,
    success: ok(connections.connectionHealth),
  },
  updateConnection: {
    method: 'PATCH', path: '/api/connections/{id}', access: 'developer', tag: 'Connections',
    summary: 'Replace the metadata of a connection', params: idParams, body: connections.updateConnection,
    success: ok(connections.connection),
  },
  deleteConnection: {
    method: 'DELETE', path: '/api/connections/{id}', access: 'developer', tag: 'Connections',
    summary: 'Disconnect: revoke at the provider where it can be done, and erase the credentials', params: idParams,
    success: noContent, otherwise: withLeftovers,
  },
  testConnection: {
    method: 'POST', path: '/api/connections/{id}/test', access: 'developer', tag: 'Connections',
    summary: 'Try the credentials with one cheap call', params: idParams, success: ok(connections.connectionTest),
  },
  refreshConnection: {
    method: 'POST', path: '/api/connections/{id}/refresh', access: 'developer', tag: 'Connections',
    summary: 'Get a fresh access token now', params: idParams, success: ok(connections.connection),
  },
  reauthorizeConnection: {
    method: 'POST', path: '/api/connections/{id}/reauthorize', access: 'developer', tag: 'Connections',
    summary: 'A link by which the same account is connected again, or grants more than it did', params: idParams,
    body: connections.reauthorize,
    success: ok(connections.reauthorization),
  },
  getConnectionToken: {
    method: 'GET', path: '/api/connections/{id}/token', access: 'admin', tag: 'Connections',
    summary: 'The access token itself; every reading is audited', params: idParams,
    success: ok(connections.connectionToken),
  },
  listConnectionLogs: {
    method: 'GET', path: '/api/connections/{id}/logs', access: 'viewer', tag: 'Activity',
    summary: 'What happened on one connection', params: idParams, query: activity.connectionLogsQuery,
    success: ok(pageOf(activity.activity)),
  },
  streamConnectionLogs: {
    method: 'GET', path: '/api/connections/{id}/logs/stream', access: 'viewer', tag: 'Activity',
    summary: 'The same, live; resumes from Last-Event-ID', params: idParams, query: activity.connectionStreamQuery,
    success: ok(z.string()), streams: 'text/event-stream',
  },
  exportConnectionLogs: {
    method: 'GET', path: '/api/connections/{id}/logs.csv', access: 'viewer', tag: 'Activity',
    summary: 'The same as CSV, newest first, at most 10,000 lines', params: idParams,
    success: ok(z.string()), streams: 'text/csv',
  },
  listActivity: {
    method: 'GET', path: '/api/activity', access: 'viewer', tag: 'Activity', summary: 'What happened in the organization',
    query: activity.activityQuery, success: ok(pageOf(activity.activity)),
  },
  streamActivity: {
    method: 'GET', path: '/api/activity/stream', access: 'viewer', tag: 'Activity',
    summary: 'The same, live; resumes from Last-Event-ID', query: activity.activityStreamQuery,
    success: ok(z.string()), streams: 'text/event-stream',
  },
  listSystemEvents: {
    method: 'GET', path: '/api/system-events', access: 'viewer', tag: 'Activity',
    summary: 'What happened inside Koble, as events for programs', query: notifications.systemEventsQuery,
    success: ok(pageOf(notifications.systemEvent)),
  },
  listNotifications: {
    method: 'GET', path: '/api/notifications', access: 'admin', tag: 'Notifications',
    summary: 'What owners and admins should know', query: notifications.notificationsQuery,
    success: ok(notifications.notificationPage),
  },
  readNotifications: {
    method: 'POST', path: '/api/notifications/read', access: 'admin', tag: 'Notifications',
    summary: 'Mark notifications as read, for the caller alone', body: notifications.readNotifications,
    success: ok(notifications.unreadNotifications),
  },
  listRequests: {
    method: 'GET', path: '/api/requests', access: 'viewer', tag: 'Monitoring', summary: 'The calls made through the gateway',
    query: requests.requestsQuery, success: ok(pageOf(requests.loggedRequest)),
  },
  getRequest: {
    method: 'GET', path: '/api/requests/{id}', access: 'viewer', tag: 'Monitoring',
    summary: 'One call: where its time went and, where bodies are logged, what was said', params: idParams,
    success: ok(requests.loggedRequestDetail),
  },
  getMetricsSummary: {
    method: 'GET', path: '/api/metrics/summary', access: 'viewer', tag: 'Monitoring',
    summary: 'Calls, errors and percentiles of a time, in all and by integration', query: metrics.summaryQuery,
    success: ok(metrics.metricsSummary),
  },
  getMetricsSeries: {
    method: 'GET', path: '/api/metrics/requests', access: 'viewer', tag: 'Monitoring',
    summary: 'The same over time, for charts', query: metrics.seriesQuery, success: ok(metrics.metricsSeries),
  },
  createEndpoint: {
    method: 'POST', path: '/api/integrations/{id}/webhooks', access: 'developer', tag: 'Webhooks in',
    summary: 'Open an inbound endpoint', params: idParams, body: webhooks.createEndpoint,
    success: created(webhooks.createdEndpoint),
  },
  listIntegrationEndpoints: {
    method: 'GET', path: '/api/integrations/{id}/webhooks', access: 'viewer', tag: 'Webhooks in',
    summary: 'The endpoints of one integration', params: idParams, query: pageQuery,
    success: ok(pageOf(webhooks.endpoint)),
  },
  listEndpoints: {
    method: 'GET', path: '/api/webhooks', access: 'viewer', tag: 'Webhooks in', summary: 'All inbound endpoints',
    query: webhooks.endpointsQuery, success: ok(pageOf(webhooks.endpoint)),
  },
  getEndpoint: {
    method: 'GET', path: '/api/webhooks/{endpointId}', access: 'viewer', tag: 'Webhooks in', summary: 'One endpoint',
    params: webhooks.endpointParams, success: ok(webhooks.endpoint),
  },
  updateEndpoint: {
    method: 'PATCH', path: '/api/webhooks/{endpointId}', access: 'developer', tag: 'Webhooks in',
    summary: 'Change an endpoint', params: webhooks.endpointParams, body: webhooks.updateEndpoint,
    success: ok(webhooks.endpoint),
  },
  deleteEndpoint: {
    method: 'DELETE', path: '/api/webhooks/{endpointId}', access: 'developer', tag: 'Webhooks in',
    summary: 'Close an endpoint', params: webhooks.endpointParams, success: noContent, otherwise: withLeftovers,
  },
  listRegistrations: {
    method: 'GET', path: '/api/webhooks/{endpointId}/registrations', access: 'viewer', tag: 'Webhooks in',
    summary: 'What an endpoint is registered for at its provider', params: webhooks.endpointParams,
    query: webhookRegistrations.registrationsQuery, success: ok(pageOf(webhookRegistrations.registration)),
  },
  createRegistration: {
    method: 'POST', path: '/api/webhooks/{endpointId}/registrations', access: 'developer', tag: 'Webhooks in',
    summary: 'Register an endpoint at its provider, in the name of an account', params: webhooks.endpointParams,
    body: webhookRegistrations.createRegistration, success: created(webhookRegistrations.registration),
  },
  getRegistration: {
    method: 'GET', path: '/api/webhooks/{endpointId}/registrations/{registrationId}', access: 'viewer',
    tag: 'Webhooks in', summary: 'One registration', params: webhookRegistrations.registrationParams,
    success: ok(webhookRegistrations.registration),
  },
  renewRegistration: {
    method: 'POST', path: '/api/webhooks/{endpointId}/registrations/{registrationId}/renew', access: 'developer',
    tag: 'Webhooks in', summary: 'Renew it now, try again what failed, or see whether it is still there',
    params: webhookRegistrations.registrationParams, success: ok(webhookRegistrations.registration),
  },
  deleteRegistration: {
    method: 'DELETE', path: '/api/webhooks/{endpointId}/registrations/{registrationId}', access: 'developer',
    tag: 'Webhooks in', summary: 'Remove it at the provider; while that fails it is `removing`, and tried again',
    params: webhookRegistrations.registrationParams, success: ok(webhookRegistrations.registration),
  },
  getEndpointSecret: {
    method: 'GET', path: '/api/webhooks/{endpointId}/secret', access: 'admin', tag: 'Webhooks in',
    summary: 'The signing secret; every reading is audited', params: webhooks.endpointParams,
    success: ok(webhooks.endpointSecret),
  },
  rotateEndpointSecret: {
    method: 'POST', path: '/api/webhooks/{endpointId}/rotate-secret', access: 'developer', tag: 'Webhooks in',
    summary: 'A new signing secret; the old one is accepted for another day', params: webhooks.endpointParams,
    success: ok(webhooks.endpointSecret),
  },
  testEndpoint: {
    method: 'POST', path: '/api/webhooks/{endpointId}/test', access: 'developer', tag: 'Webhooks in',
    summary: 'Send a sample delivery to the endpoint, signed as the provider would', params: webhooks.endpointParams,
    success: ok(webhooks.endpointTest),
  },
  pauseEndpoint: {
    method: 'POST', path: '/api/webhooks/{endpointId}/pause', access: 'developer', tag: 'Webhooks in',
    summary: 'Process nothing for now; deliveries are taken in as ever, and wait', params: webhooks.endpointParams,
    success: ok(webhooks.endpoint),
  },
  resumeEndpoint: {
    method: 'POST', path: '/api/webhooks/{endpointId}/resume', access: 'developer', tag: 'Webhooks in',
    summary: 'Work off what waited, in order, and go on', params: webhooks.endpointParams,
    success: ok(webhooks.endpoint),
  },
  listEndpointRejections: {
    method: 'GET', path: '/api/webhooks/{endpointId}/rejections', access: 'viewer', tag: 'Webhooks in',
    summary: 'What was refused at an endpoint, and why', params: webhooks.endpointParams,
    success: ok(webhooks.endpointRejections),
  },
  checkDelivery: {
    method: 'POST', path: '/api/webhooks/check', access: 'developer', tag: 'Webhooks in',
    summary: 'Say why a delivery is refused, or that it is good; nothing is stored', body: webhooks.checkDelivery,
    success: ok(webhooks.deliveryCheck), bodyBytesMax: 2 * 1024 * 1024,
  },
  listEvents: {
    method: 'GET', path: '/api/events', access: 'viewer', tag: 'Webhooks in', summary: 'The events received',
    query: webhooks.eventsQuery, success: ok(pageOf(webhooks.event)),
  },
  streamEvents: {
    method: 'GET', path: '/api/events/stream', access: 'viewer', tag: 'Webhooks in',
    summary: 'Events with their bodies as they arrive, live; resumes from Last-Event-ID',
    query: webhooks.eventStreamQuery, success: ok(z.string()), streams: 'text/event-stream',
  },
  getEvent: {
    method: 'GET', path: '/api/events/{id}', access: 'viewer', tag: 'Webhooks in', summary: 'One event with its raw body',
    params: idParams, success: ok(webhooks.eventDetail),
  },
  startEventReplay: {
    method: 'POST', path: '/api/events/replay', access: 'developer', tag: 'Webhooks in',
    summary: 'Process many events again, so many in a second', body: webhooks.startReplay,
    success: { status: 202, body: webhooks.eventReplay },
  },
  listEventReplays: {
    method: 'GET', path: '/api/event-replays', access: 'viewer', tag: 'Webhooks in',
    summary: 'Replays of many events, and how far they have come', query: pageQuery,
    success: ok(pageOf(webhooks.eventReplay)),
  },
  getEventReplay: {
    method: 'GET', path: '/api/event-replays/{id}', access: 'viewer', tag: 'Webhooks in',
    summary: 'How far a replay has come', params: idParams, success: ok(webhooks.eventReplay),
  },
  cancelEventReplay: {
    method: 'POST', path: '/api/event-replays/{id}/cancel', access: 'developer', tag: 'Webhooks in',
    summary: 'Leave the rest as it is', params: idParams, success: ok(webhooks.eventReplay),
  },
  replayEvent: {
    method: 'POST', path: '/api/events/{id}/replay', access: 'developer', tag: 'Webhooks in',
    summary: 'Process an event again', params: idParams, success: { status: 202, body: webhooks.event },
  },
  listPlugins: {
    method: 'GET', path: '/api/plugins', access: 'viewer', tag: 'Plugins', summary: 'Your own code, run at named hooks',
    query: pageQuery, success: ok(pageOf(plugins.plugin)),
  },
  createPlugin: {
    method: 'POST', path: '/api/plugins', access: 'developer', tag: 'Plugins',
    summary: 'Make a plugin; code that cannot be loaded is refused', body: plugins.createPlugin,
    success: created(plugins.pluginDetail), bodyBytesMax: plugins.pluginBodyBytesMax,
  },
  tryPlugin: {
    method: 'POST', path: '/api/plugins/try', access: 'developer', tag: 'Plugins',
    summary: 'What code makes of an event; nothing is stored or sent', body: plugins.tryPlugin,
    success: ok(plugins.pluginTrial), bodyBytesMax: plugins.pluginBodyBytesMax,
  },
  getPlugin: {
    method: 'GET', path: '/api/plugins/{id}', access: 'viewer', tag: 'Plugins',
    summary: 'One plugin with the code that runs, and the endpoints that run it', params: idParams,
    success: ok(plugins.pluginDetail),
  },
  updatePlugin: {
    method: 'PATCH', path: '/api/plugins/{id}', access: 'developer', tag: 'Plugins',
    summary: 'Change a plugin, or make another version of it the one that runs', params: idParams,
    body: plugins.updatePlugin, success: ok(plugins.pluginDetail),
  },
  deletePlugin: {
    method: 'DELETE', path: '/api/plugins/{id}', access: 'developer', tag: 'Plugins',
    summary: 'Remove a plugin that no endpoint runs', params: idParams, success: noContent,
  },
  listPluginVersions: {
    method: 'GET', path: '/api/plugins/{id}/versions', access: 'viewer', tag: 'Plugins',
    summary: 'The versions of a plugin, without their code', params: idParams, query: pageQuery,
    success: ok(pageOf(plugins.pluginVersion)),
  },
  createPluginVersion: {
    method: 'POST', path: '/api/plugins/{id}/versions', access: 'developer', tag: 'Plugins',
    summary: 'Other code, which runs from now on; code that cannot be loaded is refused', params: idParams,
    body: plugins.createPluginVersion, success: created(plugins.pluginDetail),
    bodyBytesMax: plugins.pluginBodyBytesMax,
  },
  getPluginVersion: {
    method: 'GET', path: '/api/plugins/{id}/versions/{version}', access: 'viewer', tag: 'Plugins',
    summary: 'One version of a plugin with its code', params: plugins.pluginVersionParams,
    success: ok(plugins.pluginVersionDetail),
  },
  createEventType: {
    method: 'POST', path: '/api/event-types', access: 'developer', tag: 'Webhooks out',
    summary: 'Register a kind of message, with the schema of its data', body: eventTypes.createEventType,
    success: created(eventTypes.eventTypeDetail),
  },
  listEventTypes: {
    method: 'GET', path: '/api/event-types', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'The kinds of messages; end users see those that are not archived', query: eventTypes.eventTypesQuery,
    success: ok(pageOf(eventTypes.eventType)),
  },
  getEventType: {
    method: 'GET', path: '/api/event-types/{name}', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'One of them in all its versions', params: eventTypes.eventTypeParams,
    success: ok(eventTypes.eventTypeDetail),
  },
  updateEventType: {
    method: 'PATCH', path: '/api/event-types/{name}', access: 'developer', tag: 'Webhooks out',
    summary: 'Describe, archive or bring back a kind of message', params: eventTypes.eventTypeParams,
    body: eventTypes.updateEventType, success: ok(eventTypes.eventTypeDetail),
  },
  deleteEventType: {
    method: 'DELETE', path: '/api/event-types/{name}', access: 'developer', tag: 'Webhooks out',
    summary: 'Forget a kind of message; what was sent stays', params: eventTypes.eventTypeParams, success: noContent,
  },
  createEventTypeVersion: {
    method: 'POST', path: '/api/event-types/{name}/versions', access: 'developer', tag: 'Webhooks out',
    summary: 'Another version, with another schema', params: eventTypes.eventTypeParams,
    body: eventTypes.createEventTypeVersion, success: created(eventTypes.eventTypeDetail),
  },
  createDestination: {
    method: 'POST', path: '/api/destinations', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Send messages somewhere: to a URL, a queue or a bucket', body: destinations.createDestination,
    success: created(destinations.createdDestination),
  },
  listDestinations: {
    method: 'GET', path: '/api/destinations', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'Where messages go', query: destinations.destinationsQuery,
    success: ok(pageOf(destinations.destination)),
  },
  getDestination: {
    method: 'GET', path: '/api/destinations/{id}', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'One destination', params: idParams, success: ok(destinations.destination),
  },
  updateDestination: {
    method: 'PATCH', path: '/api/destinations/{id}', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Change a destination', params: idParams, body: destinations.updateDestination,
    success: ok(destinations.destination),
  },
  deleteDestination: {
    method: 'DELETE', path: '/api/destinations/{id}', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Remove a destination; what was not delivered yet is given up', params: idParams, success: noContent,
  },
  tryDestination: {
    method: 'POST', path: '/api/destinations/try', access: 'developer', tag: 'Webhooks out',
    summary: 'What a filter and a transform make of a message; nothing is stored or sent',
    body: destinations.tryDestination, success: ok(destinations.destinationTrial),
  },
  testDestination: {
    method: 'POST', path: '/api/destinations/{id}/test', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Send a signed test message now, and show the answer', params: idParams,
    body: destinations.testDestination, success: ok(destinations.destinationTest),
  },
  getDestinationSecret: {
    method: 'GET', path: '/api/destinations/{id}/secret', access: 'admin', portal: 'read', tag: 'Webhooks out',
    summary: 'What signatures are checked with; every reading is audited', params: idParams,
    success: ok(destinations.destinationSecret),
  },
  rotateDestinationSecret: {
    method: 'POST', path: '/api/destinations/{id}/rotate-secret', access: 'developer', portal: 'write',
    tag: 'Webhooks out', summary: 'A new signing secret; the old one signs beside it for another day', params: idParams,
    body: destinations.rotateDestinationSecret, success: ok(destinations.destinationSecret),
  },
  enableDestination: {
    method: 'POST', path: '/api/destinations/{id}/enable', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Switch a destination on, and say what becomes of messages that waited', params: idParams,
    body: destinations.enableDestination, success: ok(destinations.enabledDestination),
  },
  disableDestination: {
    method: 'POST', path: '/api/destinations/{id}/disable', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Switch a destination off; its messages are parked', params: idParams,
    success: ok(destinations.destination),
  },
  getDestinationStats: {
    method: 'GET', path: '/api/destinations/{id}/stats', access: 'viewer', tag: 'Webhooks out',
    summary: 'How the last 24 hours went', params: idParams, success: ok(destinations.destinationStats),
  },
  listDestinationDeliveries: {
    method: 'GET', path: '/api/destinations/{id}/deliveries', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'The messages of a destination, and what became of each', params: idParams,
    query: messages.deliveriesOfDestinationQuery, success: ok(pageOf(messages.delivery)),
  },
  listDestinationAttempts: {
    method: 'GET', path: '/api/destinations/{id}/attempts', access: 'viewer', portal: 'read', tag: 'Webhooks out',
    summary: 'Every try, with what was answered', params: idParams, query: messages.attemptsQuery,
    success: ok(pageOf(messages.attempt)),
  },
  recoverDestination: {
    method: 'POST', path: '/api/destinations/{id}/recover', access: 'developer', tag: 'Webhooks out',
    summary: 'Send again what did not get through since a moment; the operation tells how far it is', params: idParams,
    body: destinations.recoverDestination, success: { status: 202, body: bulk.bulkOperation },
  },
  sendMessage: {
    method: 'POST', path: '/api/messages', access: 'developer', tag: 'Webhooks out',
    summary: 'Send a message to everybody who wants it', body: messages.sendMessage,
    bodyBytesMax: messages.messageBytesMax + 64 * 1024, success: created(messages.sentMessage),
  },
  sendMessages: {
    method: 'POST', path: '/api/messages/batch', access: 'developer', tag: 'Webhooks out',
    summary: 'Send up to 500 messages, all or none', body: messages.sendMessages, bodyBytesMax: messages.batchBytesMax,
    success: created(messages.sentMessages),
  },
  listMessages: {
    method: 'GET', path: '/api/messages', access: 'viewer', tag: 'Webhooks out', summary: 'The messages sent',
    query: messages.messagesQuery, success: ok(pageOf(messages.message)),
  },
  getMessage: {
    method: 'GET', path: '/api/messages/{id}', access: 'viewer', tag: 'Webhooks out',
    summary: 'One message with its body and its deliveries', params: idParams, success: ok(messages.messageDetail),
  },
  listMessageAttempts: {
    method: 'GET', path: '/api/messages/{id}/attempts', access: 'viewer', tag: 'Webhooks out',
    summary: 'Every try of one message', params: idParams, query: pageQuery, success: ok(pageOf(messages.attempt)),
  },
  resendMessage: {
    method: 'POST', path: '/api/messages/{id}/resend', access: 'developer', portal: 'write', tag: 'Webhooks out',
    summary: 'Send a message again', params: idParams, body: messages.resendMessage,
    success: { status: 202, body: messages.resentMessage },
  },
  resendMessages: {
    method: 'POST', path: '/api/messages/resend', access: 'developer', tag: 'Webhooks out',
    summary: 'Send many again, by filter; the operation tells how far it is', body: messages.resendDeliveries,
    success: { status: 202, body: bulk.bulkOperation },
  },
  listDeliveries: {
    method: 'GET', path: '/api/deliveries', access: 'viewer', tag: 'Webhooks out',
    summary: 'What did not get through, of all destinations', query: messages.stuckDeliveriesQuery,
    success: ok(pageOf(messages.delivery)),
  },
  resendDeliveries: {
    method: 'POST', path: '/api/deliveries/resend', access: 'developer', tag: 'Webhooks out',
    summary: 'Send deliveries again, by filter; the operation tells how far it is', body: messages.resendDeliveries,
    success: { status: 202, body: bulk.bulkOperation },
  },
  discardDeliveries: {
    method: 'POST', path: '/api/deliveries/discard', access: 'developer', tag: 'Webhooks out',
    summary: 'Give deliveries up that wait; the operation tells how far it is', body: messages.discardDeliveries,
    success: { status: 202, body: bulk.bulkOperation },
  },
  createPortalSession: {
    method: 'POST', path: '/api/portal-sessions', access: 'developer', tag: 'Webhooks out',
    summary: 'Let one end user see to the own destinations, for a while', body: portal.createPortalSession,
    success: created(portal.createdPortalSession),
  },
  getOwnPortalSession: {
    method: 'GET', path: '/api/portal-session', access: 'portal', tag: 'Webhooks out',
    summary: 'What the portal token that calls is good for', success: ok(portal.portalSession),
  },
  exportConnections: {
    method: 'POST', path: '/api/connections/export', access: 'admin', tag: 'Moving',
    summary: 'Connections with their credentials, as a file sealed for a passphrase or a public key',
    body: portability.exportConnections, success: ok(z.string()), streams: 'text/plain',
  },
  importConnections: {
    method: 'POST', path: '/api/connections/import', access: 'admin', tag: 'Moving',
    summary: 'Take connections in: from a sealed export, as tokens that exist already, or from Nango',
    body: portability.importConnections, bodyBytesMax: portability.importBytesMax,
    success: ok(portability.importReport),
  },
  startBulkOperation: {
    method: 'POST', path: '/api/bulk-operations', access: 'developer', tag: 'Bulk operations',
    summary: 'Do something with many connections, in the background; `delete` and `export` need an admin',
    body: bulk.startBulkOperation, success: created(bulk.bulkOperation),
  },
  listBulkOperations: {
    method: 'GET', path: '/api/bulk-operations', access: 'viewer', tag: 'Bulk operations',
    summary: 'Operations on many connections, with their progress', query: bulk.bulkOperationsQuery,
    success: ok(pageOf(bulk.bulkOperation)),
  },
  getBulkOperation: {
    method: 'GET', path: '/api/bulk-operations/{id}', access: 'viewer', tag: 'Bulk operations',
    summary: 'How far one operation has come', params: idParams, success: ok(bulk.bulkOperation),
  },
  cancelBulkOperation: {
    method: 'POST', path: '/api/bulk-operations/{id}/cancel', access: 'developer', tag: 'Bulk operations',
    summary: 'Leave out what is not done yet; what is done stays done', params: idParams,
    success: ok(bulk.bulkOperation),
  },
  getBulkOperationBundle: {
    method: 'GET', path: '/api/bulk-operations/{id}/bundle', access: 'admin', tag: 'Bulk operations',
    summary: 'The sealed file of an export, for a day', params: idParams, success: ok(z.string()),
    streams: 'text/plain',
  },
  listExternalUsers: {
    method: 'GET', path: '/api/external-users', access: 'admin', tag: 'External users',
    summary: 'Whose accounts are connected', query: externalUsers.externalUsersQuery,
    success: ok(pageOf(externalUsers.externalUser)),
  },
  exportExternalUser: {
    method: 'GET', path: '/api/external-users/{externalUserId}/export', access: 'admin', tag: 'External users',
    summary: 'Everything that is stored about an external user, without secrets',
    params: externalUsers.externalUserParams, success: ok(z.string()), streams: 'application/json',
  },
  eraseExternalUser: {
    method: 'DELETE', path: '/api/external-users/{externalUserId}', access: 'admin', tag: 'External users',
    summary: 'Erase an external user: revoke at the providers, and remove every trace; the operation tells how far it is',
    params: externalUsers.externalUserParams, success: { status: 202, body: bulk.bulkOperation },
  },
  listAuditLog: {
    method: 'GET', path: '/api/audit-log', access: 'admin', tag: 'Audit', summary: 'Who did what',
    query: pageQuery.extend({ action: z.string().max(100).optional() }), success: ok(pageOf(activity.auditEntry)),
  },
  verifyAuditLog: {
    method: 'GET', path: '/api/audit-log/verification', access: 'admin', tag: 'Audit',
    summary: 'Compute the whole chain of hashes again, and say where it is broken', success: ok(activity.auditVerification),
  },
  getKeys: {
    method: 'GET', path: '/api/keys', access: 'admin', tag: 'Keys',
    summary: 'The versions of the data key, what wraps them, and how far a rotation has come', success: ok(keys.keyStatus),
  },
  rotateKeys: {
    method: 'POST', path: '/api/keys/rotate', access: 'owner', tag: 'Keys',
    summary: 'Begin to move everything to a new data key; a rotation that is running goes on',
    body: keys.rotateKeys, success: { status: 202, body: keys.keyStatus },
  },
})

export type RouteName = keyof typeof routes

/** Routes whose request or answer is not JSON, with the access they need. */
export const rawRoutes = [
  { method: 'ANY', path: '/api/proxy/{path}', access: 'developer', summary: 'Call the third party through the gateway; header `Koble-Connection` names the connection' },
  { method: 'GET', path: '/api/connect/{provider}', access: 'connect', summary: 'Redirects to the consent page of the provider' },
  { method: 'GET', path: '/api/auth/callback/{provider}', access: 'public', summary: 'Where the provider sends the browser back' },
  { method: 'POST', path: '/webhooks/{provider}/{endpointToken}', access: 'public', summary: 'Deliveries from the provider' },
  { method: 'GET', path: '/healthz', access: 'public', summary: 'The process is up' },
  { method: 'GET', path: '/readyz', access: 'public', summary: 'The database answers and this node takes work' },
  { method: 'GET', path: '/metrics', access: 'public', summary: 'Metrics for Prometheus; needs `KOBLE_METRICS_TOKEN`, or comes from the same machine' },
] as const
