import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { AddressGuard } from './address-guard.ts'

/**
 * Makes the `lookup` of a socket that only connects where the guard allows, for clients of protocols other than HTTP: a
 * name is resolved once, and only its checked addresses are connected to, so that an answer of the resolver that changes
 * in between (DNS rebinding) gains nothing. A refused name fails with `KobleError('private_address')`. A lookup is not
 * told the port, so make one for each. Sockets do not look up an address that is written out: hand that to `check` of
 * the guard.
 *
 * @param lookup Resolves names instead of the system's resolver; asked for all addresses of a name.
 */
export function guardedLookup(
  guard: AddressGuard,
  port: number,
  lookup: LookupFunction = systemLookup as LookupFunction,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, [])
        return
      }
      try {
        const found = Array.isArray(addresses) ? addresses : []
        const selected = guard.select(found, port)
        const first = selected[0]
        if (options.all || first === undefined) callback(null, selected)
        else callback(null, first.address, first.family)
      } catch (refusal) {
        callback(refusal as Error, [])
      }
    })
  }
}
