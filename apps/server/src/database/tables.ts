import type { BulkKind, BulkOperation, BulkStatus } from '@koble/contract/bulk'
import type { ApprovalAsks, Classification, Processing, UpdatePolicies } from '@koble/contract/governance'
import type { DeliveryStatus, Message } from '@koble/contract/messages'
import type { PluginHook, PluginVersion } from '@koble/contract/plugins'
import type { Sync, SyncDeletes, SyncRunStatus, SyncStatus, SyncTrigger } from '@koble/contract/syncs'
import type { RegistrationStatus } from '@koble/contract/webhook-registrations'
import type {
  EndpointRateLimit,
  EventAttempt,
  EventReplay,
  EventStatus,
  Handler,
  Ordering,
  ReplayFilter,
  RetryPolicy,
  Verification,
} from '@koble/contract/webhooks'
import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely'

export type MemberRole = 'viewer' | 'developer' | 'admin' | 'owner'

interface UserRow {
  id: string
  name: string
  email: string
  created_at: Generated<Date>
}

interface SessionRow {
  id: string
  user_id: string
  token: string
  organization_id: string | null
  expires_at: Date
}

interface OrganizationRow {
  id: string
  name: string
  slug: string
  allowed_origins: Generated<string[]>
  policies: JSONColumnType<UpdatePolicies, string | undefined>
  created_at: Generated<Date>
}

interface MemberRow {
  organization_id: string
  user_id: string
  role: MemberRole
  joined_at: Generated<Date>
}

interface InvitationRow {
  id: string
  organization_id: string
  token_hash: string
  email: string | null
  role: MemberRole
  expires_at: Date
  accepted_at: Date | null
  created_at: Generated<Date>
}

interface ApiKeyRow {
  id: string
  organization_id: string
  name: string
  prefix: string
  key_hash: string
  role: MemberRole
  created_at: Generated<Date>
  last_used_at: Date | null
  expires_at: Date | null
  revoked_at: Date | null
  ip_allow_list: Generated<string[]>
  created_by: string | null
}

interface DataKeyRow {
  organization_id: string
  version: number
  name: string
  key_id: string
  wrapped_key: Buffer
  created_at: Generated<Date>
}

interface InstanceSecretRow {
  name: string
  key_id: string
  wrapped_key: Buffer
  created_at: Generated<Date>
}

export interface KeyRotationRow {
  id: string
  organization_id: string
  run: string | null
  status: Generated<'running' | 'completed'>
  to_version: number | null
  at_column: string | null
  after_row: string | null
  total: Generated<number>
  moved: Generated<number>
  unreadable: Generated<number>
  error_code: string | null
  started_at: Generated<Date>
  finished_at: Date | null
}

