import { isIP, type LookupFunction } from 'node:net'
import type { Broker, CallbackWithPromise, Connection, ConnectionPool, NetworkError } from '@platformatic/kafka'
import type { Egress } from '../egress.ts'

type Get = (broker: Broker, callback: CallbackWithPromise<Connection>) => void

/** The way of a client's connections through the egress check. */
export interface ConnectionGuard {
  /** For the client's TLS options: answers with the addresses checked before, and resolves nothing itself. */
  lookup: LookupFunction
  /** Checks every broker that this pool connects to, those that others advertise included. */
  watch(pool: ConnectionPool): void
}

/**
 * Makes the guard for one client of Kafka. Whichever broker answers first tells the client to which hosts to go on, so
 * each of them is checked, and the connection goes to a checked address: without TLS by the address itself, with TLS by
 * the name, which the certificate has to match.
 */
export function guardConnections(egress: Egress, withTls: boolean, Failure: typeof NetworkError): ConnectionGuard {
  const checked = new Map<string, string[]>()
  return {
    lookup(hostname, options, callback) {
      const found = (checked.get(hostname) ?? []).map((address) => ({ address, family: isIP(address) }))
      const [first] = found
      if (first === undefined) callback(Object.assign(new Error('not checked'), { code: 'ENOTFOUND' }), [])
      else if (options.all) callback(null, found)
      else callback(null, first.address, first.family)
    },
    watch(pool) {
      const get: Get = pool.get.bind(pool)
      const guarded: Get = (broker, callback) => {
        egress.resolve(broker.host, broker.port).then(
          (addresses) => {
            checked.set(broker.host, addresses)
            get(withTls ? broker : { ...broker, host: addresses[0] ?? broker.host }, callback)
          },
          // A refusal does not pass by itself, and the client would try it again.
          (cause) => callback(new Failure('Not connected.', { cause, canRetry: false }), undefined as never),
        )
      }
      pool.get = guarded as typeof pool.get
    },
  }
}
