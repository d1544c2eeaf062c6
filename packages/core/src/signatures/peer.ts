import ipaddr from 'ipaddr.js'
import { PEER_REFUSED, SECRET_MISSING, VERIFIED } from './results.ts'
import { schemeError } from './scheme-error.ts'
import type { AddressScheme, ClientCertificateScheme, Delivery, SignatureResult } from './signature-scheme.ts'
import { isAmongNames } from './subject-names.ts'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

const FINGERPRINT = /^[0-9a-f]{64}$/
const networks = new WeakMap<AddressScheme, Network[]>()

/** Whether the sender's address is in one of the networks; IPv4 written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
export function verifyAddress(scheme: AddressScheme, { remoteAddress }: Delivery): SignatureResult {
  const allowed = networksOf(scheme)
  if (remoteAddress === undefined || !ipaddr.isValid(remoteAddress)) return PEER_REFUSED
  const address = ipaddr.process(remoteAddress)
  const isAllowed = allowed.some(([network, bits]) => {
    return network.kind() === address.kind() && address.match(network, bits)
  })
  return isAllowed ? VERIFIED : PEER_REFUSED
}

/** Whether a client certificate that the TLS server found good is one of those allowed. */
export function verifyClientCertificate(
  scheme: ClientCertificateScheme,
  { clientCertificate: shown }: Delivery,
  secrets: readonly string[],
): SignatureResult {
  const names = scheme.subjectNames
  if (names === undefined && scheme.pinned !== true) throw schemeError('allows every client certificate')
  const fingerprints = secrets.map(fingerprint).filter((text) => FINGERPRINT.test(text))
  if (scheme.pinned && fingerprints.length === 0) return SECRET_MISSING
  if (shown?.authorized !== true) return PEER_REFUSED
  if (names && !isAmongNames(shown.subjectNames, names)) return PEER_REFUSED
  if (scheme.pinned && !fingerprints.includes(fingerprint(shown.fingerprint256))) return PEER_REFUSED
  return VERIFIED
}

function networksOf(scheme: AddressScheme): Network[] {
  let found = networks.get(scheme)
  if (found === undefined) {
    found = scheme.networks.map(parseNetwork)
    if (found.length === 0) throw schemeError('allows no address')
    networks.set(scheme, found)
  }
  return found
}

function parseNetwork(text: string): Network {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    const address = ipaddr.process(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    throw schemeError('names a network that is none')
  }
}

function fingerprint(text: string): string {
  return text.replaceAll(':', '').trim().toLowerCase()
}
