import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { KobleError } from '../errors/errors.ts'

/** Addresses and networks from which calls are let in. */
export interface AddressList {
  /** True when the list names nobody, and so lets everybody in. */
  readonly isEmpty: boolean
  /** Whether the address is on the list; an empty list holds every address. What is no address is on none. */
  includes(address: string): boolean
  /** Whether every address of the other list is on this one too. */
  covers(other: AddressList): boolean
  /** The networks, read; for comparing lists. */
  readonly networks: readonly AddressNetwork[]
}

interface AddressNetwork {
  address: IPv4 | IPv6
  prefix: number
}

/**
 * A list of networks in CIDR form or single addresses: `192.0.2.0/24`, `192.0.2.7`, `2001:db8::/32`. An IPv4 address
 * that arrives in its IPv6 form (`::ffff:192.0.2.7`, as a socket open to both gives it) counts as what it is, on either
 * side. Throws `KobleError('invalid_request')` when an entry cannot be read.
 */
export function createAddressList(entries: readonly string[]): AddressList {
  const networks = entries.map(parseNetwork)
  const isEmpty = networks.length === 0
  const holds = (outer: AddressNetwork, inner: AddressNetwork) =>
    outer.address.kind() === inner.address.kind() &&
    inner.prefix >= outer.prefix &&
    inner.address.match(outer.address, outer.prefix)
  return {
    isEmpty,
    networks,
    includes(text) {
      if (isEmpty) return true
      const address = parseAddress(text)
      return address !== undefined && networks.some((network) => holds(network, toNetwork(address)))
    },
    covers(other) {
      if (isEmpty) return true
      if (other.isEmpty) return false
      return other.networks.every((inner) => networks.some((outer) => holds(outer, inner)))
    },
  }
}

const mappedPrefixBits = 96

function parseNetwork(entry: string): AddressNetwork {
  const [text = '', prefixText, ...rest] = entry.split('/')
  const address = isIP(text) === 0 || text.includes('%') ? undefined : ipaddr.parse(text)
  const bits = address?.kind() === 'ipv4' ? 32 : 128
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1
  if (address === undefined || rest.length > 0 || prefix < 0 || prefix > bits) {
    throw new KobleError('invalid_request', `“${entry}” is neither an address nor a network.`, { status: 400 })
  }
  const mapped = address.kind() === 'ipv6' && (address as IPv6).isIPv4MappedAddress() && prefix >= mappedPrefixBits
  return mapped
    ? { address: (address as IPv6).toIPv4Address(), prefix: prefix - mappedPrefixBits }
    : { address, prefix }
}

function parseAddress(text: string): IPv4 | IPv6 | undefined {
  // A zone says through which interface an address was reached, not which it is.
  const bare = text.replace(/%.*$/, '')
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare)
}

const toNetwork = (address: IPv4 | IPv6): AddressNetwork => ({ address, prefix: address.kind() === 'ipv4' ? 32 : 128 })
