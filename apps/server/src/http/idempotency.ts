import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../database/client.ts'
import type { EncryptionService } from '../modules/encryption/service.ts'
import { apiError } from './problems.ts'

export interface Idempotency {
  /**
   * Runs `work` once per `Idempotency-Key` of the organization, and repeats the stored answer afterwards (for a day).
   * Answers may hold what is shown once, so they are stored sealed. Without the header it just runs.
   */
  once(request: FastifyRequest, reply: FastifyReply, work: () => Promise<unknown>): Promise<unknown>
}

/** Idempotent creation on the table `idempotency_keys`. */
export function createIdempotency(database: Database, encryption: EncryptionService): Idempotency {
  return {
    async once(request, reply, work) {
      const key = request.headers['idempotency-key']
      if (key === undefined) return await work()
      if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
        throw apiError('invalid_request', 'An Idempotency-Key has 1 to 255 characters.')
      }
      const { organizationId } = request.actor
      const body = JSON.stringify(request.body ?? null)
      const requestHash = createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex')
      const context = { organizationId, table: 'idempotency_keys', row: key, column: 'sealed_body' }

      const earlier = await database.tenant(organizationId, async (transaction) => {
        const inserted = await transaction
          .insertInto('idempotency_keys')
          .values({ organization_id: organizationId, key, request_hash: requestHash, status: null, sealed_body: null })
          .onConflict((conflict) => conflict.doNothing())
          .returning('key')
          .executeTakeFirst()
        if (inserted) return null
        return await transaction.selectFrom('idempotency_keys').selectAll().where('key', '=', key).executeTakeFirst()
      })
      if (earlier) {
        if (earlier.request_hash !== requestHash) {
          throw apiError('idempotency_key_reused', 'This Idempotency-Key was used with another request.')
        }
        if (earlier.status === null || earlier.sealed_body === null) {
          throw apiError('conflict', 'The first request with this Idempotency-Key is still under way.')
        }
        reply.status(earlier.status).header('idempotent-replayed', 'true')
        return JSON.parse(await encryption.decrypt(context, earlier.sealed_body))
      }

      try {
        const answer = await work()
        const sealed = await encryption.encrypt(context, JSON.stringify(answer))
        await database.tenant(organizationId, (transaction) =>
          transaction
            .updateTable('idempotency_keys')
            .set({ status: reply.statusCode, sealed_body: sealed })
            .where('key', '=', key)
            .execute(),
        )
        return answer
      } catch (error) {
        await database.tenant(organizationId, (transaction) =>
          transaction.deleteFrom('idempotency_keys').where('key', '=', key).execute(),
        )
        throw error
      }
    },
  }
}
