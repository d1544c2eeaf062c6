import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { isDatabaseUnavailable } from '../database/client.ts'

const pauseMs = 200

/**
 * A pool for graphile-worker, which gives up for good when one statement of its own meets a broken connection. Here
 * such a statement waits until the database is back and is then sent again: all of them may be (they name the jobs
 * they change). `onLost` hears of each whose outcome is unknown. Once `isStopping`, nothing is waited for: what cannot
 * be told to the database any more is as if it had never happened, and the next node finds the jobs still locked.
 */
export function createPatientPool(pool: pg.Pool, options: { isStopping(): boolean; onLost(): void }): pg.Pool {
  async function connect(): Promise<pg.PoolClient | null> {
    for (;;) {
      try {
        return await pool.connect()
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error
        if (options.isStopping()) return null
        await sleep(pauseMs)
      }
    }
  }

  async function lend(): Promise<pg.PoolClient> {
    let client = await connect()
    let inTransaction = false

    async function query(...given: unknown[]): Promise<unknown> {
      if (isBegin(given[0])) inTransaction = true
      for (;;) {
        client ??= await connect()
        if (!client) return { rows: [], rowCount: 0 }
        try {
          return await (client.query as (...args: unknown[]) => Promise<unknown>)(...given)
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error
          options.onLost()
          client.release(true)
          client = null
          // What came before it in the transaction is lost as well, so its owner must begin again.
          if (inTransaction) throw error
        }
      }
    }
    const lent: Pick<pg.PoolClient, 'query' | 'release'> = {
      query: query as pg.PoolClient['query'],
      release(error) {
        client?.release(error)
        client = null
      },
    }
    return lent as pg.PoolClient
  }

  return new Proxy(pool, {
    get(target, name) {
      // With a callback it is the LISTEN connection, which graphile-worker renews by itself.
      if (name === 'connect') return (callback?: never) => (callback ? target.connect(callback) : lend())
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function isBegin(statement: unknown): boolean {
  return typeof statement === 'string' && /^\s*begin/i.test(statement)
}
