import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { KobleError } from '../errors/errors.ts'

/** Which addresses may be called beside the public ones. */
export interface AddressPolicy {
  /**
   * Networks in CIDR form or single addresses, each optionally for one port only: `10.1.0.0/16`, `127.0.0.1`,
   * `127.0.0.1/32:4001`, `fd00::/8`, `[::1]:4001`, `[fd00::/8]:443`.
   */
  allowedPrivateNetworks: readonly string[]
}

/** Decides which addresses may be connected to. */
export interface AddressGuard {
  /** The ports that the policy singles out. */
  readonly ports: ReadonlySet<number>
  /** Throws `KobleError('private_address')` unless the address is public or listed for this port. */
  check(address: string, port: number): void
  /**
   * The addresses of a resolved name that may be connected to. One refused address refuses the name, so that a name
   * cannot mix public and private ones; the exception is a name whose other addresses are all listed by the operator
   * (`localhost` with only `127.0.0.1` listed).
   */
  select(addresses: readonly LookupAddress[], port: number): LookupAddress[]
}

/**
 * Makes a guard that lets through globally routable unicast addresses and what the policy lists, nothing else:
 * loopback, private, link-local (cloud metadata), shared, multicast, documentation and reserved ranges are refused, in
 * IPv4 and IPv6, and so are the IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 * Ranges: https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry.
 * Throws `KobleError('invalid_request')` when an entry of the policy cannot be read.
 */
export function createAddressGuard(policy: AddressPolicy): AddressGuard {
  const networks = policy.allowedPrivateNetworks.map(parseNetwork)

  function judge(text: string, port: number): 'public' | 'listed' | 'refused' {
    const address = parseAddress(text)
    if (address === undefined) return 'refused'
    for (const network of networks) {
      if (network.port !== undefined && network.port !== port) continue
      if (network.address.kind() === address.kind() && address.match(network.address, network.prefix)) return 'listed'
    }
    return isPublic(address) ? 'public' : 'refused'
  }

  return {
    ports: new Set(networks.flatMap(({ port }) => (port === undefined ? [] : [port]))),
    check(address, port) {
      if (judge(address, port) === 'refused') throw refusal()
    },
    select(addresses, port) {
      const judged = addresses.map((entry) => ({ entry, verdict: judge(entry.address, port) }))
      const permitted = judged.filter(({ verdict }) => verdict !== 'refused')
      if (permitted.length === judged.length && permitted.length > 0) return [...addresses]
      if (permitted.length === 0 || permitted.some(({ verdict }) => verdict === 'public')) throw refusal()
      return permitted.map(({ entry }) => entry)
    },
  }
}

/** The message leaves out the address: whoever named the host must not learn what our resolver makes of it. */
function refusal(): KobleError {
  return new KobleError(
    'private_address',
    'The address is private or reserved and is not on the list of allowed networks.',
    {
      status: 400,
    },
  )
}

interface Network {
  address: IPv4 | IPv6
  prefix: number
  port: number | undefined
}

function parseNetwork(entry: string): Network {
  const bracketed = /^\[([^\]/]+)(\/\d+)?\](?::(\d+))?$/.exec(entry)
  const v4 = /^([\d.]+)(\/\d+)?(?::(\d+))?$/.exec(entry)
  const plain = /^([0-9a-f:.]+)(\/\d+)?$/i.exec(entry)
  const match = bracketed ?? v4 ?? plain
  const cidr = `${match?.[1] ?? ''}${match?.[2] ?? ''}`
  const port = match?.[3] === undefined ? undefined : Number(match[3])
  const [text = '', prefixText] = cidr.split('/')
  const address = isIP(text) === 0 ? undefined : ipaddr.parse(text)
  const bits = address?.kind() === 'ipv4' ? 32 : 128
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (address === undefined || prefix > bits || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new KobleError('invalid_request', `“${entry}” is neither a network nor an address (with an optional port).`, {
      status: 400,
    })
  }
  return { address, prefix, port }
}

function parseAddress(text: string): IPv4 | IPv6 | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  // ipaddr.js alone would also read `0x7f.1` and friends; by now an address is in canonical form or it is none.
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare)
}

/** The only block from which global unicast addresses are given out (RFC 4291, section 2.4, and IANA's registry). */
const globalUnicast = ipaddr.parseCIDR('2000::/3') as [IPv6, number]

function isPublic(address: IPv4 | IPv6): boolean {
  if (address.range() !== 'unicast') return false
  // ipaddr.js reports everything it has no name for as unicast, IPv4-compatible `::7f00:1` among it.
  return address.kind() === 'ipv4' || (address as IPv6).match(globalUnicast)
}
