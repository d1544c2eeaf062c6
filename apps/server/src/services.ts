import { randomBytes, randomInt } from 'node:crypto'
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { type ClientCertificate, createAgentPool, createGuardedFetch, ForwardCache } from '@koble/core/http'
import type { Clock } from '@koble/core/resilience'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { type ChangeFeed, createChangeFeed } from './database/changes.ts'
import { type Database, openClient } from './database/client.ts'
import { createLiveRows } from './database/live-rows.ts'
import { createActivityService } from './modules/activity/service.ts'
import { createActivityStore } from './modules/activity/store.ts'
import { createApiKeyService } from './modules/api-keys/service.ts'
import { createApiKeyStore } from './modules/api-keys/store.ts'
import { createApprovalService } from './modules/approvals/service.ts'
import { createApprovalStore } from './modules/approvals/store.ts'
import { createAuditService } from './modules/audit/service.ts'
import { createAuditStore } from './modules/audit/store.ts'
import { connectionOperations } from './modules/bulk/connection-operations.ts'
import { bulkSchedule, bulkTasks } from './modules/bulk/jobs.ts'
import { createBulkService } from './modules/bulk/service.ts'
import { createBulkStore } from './modules/bulk/store.ts'
import { connectSchedule, connectTasks } from './modules/connect/jobs.ts'
import { createConnectService } from './modules/connect/service.ts'
import { createConnectStore } from './modules/connect/store.ts'
import { createConnectionHealthService } from './modules/connection-health/service.ts'
import { createConnectionHealthStore } from './modules/connection-health/store.ts'
import { createConnectionAccess } from './modules/connections/access.ts'
import { createAuthorize } from './modules/connections/authorize.ts'
import { createGrants } from './modules/connections/grants.ts'
import { connectionSchedule, connectionTasks } from './modules/connections/jobs.ts'
import { createConnectionService } from './modules/connections/service.ts'
import { createConnectionStore } from './modules/connections/store.ts'
import { createTargetCheck } from './modules/destinations/check-target.ts'
import { createDestinationService } from './modules/destinations/service.ts'
import { createDestinationStore } from './modules/destinations/store.ts'
import type { InstanceKeys } from './modules/encryption/instance-keys.ts'
import { keySchedule, keyTasks } from './modules/encryption/jobs.ts'
import { createKeyRing } from './modules/encryption/key-ring.ts'
import { createKeyRotation } from './modules/encryption/rotation.ts'
import { createEncryptionService } from './modules/encryption/service.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { createEventTypeService } from './modules/event-types/service.ts'
import { createEventTypeStore } from './modules/event-types/store.ts'
import { createExternalUserService } from './modules/external-users/service.ts'
import { createExternalUserStore } from './modules/external-users/store.ts'
import { checkGatewaySettings } from './modules/gateway/check-settings.ts'
import { createExtras } from './modules/gateway/extras.ts'
import { createGuards } from './modules/gateway/guards.ts'
import { circuitLine, createGatewayService } from './modules/gateway/service.ts'
import { checkPayloadTransform, transformPayload } from './modules/gateway/transforms.ts'
import { createValidation } from './modules/gateway/validation.ts'
import { createWorkerPool } from './modules/gateway/worker-pool.ts'
import { createGovernanceService, createRegister } from './modules/governance/service.ts'
import { createGraphqlService } from './modules/graphql/service.ts'
import { createGraphqlStore } from './modules/graphql/store.ts'
import { createIdempotencyService } from './modules/idempotency/service.ts'
import { createIdempotencyStore } from './modules/idempotency/store.ts'
import { createIntegrationService } from './modules/integrations/service.ts'
import { createIntegrationStore } from './modules/integrations/store.ts'
import { maintenanceSchedule, maintenanceTasks } from './modules/maintenance/jobs.ts'
import { createMaintenanceStore } from './modules/maintenance/store.ts'
import { createMarketplaceService } from './modules/marketplace/service.ts'
import { createMessageService } from './modules/messages/service.ts'
import { createMessageStore } from './modules/messages/store.ts'
import { createInstruments } from './modules/metrics/instruments.ts'
import { createMetricsService } from './modules/metrics/service.ts'
import { createMetricsStore } from './modules/metrics/store.ts'
import { createNotificationService } from './modules/notifications/service.ts'
import { createNotificationStore } from './modules/notifications/store.ts'
import { createOperationService } from './modules/operations/service.ts'
import { createOrganizationService } from './modules/organizations/service.ts'
import { createOrganizationStore } from './modules/organizations/store.ts'
import { createPluginPool } from './modules/plugins/plugin-pool.ts'
import { createPluginService } from './modules/plugins/service.ts'
import { createPluginStore } from './modules/plugins/store.ts'
import { createPortabilityService } from './modules/portability/service.ts'
import { createPortalService } from './modules/portal/service.ts'
import { createPortalStore } from './modules/portal/store.ts'
import { queuedRequestSchedule, queuedRequestTasks } from './modules/queued-requests/jobs.ts'
import { createQueuedRequestService } from './modules/queued-requests/service.ts'
import { createQueuedRequestStore } from './modules/queued-requests/store.ts'
import { createRequestLogService } from './modules/requests/service.ts'
import { createRequestLogStore } from './modules/requests/store.ts'
import { retentionSchedule, retentionTasks } from './modules/retention/jobs.ts'
import { createRetentionStore } from './modules/retention/store.ts'
import { createRevocationService } from './modules/revocations/service.ts'
import { createRevocationStore } from './modules/revocations/store.ts'
import type { Sandbox } from './modules/sandbox/service.ts'
import { createAuth } from './modules/sessions/auth.ts'
import { createSessionService } from './modules/sessions/service.ts'
import { syncSchedule, syncTasks } from './modules/syncs/jobs.ts'
import { createRunQueue } from './modules/syncs/queue/store.ts'
import { createRecordStore } from './modules/syncs/records/store.ts'
import { createRunPage } from './modules/syncs/run-page.ts'
import { createRunStore } from './modules/syncs/runs/store.ts'
import { createSyncService } from './modules/syncs/service.ts'
import { createSyncStore } from './modules/syncs/store.ts'
import { createSystemEventService } from './modules/system-events/service.ts'
import { createSystemEventStore } from './modules/system-events/store.ts'
import { registrationSchedule, registrationTasks } from './modules/webhook-registrations/jobs.ts'
import {
  createFindRegisteredConnection,
  createIsBeingRegistered,
  createRegistrar,
  createRegistrationService,
  createTell,
  createWork,
  watchUpkeep,
} from './modules/webhook-registrations/service.ts'
import { createRegistrationStore } from './modules/webhook-registrations/store.ts'
import { createEndpointLimits } from './modules/webhooks-in/endpoint-limits.ts'
import { createEndpointStore } from './modules/webhooks-in/endpoints/store.ts'
import { createIngest } from './modules/webhooks-in/ingest.ts'
import { webhookSchedule, webhookTasks } from './modules/webhooks-in/process.ts'
import { createQueueStore } from './modules/webhooks-in/queue/store.ts'
import { createRejectionRecorder } from './modules/webhooks-in/rejections/recorder.ts'
import { createRejectionStore } from './modules/webhooks-in/rejections/store.ts'
import { createReplayService } from './modules/webhooks-in/replays/replay-events.ts'
import { createReplayStore } from './modules/webhooks-in/replays/store.ts'
import { createEndpointSecrets, createWebhookService } from './modules/webhooks-in/service.ts'
import { createSigningCertificates } from './modules/webhooks-in/signing-certificates.ts'
import { createWebhookStore } from './modules/webhooks-in/store.ts'
import { createWorkSettings } from './modules/webhooks-in/work-settings.ts'
import { createDestinationTypes } from './modules/webhooks-out/destination-types.ts'
import { createOutboundService, forwardSystemEvents } from './modules/webhooks-out/service.ts'
import { createOutboundStore } from './modules/webhooks-out/store.ts'
import { createQueueEngine } from './queue/engine.ts'
import { createSharedState } from './shared-state.ts'
import { version } from './version.ts'

