import { KobleError } from '@koble/core/errors'
import type { Query } from '../../database/client.ts'
import { meaningOfError } from './judge-answer.ts'
import { nextReview, nextTry } from './plan.ts'
import type { Placed, RegistrationChanges, RegistrationRow, RegistrationStore } from './store.ts'
import type { Tell } from './tell.ts'

/** How a row is worked on. */
export interface WorkOptions {
  /** It was written a moment ago: nothing of it can be at the provider. */
  isNew?: boolean
  /** Look now, whatever is planned. */
  isAsked?: boolean
  /** This is the last chance to remove it. */
  isLast?: boolean
}

/** Codes that tell of the connection, not of the registration: it may be connected again. */
const ofConnection = new Set(['connection_not_usable', 'approval_required', 'conflict', 'forbidden_at_provider'])

/** Writes a failure down, with when it is tried again; tells of it once when that is never. */
export function createWriteFailure(parts: {
  store: RegistrationStore
  tell: Tell
  log: { warn(details: object, message: string): void }
}) {
  const { store, tell } = parts
  return async (
    row: RegistrationRow,
    error: unknown,
    { isNew = false, isLast = false, isAsked = false }: WorkOptions,
  ) => {
    const lease = row.lease ?? ''
    if (!(error instanceof KobleError)) parts.log.warn({ err: error, registrationId: row.id }, 'a registration failed')
    const now = (await store.find(row.organization_id, row.id)) ?? row
    const isRemoval = row.status === 'removing'
    const { code, message } =
      error instanceof KobleError ? error : { code: 'internal_error', message: 'Something went wrong.' }
    const details = error instanceof KobleError ? error.details : {}
    const attempts = (isAsked ? 0 : row.attempts) + 1
    const asked = typeof details['retryAfterMs'] === 'number' ? details['retryAfterMs'] : 0
    const passes = meaningOfError(error) === 'again'
    const nextAt = passes && !isLast ? nextTry(attempts, asked) : null
    const partial = details['placed'] as Placed | undefined
    const changes: RegistrationChanges = {
      attempts,
      error_code: code,
      error_message: message,
      next_at: nextAt,
      // What was refused at once was not done.
      ...(isNew && !passes && !partial && { in_doubt: false }),
      ...(partial && { stale: JSON.stringify([...now.stale, placedOnly(partial)]) }),
    }
    if (nextAt !== null) return await store.write(row, lease, changes)
    if (isRemoval) {
      const left: RegistrationChanges = { ...changes, status: 'failed', error_code: 'not_removed' }
      const also = (query: Query) => tell(row, 'not_removed', { code: 'not_removed', message }, query)
      return await store.write(row, lease, left, { also })
    }
    if (ofConnection.has(code) || (passes && row.status === 'failed')) changes.next_at = nextReview()
    const also = (query: Query) => (row.told ? Promise.resolve() : tell(row, 'failed', { code, message }, query))
    return await store.write(row, lease, { ...changes, status: 'failed', todo: null, told: true }, { also })
  }
}

const placedOnly = ({ externalIds, facts }: Placed): Placed => ({ externalIds, facts })
