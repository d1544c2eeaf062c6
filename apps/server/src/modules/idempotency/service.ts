import { sha256Hex } from '@koble/core/crypto'
import { apiError } from '../../http/problems.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IdempotencyStore } from './store.ts'

export interface RepeatableRequest {
  organizationId: string
  /** The `Idempotency-Key` header. */
  key: string
  /** Caller, method, path and body: what makes it the same request. */
  content: string
}

export interface StoredAnswer {
  status: number
  body: unknown
  /** True when the answer is that of an earlier request. */
  replayed: boolean
}

export interface IdempotencyService {
  /**
   * Runs `work` once per key of the organization, and repeats the stored answer afterwards (for a day). Answers may
   * hold what is shown only once, so they are stored sealed. A failure leaves nothing behind: the next try runs again.
   */
  once(request: RepeatableRequest, status: number, work: () => Promise<unknown>): Promise<StoredAnswer>
  /** Forgets the answers that mention one of these words, in their key or their body; tells how many. */
  forgetMentions(organizationId: string, words: string[]): Promise<number>
}

export function createIdempotencyService(store: IdempotencyStore, encryption: EncryptionService): IdempotencyService {
  return {
    async once({ organizationId, key, content }, status, work) {
      if (key.length === 0 || key.length > 255) {
        throw apiError('invalid_request', 'An Idempotency-Key has 1 to 255 characters.')
      }
      const requestHash = sha256Hex(content)
      const context = { organizationId, table: 'idempotency_keys', row: key, column: 'sealed_body' }
      const earlier = await store.claim(organizationId, key, requestHash)
      if (earlier) {
        if (earlier.request_hash !== requestHash) {
          throw apiError('idempotency_key_reused', 'This Idempotency-Key was used with another request.')
        }
        if (earlier.status === null || earlier.sealed_body === null) {
          throw apiError('conflict', 'The first request with this Idempotency-Key is still under way.')
        }
        const body = JSON.parse(await encryption.decrypt(context, earlier.sealed_body))
        return { status: earlier.status, body, replayed: true }
      }
      let body: unknown
      try {
        body = await work()
      } catch (error) {
        await store.release(organizationId, key)
        throw error
      }
      await store.complete(organizationId, key, status, await encryption.encrypt(context, JSON.stringify(body)))
      return { status, body, replayed: false }
    },

    async forgetMentions(organizationId, words) {
      const mentions = mentionOf(words)
      let forgotten = 0
      for (let after = ''; ; ) {
        const rows = await store.listCompleted(organizationId, after, pageSize)
        for (const { key, sealed_body } of rows) {
          after = key
          const context = { organizationId, table: 'idempotency_keys', row: key, column: 'sealed_body' }
          const body = sealed_body === null ? '' : await encryption.decrypt(context, sealed_body)
          if (!mentions.test(key) && !mentions.test(body)) continue
          await store.release(organizationId, key)
          forgotten += 1
        }
        if (rows.length < pageSize) return forgotten
      }
    },
  }
}

const pageSize = 200

/** Finds any of the words, plain or as JSON writes it, where no letter or digit makes it a part of a longer one. */
function mentionOf(words: string[]): RegExp {
  const forms = new Set(words.flatMap((word) => [word, JSON.stringify(word).slice(1, -1)]))
  const alternatives = [...forms].map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}])`, 'u')
}
