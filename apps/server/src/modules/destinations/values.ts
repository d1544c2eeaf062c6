import { destinationTypes } from '@koble/contract/destination-types'
import type { CreateDestination, UpdateDestination } from '@koble/contract/destinations'
import { mergeSecrets, parseFields, sealableSecrets, wireSecrets } from './receiver-secrets.ts'
import type { DestinationSeal } from './seal.ts'
import { signingSecretFor } from './signing-secret.ts'
import type { DestinationRow, DestinationValues } from './store.ts'

/** What is written for a new destination. Throws `invalid_request` when its secrets do not fit its configuration. */
export async function valuesOfNew(
  seal: DestinationSeal,
  { organizationId, id }: { organizationId: string; id: string },
  input: CreateDestination,
  signingSecret: string | null,
): Promise<DestinationValues> {
  const secrets = sealableSecrets(input.type, input.config, input.secrets)
  return {
    ...(settingsOf(input) as DestinationValues),
    external_user_id: input.externalUserId,
    config: input.config,
    secrets: await seal.sealSecrets(organizationId, id, secrets),
    signing_secret: await seal.sealSigningSecret(organizationId, id, signingSecret),
    previous_signing_secret: null,
    previous_signing_secret_until: null,
  }
}

/**
 * What a change writes. Secrets that are not named stay, as far as the new configuration has use for them; another kind
 * of signature gets another secret. Throws `invalid_request` that names the fields.
 */
export async function valuesOfChange(
  seal: DestinationSeal,
  row: DestinationRow,
  changes: UpdateDestination,
): Promise<Partial<DestinationValues>> {
  const { organization_id: organizationId, id, type } = row
  const values = settingsOf(changes)
  if (changes.config !== undefined || changes.secrets !== undefined) {
    const config = parseFields(destinationTypes[type].config, changes.config ?? row.config, 'config')
    const before = wireSecrets(type, await seal.openSecrets(row))
    const kept = isOtherWay(row.config, config) ? { headers: before['headers'] ?? null } : before
    const secrets = mergeSecrets(type, kept, changes.secrets ?? {})
    values.config = config
    values.secrets = await seal.sealSecrets(organizationId, id, sealableSecrets(type, config, secrets))
  }
  if (changes.signing !== undefined && changes.signing !== row.signing) {
    const secret = signingSecretFor(changes.signing)
    values.signing_secret = await seal.sealSigningSecret(organizationId, id, secret)
    values.previous_signing_secret = null
    values.previous_signing_secret_until = null
  }
  return values
}

/** The secret of one way to authenticate is of no use for another. */
function isOtherWay(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  const wayOf = (config: Record<string, unknown>) => (config['authentication'] as { type?: string } | undefined)?.type
  return wayOf(before) !== wayOf(after)
}

function settingsOf(input: Omit<UpdateDestination, 'config' | 'secrets'>): Partial<DestinationValues> {
  const values = {
    name: input.name,
    signing: input.signing,
    svix_headers: input.svixHeaders,
    payload_format: input.payloadFormat,
    event_types: input.eventTypes,
    filter: input.filter,
    transform: input.transform,
    headers: input.headers,
    rate_limit: input.rateLimit,
    concurrency: input.concurrency,
    timeout_ms: input.timeoutMs,
    retry_schedule: input.retrySchedule,
    ordered: input.ordered,
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