export interface IntegrationRow {
  id: string
  organization_id: string
  provider_id: string
  provider_name: string
  name: string
  auth_method: string
  client_id: string | null
  secrets: string | null
  scopes: string[]
  endpoints: JSONColumnType<Record<string, string>>
  config: JSONColumnType<Record<string, string>>
  rate_limits: JSONColumnType<object>
  health_check: ColumnType<{ enabled: boolean; intervalHours: number }, string | undefined, string>
  graphql: JSONColumnType<object>
  gateway_settings: JSONColumnType<object, string | undefined, string>
  body_logging: Generated<'off' | 'redacted'>
  sandbox: boolean
  status: 'pending' | 'active' | 'inactive' | 'error'
  ip_allow_list: Generated<string[]>
  classification: Classification | null
  processing: JSONColumnType<Processing | null, string | null | undefined, string | null>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface ApprovalRow {
  id: string
  organization_id: string
  integration_id: string
  integration_name: string
  provider_id: string
  kind: 'new' | 'change'
  status: Generated<'pending' | 'approved' | 'rejected' | 'withdrawn' | 'superseded'>
  requested_by_type: 'user' | 'api_key' | 'connect_session' | 'portal_session'
  requested_by_id: string
  requested_by_label: string
  requested_by_user: string | null
  requested_at: Generated<Date>
  justification: string
  asks: JSONColumnType<ApprovalAsks>
  change: string | null
  decided_by_type: 'user' | 'api_key' | 'connect_session' | 'portal_session' | null
  decided_by_id: string | null
  decided_by_label: string | null
  decided_at: Date | null
  reason: string | null
  self_approved: Generated<boolean>
}

export interface ConnectionRow {
  id: string
  organization_id: string
  integration_id: string
  provider_id: string
  external_user_id: string
  account_id: string | null
  account_label: string | null
  status: 'connected' | 'warning' | 'error' | 'disconnected'
  error_code: string | null
  error_message: string | null
  credentials: string | null
  credential_version: Generated<number>
  token_expires_at: Date | null
  refresh_owner: string | null
  refresh_generation: Generated<number>
  refresh_until: Date | null
  refresh_failures: Generated<number>
  refresh_not_before: Date | null
  scopes: string[]
  metadata: JSONColumnType<Record<string, unknown>>
  connected_at: Generated<Date>
  last_used_at: Date | null
  last_refresh_at: Date | null
  last_sync_at: Date | null
  token_lifetime_seconds: number | null
  token_lifetime_told: Generated<boolean>
  refresh_by: Date | null
  refresh_uncertain: Generated<boolean>
  scope_limit: string[] | null
  health: Generated<{ checkedAt: string; ok: boolean; code: string | null; latencyMs: number }[]>
  health_due_at: Generated<Date | null>
  revocation: 'unsupported' | 'pending' | 'done' | 'failed' | null
}

interface ConnectSessionRow {
  id: string
  organization_id: string
  token_hash: string
  external_user_id: string
  integration_ids: string[] | null
  return_to: string | null
  status: Generated<'pending' | 'connected' | 'failed'>
  error_code: string | null
  error_message: string | null
  connection_ids: Generated<string[]>
  scopes: string[] | null
  asks: string[] | null
  incremental: Generated<boolean>
  expires_at: Date
  created_at: Generated<Date>
}

interface DeviceSignInRow {
  id: string
  organization_id: string
  integration_id: string
  connect_session_id: string
  external_user_id: string
  sealed: string
  interval_ms: number
  ask_at: Date
  expires_at: Date
}

interface OAuthStateRow {
  state_hash: string
  organization_id: string
  integration_id: string
  connect_session_id: string | null
  connection_id: string | null
  external_user_id: string
  browser_hash: string
  sealed: string
  mode: 'popup' | 'redirect'
  return_to: string | null
  scopes: Generated<string[]>
  scope_limit: string[] | null
  incremental: Generated<boolean>
  expires_at: Date
  used_at: Date | null
}

interface WebhookEndpointRow {
  id: string
  organization_id: string
  integration_id: string
  provider_id: string
  token: string
  events: string[]
  enabled: Generated<boolean>
  secret: string | null
  previous_secret: string | null
  previous_secret_until: Date | null
  created_at: Generated<Date>
  name: Generated<string>
  connection_id: string | null
  verification: JSONColumnType<Verification | null, string | null, string | null>
  handlers: JSONColumnType<Handler[], string | undefined, string>
  unmatched: Generated<'hold' | 'forward'>
  ip_allow_list: Generated<string[]>
  rate_limit: JSONColumnType<EndpointRateLimit | null, string | null, string | null>
  body_bytes_max: Generated<number>
  retry_policy: JSONColumnType<RetryPolicy, string | undefined, string>
  ordering: JSONColumnType<Ordering | null, string | null, string | null>
  processing: Generated<'running' | 'paused' | 'resuming'>
}

interface WebhookEventRow {
  id: string
  received_at: Date
  organization_id: string
  endpoint_id: string
  integration_id: string
  connection_id: string | null
  provider_id: string
  event_type: string
  external_event_id: string
  headers: JSONColumnType<Record<string, string>>
  content_type: string | null
  body: Buffer
  status: Generated<EventStatus>
  attempts: Generated<number>
  error_message: string | null
  processed_at: Date | null
  ordering_key: string | null
  replays: Generated<number>
  next_attempt_at: Date | null
  attempt_log: JSONColumnType<EventAttempt[], string | undefined, string>
}

interface WebhookEventQueueRow {
  event_id: string
  received_at: Date
  organization_id: string
  endpoint_id: string
  ordering_key: string | null
  position: Generated<number>
  not_before: Date | null
  parked: Generated<boolean>
}

interface WebhookEndpointStatsRow {
  endpoint_id: string
  hour: Date
  organization_id: string
  received: number
  completed: number
  failed: number
  unroutable: number
}

interface WebhookRejectionRow {
  endpoint_id: string
  hour: Date
  reason: string
  organization_id: string
  count: number
  last_at: Date
}

interface WebhookRejectionSampleRow {
  id: string
  at: Date
  organization_id: string
  endpoint_id: string
  reason: string
  method: string
  remote_address: string | null
  headers: JSONColumnType<Record<string, string>>
  body_bytes: number
}

interface WebhookReplayRow {
  id: string
  organization_id: string
  status: Generated<EventReplay['status']>
  filter: JSONColumnType<ReplayFilter>
  per_second: number
  total: number
  done: Generated<number>
  after_id: string | null
  created_by: JSONColumnType<EventReplay['createdBy']>
  created_at: Generated<Date>
  finished_at: Date | null
}

interface WebhookEventKeyRow {
  endpoint_id: string
  external_event_id: string
  organization_id: string
  event_id: string
  received_at: Date
}

interface IntegrationRequestRow {
  id: string
  at: Date
  organization_id: string
  integration_id: string
  connection_id: string
  provider_id: string
  method: string
  endpoint: string
  status: number | null
  duration_ms: number
  attempts: number
  cache_hit: Generated<boolean>
  error_code: string | null
  request_id: string | null
  queue_ms: number | null
  connect_ms: number | null
  first_byte_ms: number | null
  exchange: JSONColumnType<object> | null
}

interface RequestStatsRow {
  organization_id: string
  integration_id: string
  grain: 'minute' | 'hour'
  at: Date
  calls: number
  failures: number
  cache_hits: number
  errors: JSONColumnType<Record<string, number>>
  durations: number[]
}

interface ActivityRow {
  id: string
  at: Date
  organization_id: string
  integration_id: string | null
  connection_id: string | null
  provider_id: string | null
  type: 'request' | 'webhook' | 'connection' | 'system'
  action: string
  status: 'success' | 'failure' | 'info'
  summary: string
  details: JSONColumnType<Record<string, unknown>>
  duration_ms: number | null
}

interface AuditRow {
  organization_id: string
  sequence: number
  id: string
  at: Date
  actor_type: 'user' | 'api_key' | 'connect_session' | 'portal_session' | 'system'
  actor_id: string | null
  actor_label: string
  action: string
  target_type: string | null
  target_id: string | null
  ip: string | null
  request_id: string | null
  details: JSONColumnType<Record<string, unknown>>
  previous_hash: string
  hash: string
}

interface AuditHeadRow {
  organization_id: string
  sequence: number
  hash: string
}

interface AuditAnchorRow {
  organization_id: string
  sequence: number
  hash: string
  seal: string
  removed_at: Date
}

interface IdempotencyRow {
  organization_id: string
  key: string
  request_hash: string
  status: number | null
  sealed_body: string | null
  created_at: Generated<Date>
}

interface QueuedRequestRow {
  id: string
  organization_id: string
  integration_id: string
  connection_id: string
  provider_id: string
  actor: JSONColumnType<object>
  method: string
  path: string
  sealed_request: string
  sealed_response: string | null
  status: Generated<'queued' | 'running' | 'succeeded' | 'failed' | 'dead' | 'cancelled'>
  attempts: number
  generation: Generated<number>
  next_attempt_at: Date | null
  response_status: number | null
  error_code: string | null
  error_message: string | null
  callback_url: string | null
  callback_status: 'pending' | 'delivered' | 'failed' | null
  created_at: Generated<Date>
  finished_at: Date | null
}

interface CallbackSecretRow {
  organization_id: string
  sealed_secret: string
  created_at: Generated<Date>
}

interface BulkOperationRow {
  id: string
  organization_id: string
  kind: BulkKind
  status: Generated<BulkStatus>
  filter: JSONColumnType<NonNullable<BulkOperation['filter']>> | null
  input: string | null
  bundle: string | null
  total: number
  done: Generated<number>
  failed: Generated<number>
  counts: ColumnType<Record<string, number>, string | undefined, string>
  errors: ColumnType<BulkOperation['errors'], string | undefined, string>
  error_code: string | null
  error_message: string | null
  created_by: JSONColumnType<BulkOperation['createdBy']>
  created_at: Generated<Date>
  started_at: Date | null
  finished_at: Date | null
}

interface BulkBatchRow {
  organization_id: string
  operation_id: string
  number: number
  connection_ids: string[] | null
  items: string | null
  output: string | null
  done_at: Date | null
}

interface SystemEventRow {
  id: string
  organization_id: string
  type: string
  data: JSONColumnType<Record<string, unknown>>
  at: Date
}

interface NotificationRow {
  id: string
  organization_id: string
  type: string
  severity: 'info' | 'ok' | 'warning' | 'error'
  group_key: string
  title: string
  message: string
  count: Generated<number>
  data: JSONColumnType<Record<string, unknown>>
  first_at: Date
  last_at: Date
}

interface NotificationReadRow {
  organization_id: string
  notification_id: string
  reader_id: string
  read_at: Date
}

export type DestinationRecord = Selectable<DestinationRow>

export interface DestinationRow {
  id: string
  organization_id: string
  external_user_id: string | null
  name: string
  type: 'https' | 'rabbitmq' | 'kafka' | 'redis_stream' | 'nats_jetstream' | 's3'
  config: JSONColumnType<Record<string, unknown>>
  secrets: string | null
  signing: Generated<'standard' | 'ed25519' | 'hex_hmac' | 'none'>
  svix_headers: Generated<boolean>
  signing_secret: string | null
  previous_signing_secret: string | null
  previous_signing_secret_until: Date | null
  payload_format: Generated<'envelope' | 'raw' | 'cloudevents' | 'cloudevents_binary'>
  event_types: Generated<string[]>
  filter: JSONColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
  transform: string | null
  headers: JSONColumnType<Record<string, string>, string | undefined, string>
  rate_limit: JSONColumnType<{ requests: number; perSeconds: number } | null, string | null | undefined, string | null>
  concurrency: Generated<number>
  timeout_ms: Generated<number>
  retry_schedule: Generated<number[]>
  ordered: Generated<boolean>
  status: Generated<'enabled' | 'disabled'>
  disabled_reason: 'manual' | 'gone' | 'failing' | null
  disabled_at: Date | null
  failing_since: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface PendingRevocationRow {
  id: string
  organization_id: string
  integration_id: string
  connection_id: string
  sealed: string
  attempts: Generated<number>
  error_code: string | null
  next_at: Date
  created_at: Generated<Date>
}

interface WebhookRegistrationRow {
  id: string
  organization_id: string
  endpoint_id: string
  integration_id: string
  connection_id: string
  provider_id: string
  target: string
  parameters: ColumnType<Record<string, string>, string, never>
  url: string
  exclusive: boolean
  actor: ColumnType<Record<string, unknown>, string, never>
  status: RegistrationStatus
  todo: 'update' | 'renew' | 'recreate' | null
  external_ids: Generated<string[]>
  facts: ColumnType<Record<string, string>, string | undefined, string>
  in_doubt: Generated<boolean>
  stale: ColumnType<{ externalIds: string[]; facts: Record<string, string> }[], string | undefined, string>
  applied: string | null
  expires_at: Date | null
  renew_at: Date | null
  error_code: string | null
  error_message: string | null
  attempts: Generated<number>
  told: Generated<boolean>
  checked_at: Date | null
  check_at: Date | null
  next_at: Date | null
  lease: string | null
  lease_until: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface GraphqlSchemaRow {
  id: string
  organization_id: string
  integration_id: string
  endpoint: string
  sdl: string | null
  sdl_hash: string | null
  not_available_because: 'introspection_disabled' | 'introspection_failed' | null
  fetched_at: Date
  expires_at: Date
}

interface GraphqlOperationRow {
  id: string
  organization_id: string
  integration_id: string
  name: string
  kind: 'query' | 'mutation' | 'subscription'
  document: string
  description: string | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface EventTypeRow {
  id: string
  organization_id: string
  name: string
  version: number
  description: Generated<string>
  schema: JSONColumnType<Record<string, unknown>> | null
  examples: ColumnType<unknown[], string | undefined, string>
  archived: Generated<boolean>
  created_at: Generated<Date>
}

interface PluginRow {
  id: string
  organization_id: string
  name: string
  hook: PluginHook
  enabled: boolean
  timeout_ms: number
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

interface PluginVersionRow {
  id: string
  organization_id: string
  plugin_id: string
  version: number
  code: string
  created_by: JSONColumnType<PluginVersion['createdBy']>
  created_at: Generated<Date>
}

interface MessageKeyRow {
  organization_id: string
  external_id: string
  message_id: string
  content_hash: string
  created_at: Date
}

interface MessageRow {
  id: string
  created_at: Date
  organization_id: string
  external_id: string | null
  event_type: string
  event_type_version: number | null
  external_user_id: string | null
  ordering_key: string | null
  source: Message['source']
  event_id: string | null
  provider_id: string | null
  connection_id: string | null
  content_type: string
  body: Buffer | null
}

interface DeliveryRow {
  message_id: string
  destination_id: string
  created_at: Date
  organization_id: string
  event_type: string
  status: DeliveryStatus
  attempts: Generated<number>
  step: Generated<number>
  next_attempt_at: Date | null
  lease_owner: number | null
  leased_until: Date | null
  ordering_key: string | null
  position: Generated<number>
  response_status: number | null
  error_code: string | null
  error_message: string | null
  finished_at: Date | null
}

interface AttemptRow {
  id: string
  at: Date
  organization_id: string
  message_id: string
  destination_id: string
  number: number
  succeeded: boolean
  target: string
  response_status: number | null
  response_headers: JSONColumnType<Record<string, string>> | null
  response_body: Buffer | null
  error_code: string | null
  error_message: string | null
  first_byte_ms: number | null
  duration_ms: number
}

interface PortalSessionRow {
  id: string
  organization_id: string
  token_hash: string
  external_user_id: string
  read_only: boolean
  expires_at: Date
  created_at: Generated<Date>
}

interface SyncRow {
  id: string
  organization_id: string
  integration_id: string
  connection_id: string
  provider_id: string
  name: string
  operation: string
  input: ColumnType<Sync['input'], string, string>
  items: string
  record_id: string
  every_minutes: number | null
  deletes: SyncDeletes
  status: Generated<SyncStatus>
  actor: ColumnType<Record<string, unknown>, string, never>
  records: Generated<number>
  last_run_at: Date | null
  last_run_status: SyncRunStatus | null
  next_run_at: Date | null
  created_at: Generated<Date>
}

interface SyncJobRow {
  id: string
  organization_id: string
  sync_id: string
  trigger: SyncTrigger
  event_id: string | null
  status: Generated<SyncRunStatus>
  input: ColumnType<Sync['input'] | null, string | null | undefined, string | null>
  cursor: string | null
  pages: Generated<number>
  created: Generated<number>
  updated: Generated<number>
  unchanged: Generated<number>
  deleted: Generated<number>
  attempts: Generated<number>
  next_attempt_at: Date | null
  error_code: string | null
  error_message: string | null
  created_at: Generated<Date>
  started_at: Date | null
  finished_at: Date | null
}

interface SyncPageRow {
  organization_id: string
  job_id: string
  number: number
  cursor_hash: Buffer | null
  record_ids: string[]
}

interface SyncRecordRow {
  id: string
  organization_id: string
  sync_id: string
  external_id: string
  payload: JSONColumnType<Record<string, unknown>>
  hash: Buffer
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
  deleted_at: Date | null
}

interface NodeRow {
  number: number
  worker_ids: Generated<string[]>
  started_at: Generated<Date>
}

/** The tables as Kysely sees them; the truth is in `migrations/`. */
export interface Tables {
  users: UserRow
  sessions: SessionRow
  organizations: OrganizationRow
  members: MemberRow
  invitations: InvitationRow
  api_keys: ApiKeyRow
  data_keys: DataKeyRow
  instance_secrets: InstanceSecretRow
  key_rotations: KeyRotationRow
  integrations: IntegrationRow
  approvals: ApprovalRow
  connections: ConnectionRow
  connect_sessions: ConnectSessionRow
  oauth_states: OAuthStateRow
  device_sign_ins: DeviceSignInRow
  webhook_endpoints: WebhookEndpointRow
  webhook_events: WebhookEventRow
  webhook_event_keys: WebhookEventKeyRow
  webhook_event_queue: WebhookEventQueueRow
  webhook_endpoint_stats: WebhookEndpointStatsRow
  webhook_rejections: WebhookRejectionRow
  webhook_rejection_samples: WebhookRejectionSampleRow
  webhook_replays: WebhookReplayRow
  integration_requests: IntegrationRequestRow
  request_stats: RequestStatsRow
  activities: ActivityRow
  audit_log: AuditRow
  audit_heads: AuditHeadRow
  audit_anchors: AuditAnchorRow
  idempotency_keys: IdempotencyRow
  queued_requests: QueuedRequestRow
  callback_secrets: CallbackSecretRow
  bulk_operations: BulkOperationRow
  bulk_batches: BulkBatchRow
  graphql_schemas: GraphqlSchemaRow
  graphql_operations: GraphqlOperationRow
  event_types: EventTypeRow
  plugins: PluginRow
  plugin_versions: PluginVersionRow
  destinations: DestinationRow
  message_keys: MessageKeyRow
  messages: MessageRow
  deliveries: DeliveryRow
  attempts: AttemptRow
  portal_sessions: PortalSessionRow
  syncs: SyncRow
  sync_jobs: SyncJobRow
  sync_pages: SyncPageRow
  sync_records: SyncRecordRow
  nodes: NodeRow
  system_events: SystemEventRow
  notifications: NotificationRow
  notification_reads: NotificationReadRow
  pending_revocations: PendingRevocationRow
  webhook_registrations: WebhookRegistrationRow
}
