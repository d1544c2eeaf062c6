import type { Destination } from '@koble/contract/destinations'
import { namesOfSecrets } from './receiver-secrets.ts'
import type { DestinationRow } from './store.ts'

/** A destination as it is shown: of its secrets the names alone. */
export function toDestination(row: DestinationRow, secrets: Record<string, unknown>): Destination {
  const until = row.previous_signing_secret_until
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    externalUserId: row.external_user_id,
    config: row.config,
    secretsSet: namesOfSecrets(row.type, secrets),
    signing: row.signing,
    svixHeaders: row.svix_headers,
    payloadFormat: row.payload_format,
    eventTypes: row.event_types,
    filter: row.filter,
    transform: row.transform,
    headers: row.headers,
    rateLimit: row.rate_limit,
    concurrency: row.concurrency,
    timeoutMs: row.timeout_ms,
    retrySchedule: row.retry_schedule,
    ordered: row.ordered,
    status: row.status,
    disabledReason: row.disabled_reason,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    failingSince: row.failing_since?.toISOString() ?? null,
    previousSecretUntil: until !== null && until.getTime() > Date.now() ? until.toISOString() : null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
