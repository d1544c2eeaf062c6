import { BlockList, isIP } from 'node:net'
import { KobleError } from '../errors/errors.ts'

/** The hosts that a test may reach. */
export interface ReachableHosts {
  /** `host` is a name or an address; one of IPv6 may stand in brackets. */
  has(host: string): boolean
}

/**
 * This machine (127.0.0.0/8, ::1, the unspecified addresses, `localhost` and the names below it), and what `allow`
 * lists: names, addresses, networks in CIDR. Throws `KobleError('validation')` for a network that is none.
 */
export function createReachableHosts(allow: readonly string[]): ReachableHosts {
  const addresses = new BlockList()
  addresses.addSubnet('127.0.0.0', 8, 'ipv4')
  addresses.addAddress('0.0.0.0', 'ipv4')
  addresses.addAddress('::1', 'ipv6')
  addresses.addAddress('::', 'ipv6')
  const names = new Set<string>()
  for (const entry of allow) {
    const [address = '', prefix] = entry.split('/')
    const family = familyOf(address)
    if (prefix !== undefined) {
      if (family === undefined || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv4' ? 32 : 128)) {
        throw new KobleError('validation', `“${entry}” is no network in CIDR notation.`, { status: 400 })
      }
      addresses.addSubnet(address, Number(prefix), family)
    } else if (family === undefined) names.add(entry.toLowerCase())
    else addresses.addAddress(address, family)
  }
  return {
    has(host) {
      const name = host.replace(/^\[|\]$/g, '').toLowerCase()
      // An address may name the interface it is reached by.
      const family = familyOf(name)
      if (family !== undefined)
        return addresses.check(name.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, ''), family)
      const plain = name.replace(/\.$/, '')
      return plain === 'localhost' || plain.endsWith('.localhost') || names.has(plain)
    },
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address.replace(/^::ffff:(?=\d+\.)/i, ''))
  return family === 0 ? undefined : family === 4 ? 'ipv4' : 'ipv6'
}