export type ServiceConfig = Pick<Config, 'mode' | 'publicUrl' | 'allowedPrivateNetworks' | 'nodes' | 'redisUrl'> & {
  databaseUrl: string
}

export interface ServiceParts {
  config: ServiceConfig
  database: Database
  keys: InstanceKeys
  sandbox: Sandbox
  log: Logger
  /** Resolves the names that are called, instead of the system's resolver. */
  lookup?: LookupFunction
  /** For what is sent to destinations; the time of the machine unless said otherwise. */
  clock?: Clock
}

/** Everything Koble does, put together once and in order; each part is given only what it uses. */
export function createServices({ config, database, keys, sandbox, log, lookup, clock }: ServiceParts) {
  const { publicUrl, mode } = config
  const connect = () => openClient(config.databaseUrl)
  const changes: ChangeFeed = createChangeFeed(connect, (error) =>
    log.warn({ err: error }, 'the change feed was interrupted; nothing is cached until it is back'),
  )
  const allowedPrivateNetworks = [...config.allowedPrivateNetworks, ...sandbox.networks]
  const agents = createAgentPool({ allowedPrivateNetworks, lookup })
  const fetchWith = (certificate?: ClientCertificate, timeoutMs = 20_000) =>
    createGuardedFetch({ agent: agents.agentFor(certificate), timeoutMs, userAgent: 'Koble' })
  const fetch = fetchWith()

  const encryptionStore = createEncryptionStore(database)
  const ring = createKeyRing(encryptionStore, keys.providers, changes)
  const encryption = createEncryptionService(ring)
  const idempotency = createIdempotencyService(createIdempotencyStore(database), encryption)
  const audit = createAuditService(createAuditStore(database), encryption)
  const instruments = createInstruments()
  const keyRotation = createKeyRotation({
    store: encryptionStore,
    ring,
    encryption,
    providers: keys.providers,
    audit,
    log,
  })
  const activity = createActivityService(createActivityStore(database), changes, log, instruments)
  const governance = createGovernanceService({ audit, log })
  const organizations = createOrganizationService(createOrganizationStore(database), audit, changes, publicUrl)
  const apiKeys = createApiKeyService(createApiKeyStore(database), audit, organizations, governance, changes)
  const sessions = createSessionService(
    createAuth(database, { publicUrl, secret: keys.sessionSecret }),
    organizations,
    audit,
    publicUrl,
  )
  const approvals = createApprovalService({
    store: createApprovalStore(database),
    organizations,
    encryption,
    audit,
    activity,
  })
  const pool = createWorkerPool()
  const integrations = createIntegrationService({
    store: createIntegrationStore(database),
    encryption,
    organizations,
    approvals,
    governance,
    audit,
    sandbox,
    changes,
    fetchWith,
    publicUrl,
    checkGatewaySettings: (settings) => checkGatewaySettings(pool, settings),
    // Made below, since they call through the gateway.
    beforeRemoval: (organizationId, integrationId) => registrations.removeAllOf(organizationId, { integrationId }),
  })
  const marketplace = createMarketplaceService(integrations, sandbox, publicUrl)
  const events = createSystemEventService(createSystemEventStore(database))
  const notifications = createNotificationService(createNotificationStore(database))
  const connectionStore = createConnectionStore(database)
  // Token requests may take long: what a provider answers late is lost with them.
  const grants = createGrants({ integrations, fetchWith: (certificate) => fetchWith(certificate, 35_000) })
  const access = createConnectionAccess({
    store: connectionStore,
    integrations,
    grants,
    encryption,
    activity,
    events,
    notifications,
    changes,
    nodeId: randomBytes(8).toString('hex'),
    onRefresh: instruments.countRefresh,
  })
  const connections = createConnectionService({
    store: connectionStore,
    access,
    integrations,
    audit,
    health: createConnectionHealthService(createConnectionHealthStore(database)),
    revocations: createRevocationService({
      store: createRevocationStore(database),
      integrations,
      encryption,
    }),
    grants,
    caller: { authorize: createAuthorize(), fetchWith },
    beforeDisconnect: (organizationId, connectionId) => registrations.removeAllOf(organizationId, { connectionId }),
  })
  const connectFlow = createConnectService({
    store: createConnectStore(database),
    integrations,
    connections,
    organizations,
    encryption,
    publicUrl,
    mode,
  })
  const sharedState = config.redisUrl === null ? null : createSharedState(config.redisUrl, log)
  const guards = createGuards({
    ...(sharedState && { store: sharedState.store }),
    nodes: config.nodes,
    onCircuitChange: (change) =>
      void activity
        .record(circuitLine(change))
        .catch((error) => log.warn({ err: error }, 'a breaker could not be logged')),
  })
  const extras = createExtras({ cache: new ForwardCache(), pool, validation: createValidation(pool, activity) })
  const gateway = createGatewayService({ connections, integrations, activity, guards, governance, agents, extras, log })
  const queued = createQueuedRequestService({
    store: createQueuedRequestStore(database),
    gateway,
    connections,
    integrations,
    encryption,
    activity,
    audit,
    fetch,
  })
  const graphql = createGraphqlService({
    store: createGraphqlStore(database),
    gateway,
    connections,
    integrations,
    audit,
    changes,
    nodes: config.nodes,
    ...(sharedState && { sharedStore: sharedState.store }),
  })
  const node = randomInt(2_000_000_000)
  const destinationTypes = createDestinationTypes({
    allowedPrivateNetworks,
    lookup: lookup ?? (systemLookup as LookupFunction),
    fetch,
    userAgent: `Koble/${version}`,
    ...(clock && { clock }),
  })
  const outbound = createOutboundService({
    store: createOutboundStore(database),
    encryption,
    changes,
    events,
    notifications,
    activity,
    senders: destinationTypes.senders,
    checkConfig: destinationTypes.checkConfig,
    transforms: {
      evaluate: (lane, expression, json) => transformPayload(pool, lane, expression, json),
      check: (expression) => checkPayloadTransform(pool, expression),
    },
    publicUrl,
    node,
    limits: { share: sharedState ? 1 : config.nodes, ...(sharedState && { store: sharedState.store }) },
    instruments,
    ...(clock && { clock }),
    log,
  })
  const operations = createOperationService({ gateway, connections, integrations })
  const syncStores = {
    queue: createRunQueue(database),
    runs: createRunStore(database),
    records: createRecordStore(database),
  }
  const syncs = createSyncService({
    store: createSyncStore(database),
    ...syncStores,
    operations,
    connections,
    integrations,
    activity,
    audit,
  })
  const webhookStore = createWebhookStore(database)
  const endpointStore = createEndpointStore(database)
  const replayStore = createReplayStore(database)
  const rejectionStore = createRejectionStore(database)
  const rejections = createRejectionRecorder(rejectionStore, log)
  const secrets = createEndpointSecrets(encryption)
  const registrationStore = createRegistrationStore(database)
  const ingestion = createIngest({
    store: webhookStore,
    endpoints: endpointStore,
    rejections,
    limits: createEndpointLimits({ nodes: config.nodes, ...(sharedState && { store: sharedState.store }) }),
    integrations,
    activity,
    changes,
    openSecrets: secrets.open,
    sealSecret: secrets.seal,
    publicUrl,
    certificates: createSigningCertificates({ fetch }),
    findRegisteredConnection: createFindRegisteredConnection(registrationStore),
    isBeingRegistered: createIsBeingRegistered(registrationStore),
    onDelivery: instruments.countDelivery,
  })
  const ingest = watchUpkeep(ingestion, registrationStore)
  const pluginPool = createPluginPool()
  const plugins = createPluginService({
    store: createPluginStore(database),
    pool: pluginPool,
    audit,
    changes,
    // Made below, since endpoints name plugins.
    endpointsWith: (organizationId, pluginId) => webhooks.listEndpointsWithPlugin(organizationId, pluginId),
  })
  const webhooks = createWebhookService({
    store: webhookStore,
    endpoints: endpointStore,
    rejections: rejectionStore,
    integrations,
    connections,
    destinations: outbound,
    syncs,
    plugins,
    secrets,
    ingest,
    audit,
    live: createLiveRows(changes, 1_000),
    publicUrl,
  })
  const replays = createReplayService({ store: replayStore, audit })
  const registrations = createRegistrationService({
    store: registrationStore,
    work: createWork({
      store: registrationStore,
      registrar: createRegistrar(gateway),
      integrations,
      encryption,
      secrets,
      tell: createTell({ activity, events, notifications }),
      log,
    }),
    webhooks,
    integrations,
    connections,
    audit,
  })
  const bulkStore = createBulkStore(database)
  const bulk = createBulkService({ store: bulkStore, encryption, audit })
  const eventTypes = createEventTypeService({ store: createEventTypeStore(database), audit, changes, pool })
  const destinations = createDestinationService({
    store: createDestinationStore(database),
    encryption,
    audit,
    activity,
    eventTypes,
    outbound,
    checkTarget: createTargetCheck({ allowedPrivateNetworks, ...(lookup && { lookup }) }),
  })
  const messages = createMessageService({
    store: createMessageStore(database),
    destinations,
    eventTypes,
    integrations,
    outbound,
    bulk,
    audit,
  })
  const portal = createPortalService({ store: createPortalStore(database), audit, publicUrl })
  const portability = createPortabilityService({ connections, integrations, bulk, audit })
  const externalUsers = createExternalUserService({
    store: createExternalUserStore(database),
    connections,
    activity,
    webhooks,
    syncs,
    destinations,
    messages,
    idempotency,
    bulk,
    audit,
  })
  const handlers = {
    ...connectionOperations(connections),
    ...portability.bulkHandlers,
    ...externalUsers.bulkHandlers,
    ...messages.bulkHandlers,
  }

  const requests = createRequestLogService(createRequestLogStore(database))
  const metrics = createMetricsService({
    store: createMetricsStore(database),
    integrations,
    guards,
    activity,
    instruments,
    countOpenDeliveries: outbound.countOpen,
  })
  events.onEmit(forwardSystemEvents(outbound))

  const queue = createQueueEngine(database, connect, {
    tasks: {
      ...webhookTasks({
        store: webhookStore,
        queue: createQueueStore(database),
        replays: replayStore,
        rejections: rejectionStore,
        integrations,
        connections,
        activity,
        outbound,
        syncs,
        plugins,
        settingsOf: createWorkSettings(endpointStore, changes),
      }),
      ...syncTasks({ ...syncStores, runPage: createRunPage({ ...syncStores, operations, activity, log }) }),
      ...registrationTasks(registrations),
      ...connectTasks(connectFlow),
      ...connectionTasks(connections),
      ...queuedRequestTasks(queued),
      ...keyTasks(keyRotation),
      ...bulkTasks({ store: bulkStore, encryption, handlers, log }),
      ...maintenanceTasks({
        store: createMaintenanceStore(database),
        connect: connectFlow,
        events,
        notifications,
        messages,
        portal,
        log,
      }),
      ...retentionTasks(createRetentionStore(database), audit, log),
    },
    recurring: [
      ...webhookSchedule,
      ...syncSchedule,
      ...connectSchedule,
      ...registrationSchedule,
      ...connectionSchedule,
      ...bulkSchedule,
      ...queuedRequestSchedule,
      ...keySchedule,
      ...maintenanceSchedule,
      ...retentionSchedule,
    ],
    // Jobs that run together share their statements; what takes long (calls out) is bounded where it is made.
    concurrency: 50,
    log,
    node,
    onDeadNode: outbound.giveBackAllOf,
  })

  return {
    encryption,
    keyRotation,
    idempotency,
    audit,
    activity,
    organizations,
    apiKeys,
    sessions,
    governance,
    register: createRegister(integrations, organizations),
    approvals,
    integrations,
    marketplace,
    connections,
    /** Below the connections' service; for tests that bring about a state. */
    access,
    events,
    notifications,
    connect: connectFlow,
    gateway,
    pool,
    queued,
    graphql,
    operations,
    syncs,
    ingest,
    webhooks,
    plugins,
    eventTypes,
    destinations,
    messages,
    portal,
    rejections,
    replays,
    outbound,
    registrations,
    bulk,
    portability,
    externalUsers,
    requests,
    metrics,
    instruments,
    queue,
    changes,
    /** Null without a Redis. */
    sharedState,
    /** Writes down what is still in memory and lets go of connections. */
    async stop() {
      await activity.stop()
      await rejections.stop()
      await governance.stop()
      await apiKeys.flush().catch(() => {})
      await changes.stop()
      await pool.stop()
      await pluginPool.stop()
      await agents.close()
      await destinationTypes.close()
      await sharedState?.stop()
    },
  }
}

export type Services = ReturnType<typeof createServices>
