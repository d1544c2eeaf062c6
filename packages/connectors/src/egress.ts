import { isIP, type LookupFunction } from 'node:net'
import { createAddressGuard, guardedLookup } from '@koble/core/http'
import type { SenderEnvironment } from './sender.ts'

/** The way out of this machine: which addresses a sender may connect to. */
export interface Egress {
  /**
   * For the options of a socket: checks an address that is written out now, and a name when the socket resolves it.
   * Throws `KobleError('private_address')`.
   */
  lookupFor(host: string, port: number): LookupFunction
  /**
   * The addresses of a host that may be connected to, for clients that cannot be given a `lookup`: hand them one of
   * these in place of the name, so that nothing is resolved again. Rejects with `KobleError('private_address')`, or with
   * what the resolver says.
   */
  resolve(host: string, port: number): Promise<string[]>
}

/** Makes the way out that the environment allows. */
export function createEgress(environment: Pick<SenderEnvironment, 'allowedPrivateNetworks' | 'lookup'>): Egress {
  const guard = createAddressGuard(environment)
  function lookupFor(host: string, port: number): LookupFunction {
    const bare = host.replace(/^\[|\]$/g, '')
    if (isIP(bare) !== 0) guard.check(bare, port)
    return guardedLookup(guard, port, environment.lookup)
  }
  return {
    lookupFor,
    resolve(host, port) {
      return new Promise((resolve, reject) => {
        const bare = host.replace(/^\[|\]$/g, '')
        const lookup = lookupFor(host, port)
        if (isIP(bare) !== 0) {
          resolve([bare])
          return
        }
        lookup(bare, { all: true }, (error, found) => {
          if (error) reject(error)
          else resolve([found].flat().map((entry) => (typeof entry === 'string' ? entry : entry.address)))
        })
      })
    },
  }
}
