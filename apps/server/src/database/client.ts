import { KobleError } from '@koble/core/errors'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { validate } from 'uuid'
import type { Tables } from './tables.ts'

export type Query = Kysely<Tables> | Transaction<Tables>
export type TenantTransaction = Transaction<Tables>

/**
 * The three ways into the database. `tenant` runs in a transaction that sees one organization; `system` sees rows of
 * all of them and is for look-ups by secret, batches and jobs; `owner` owns the schema and serves migrations and
 * partitions.
 */
export interface Database {
  tenant<Result>(organizationId: string, work: (transaction: TenantTransaction) => Promise<Result>): Promise<Result>
  system: Kysely<Tables>
  /** The pool below `system`, for hand-written statements on hot paths. */
  systemPool: pg.Pool
  ownerPool: pg.Pool
  /**
   * For the statements that deliveries are leased and ended by, sent by name and so planned once, without a look at the
   * sizes of tables that grow by thousands of rows between two looks: always by index. Their commits do not wait for the
   * disk: what a crash of the database takes along is sent again.
   */
  deliveryPool: pg.Pool
  /**
   * For the job engine's own statements (jobs are added elsewhere, with the data they speak of): the owner again, but
   * its commits do not wait for the disk. When a crash of the database takes the last of them along, jobs run again.
   */
  queuePool: pg.Pool
  /** How full the pools are, by name. */
  poolSizes(): Record<string, { total: number; idle: number; waiting: number }>
  close(): Promise<void>
}

// `int8` counts fit a double here; dates stay `Date`.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Opens the pools; connections are made when first needed. `onError` hears of idle connections that broke. */
export function openDatabase(url: string, onError: (error: Error) => void): Database {
  const open = (options: string | undefined, max: number) => {
    const pool = new pg.Pool({ connectionString: url, max, options, connectionTimeoutMillis: 5000, keepAlive: true })
    // A broken idle connection is the pool's to replace; without these handlers it would end the process.
    pool.on('error', onError)
    pool.on('connect', (client) => client.on('error', onError))
    return pool
  }
  const appPool = open('-c role=koble_app', 12)
  const systemPool = open('-c role=koble_system', 10)
  const deliveryPool = open(
    '-c role=koble_system -c synchronous_commit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off',
    6,
  )
  const ownerPool = open(undefined, 5)
  const queuePool = open('-c synchronous_commit=off', 10)
  const app = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: appPool }) })
  const system = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: systemPool }) })
  return {
    async tenant(organizationId, work) {
      if (!validate(organizationId)) throw new KobleError('internal_error', 'No organization was named')
      return await app.transaction().execute(async (transaction) => {
        await sql`SELECT set_config('koble.organization_id', ${organizationId}, true)`.execute(transaction)
        return await work(transaction)
      })
    },
    system,
    systemPool,
    deliveryPool,
    ownerPool,
    queuePool,
    poolSizes() {
      const sizeOf = ({ totalCount: total, idleCount: idle, waitingCount: waiting }: pg.Pool) => ({
        total,
        idle,
        waiting,
      })
      return {
        tenant: sizeOf(appPool),
        system: sizeOf(systemPool),
        delivery: sizeOf(deliveryPool),
        owner: sizeOf(ownerPool),
        queue: sizeOf(queuePool),
      }
    },
    async close() {
      await Promise.all([app.destroy(), system.destroy(), deliveryPool.end(), ownerPool.end(), queuePool.end()])
    },
  }
}

/** One connection of its own, for LISTEN and session locks; not yet connected. */
export function openClient(url: string): pg.Client {
  return new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5000 })
}

/** PostgreSQL's codes for "not reachable now": connection failures, shutdown, start-up, too many clients, full disk. */
const unavailableCodes = /^(08|57P0|53)/

/** Whether an error says that the database cannot be used at the moment, so that the caller should come back. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string') return unavailableCodes.test(code) || /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH)/.test(code)
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  )
}
