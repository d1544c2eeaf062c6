import type { QueuedRequest } from '@koble/contract/queued-requests'
import { sql } from 'kysely'
import type { Database, TenantTransaction } from '../../database/client.ts'

export interface NewQueuedRequest {
  id: string
  organizationId: string
  integrationId: string
  connectionId: string
  provider: string
  actor: object
  method: string
  path: string
  sealedRequest: string
  attempts: number
  nextAttemptAt: Date
  responseStatus: number | null
  errorCode: string | null
  errorMessage: string | null
  callbackUrl: string | null
}

export interface AttemptEnd {
  status: 'queued' | 'succeeded' | 'failed' | 'dead'
  /** For `queued` only. */
  nextAttemptAt: Date | null
  responseStatus: number | null
  errorCode: string | null
  errorMessage: string | null
  sealedResponse: string | null
}

/** The engine's own attempts, for what is no failure of the third party: a restart, a database that is away. */
const jobAttemptsMax = 25
const callbackAttemptsMax = 12

export function createQueuedRequestStore(database: Database) {
  /** The job that makes the next attempt, in the transaction that plans it. */
  async function addAttempt(
    query: TenantTransaction,
    organizationId: string,
    row: { id: string; generation: number },
    at: Date,
  ) {
    const payload = JSON.stringify({ organizationId, id: row.id, generation: row.generation })
    await sql`SELECT add_job('queued-requests.attempt', ${payload}::json, ${jobAttemptsMax}, ${at})`.execute(query)
  }

  async function addCallback(query: TenantTransaction, organizationId: string, id: string): Promise<void> {
    const payload = JSON.stringify({ organizationId, id })
    await sql`SELECT add_job('queued-requests.callback', ${payload}::json, ${callbackAttemptsMax})`.execute(query)
  }

  return {
    async insert(request: NewQueuedRequest) {
      return await database.tenant(request.organizationId, async (transaction) => {
        const row = await transaction
          .insertInto('queued_requests')
          .values({
            id: request.id,
            organization_id: request.organizationId,
            integration_id: request.integrationId,
            connection_id: request.connectionId,
            provider_id: request.provider,
            actor: JSON.stringify(request.actor),
            method: request.method,
            path: request.path,
            sealed_request: request.sealedRequest,
            attempts: request.attempts,
            next_attempt_at: request.nextAttemptAt,
            response_status: request.responseStatus,
            error_code: request.errorCode,
            error_message: request.errorMessage,
            callback_url: request.callbackUrl,
            callback_status: request.callbackUrl === null ? null : 'pending',
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        await addAttempt(transaction, request.organizationId, row, request.nextAttemptAt)
        return row
      })
    },
    async find(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('queued_requests').selectAll().where('id', '=', id).executeTakeFirst(),
      )
    },
    async list(
      organizationId: string,
      filter: { limit: number; after: string | null; status?: QueuedRequest['status']; connectionId?: string },
    ) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('queued_requests')
          .selectAll()
          .$if(filter.after !== null, (select) => select.where('id', '<', filter.after))
          .$if(filter.status !== undefined, (select) => select.where('status', '=', filter.status ?? 'queued'))
          .$if(filter.connectionId !== undefined, (select) =>
            select.where('connection_id', '=', filter.connectionId ?? ''),
          )
          .orderBy('id', 'desc')
          .limit(filter.limit + 1)
          .execute(),
      )
    },
    /**
     * Takes the attempt for the job of that generation; undefined when the plan has changed since. `wasRunning` says that
     * the same job had begun before and nobody knows how far it came.
     */
    async claim(organizationId: string, id: string, generation: number) {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction
          .selectFrom('queued_requests')
          .selectAll()
          .where('id', '=', id)
          .where('generation', '=', generation)
          .where('status', 'in', ['queued', 'running'])
          .forUpdate()
          .executeTakeFirst()
        if (!row) return undefined
        await transaction
          .updateTable('queued_requests')
          .set({ status: 'running', attempts: row.attempts + 1, next_attempt_at: null })
          .where('id', '=', id)
          .execute()
        return { ...row, attempts: row.attempts + 1, wasRunning: row.status === 'running' }
      })
    },
    /** Writes down how an attempt ended, with the job that follows from it; does nothing when the plan has changed. */
    async end(organizationId: string, id: string, generation: number, end: AttemptEnd) {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction
          .updateTable('queued_requests')
          .set({
            status: end.status,
            generation: generation + 1,
            next_attempt_at: end.nextAttemptAt,
            response_status: end.responseStatus,
            error_code: end.errorCode,
            error_message: end.errorMessage,
            sealed_response: end.sealedResponse,
            finished_at: end.status === 'queued' ? null : new Date(),
          })
          .where('id', '=', id)
          .where('generation', '=', generation)
          .returningAll()
          .executeTakeFirst()
        if (row && end.nextAttemptAt) await addAttempt(transaction, organizationId, row, end.nextAttemptAt)
        if (row && end.status !== 'queued' && row.callback_url !== null)
          await addCallback(transaction, organizationId, id)
        return row
      })
    },
    /** Plans an attempt for now, whatever was planned; undefined while one is under way, or when it has succeeded. */
    async retryNow(organizationId: string, id: string) {
      return await database.tenant(organizationId, async (transaction) => {
        const row = await transaction
          .updateTable('queued_requests')
          .set((expression) => ({
            status: 'queued',
            generation: expression('generation', '+', 1),
            next_attempt_at: new Date(),
            finished_at: null,
            callback_status: sql`CASE WHEN callback_url IS NOT NULL THEN 'pending' END`,
          }))
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'failed', 'dead', 'cancelled'])
          .returningAll()
          .executeTakeFirst()
        if (row) await addAttempt(transaction, organizationId, row, new Date())
        return row
      })
    },
    /** Gives it up, also while an attempt is under way, whose end then counts for nothing. */
    async cancel(organizationId: string, id: string) {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .updateTable('queued_requests')
          .set((expression) => ({
            status: 'cancelled',
            generation: expression('generation', '+', 1),
            next_attempt_at: null,
            finished_at: new Date(),
          }))
          .where('id', '=', id)
          .where('status', 'in', ['queued', 'running'])
          .returningAll()
          .executeTakeFirst(),
      )
    },
    async setCallbackStatus(organizationId: string, id: string, status: 'delivered' | 'failed'): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction.updateTable('queued_requests').set({ callback_status: status }).where('id', '=', id).execute(),
      )
    },
    async findCallbackSecret(organizationId: string): Promise<string | undefined> {
      const row = await database.tenant(organizationId, (transaction) =>
        transaction.selectFrom('callback_secrets').select('sealed_secret').executeTakeFirst(),
      )
      return row?.sealed_secret
    },
    /** Unless another node was faster. */
    async addCallbackSecret(organizationId: string, sealedSecret: string): Promise<void> {
      await database.tenant(organizationId, (transaction) =>
        transaction
          .insertInto('callback_secrets')
          .values({ organization_id: organizationId, sealed_secret: sealedSecret })
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      )
    },
    async purge(before: Date): Promise<void> {
      await database.system.deleteFrom('queued_requests').where('finished_at', '<', before).execute()
    },
  }
}

export type QueuedRequestStore = ReturnType<typeof createQueuedRequestStore>
export type QueuedRequestRecord = NonNullable<Awaited<ReturnType<QueuedRequestStore['find']>>>
