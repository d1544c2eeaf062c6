import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { Agent, buildConnector } from 'undici'
import { KobleError } from '../errors/errors.ts'
import { type AddressGuard, type AddressPolicy, createAddressGuard } from './address-guard.ts'
import { guardedLookup } from './guarded-lookup.ts'

/**
 * A certificate with which the client shows a service who it is (mutual TLS): PEM texts, or the bytes of a PKCS #12 file
 * (`.p12`, `.pfx`), which holds both.
 */
export type ClientCertificate = ({ certificate: string; privateKey: string } | { pfx: Uint8Array }) & {
  /** Of the private key or the file, where that is encrypted. */
  passphrase?: string
  /** PEM. Servers are then trusted by these authorities only, in place of those that Node knows. */
  ca?: string | readonly string[]
}

/** How `createAgent` connects. */
export interface AgentOptions extends AddressPolicy {
  /** Until the connection (TLS included) stands. 5,000 unless said otherwise. */
  connectTimeoutMs?: number
  /** Until the response headers; `forward` and the guarded fetch bring their own. 30,000 unless said otherwise. */
  headersTimeoutMs?: number
  /** Between two chunks of a response body. 30,000 unless said otherwise. */
  bodyTimeoutMs?: number
  /** Further calls to the same origin wait for a free connection. 128 unless said otherwise. */
  connectionsPerOrigin?: number
  /** Resolves names instead of the system's resolver; asked for all addresses of a name. */
  lookup?: LookupFunction
  /** Shown to every server that asks for one, so make an agent for each service that does. */
  clientCertificate?: ClientCertificate
}

/** A larger message ends its socket: it would have to be held in memory as a whole. */
const webSocketMessageBytesMax = 4 * 1024 * 1024

/**
 * Makes the connection pool that every call out goes through. The address is checked at the moment of connecting, on
 * each new connection: a name is resolved once and only its checked addresses are connected to, so that an answer of
 * the resolver that changes in between (DNS rebinding) gains nothing. A refused address fails the call with
 * `KobleError('private_address')`. Proxy variables of the environment are not read. HTTP/1.1 only: an aborted call
 * then ends with its connection, and no call suffers from another one's reset.
 *
 * @throws KobleError `client_certificate_invalid` when certificate, key, passphrase and authorities do not go together.
 */
export function createAgent(options: AgentOptions): Agent {
  const guard = createAddressGuard(options)
  return new Agent({
    connect: guardedConnector(guard, options),
    allowH2: false,
    connections: options.connectionsPerOrigin ?? 128,
    headersTimeout: options.headersTimeoutMs ?? 30_000,
    bodyTimeout: options.bodyTimeoutMs ?? 30_000,
    webSocket: { maxPayloadSize: webSocketMessageBytesMax },
  })
}

function guardedConnector(guard: AddressGuard, options: AgentOptions): buildConnector.connector {
  const lookup = options.lookup ?? (systemLookup as LookupFunction)
  const secureContext = options.clientCertificate && openCertificate(options.clientCertificate)
  // A lookup is not told the port, so each port that the policy singles out gets a connector of its own; all others
  // share one, under 0.
  const connectors = new Map<number, buildConnector.connector>()
  for (const port of [0, ...guard.ports]) {
    connectors.set(
      port,
      buildConnector({
        timeout: options.connectTimeoutMs ?? 5_000,
        allowH2: false,
        autoSelectFamily: true,
        lookup: guardedLookup(guard, port, lookup),
        ...(secureContext && { secureContext }),
      } as buildConnector.BuildOptions),
    )
  }
  const shared = connectors.get(0) as buildConnector.connector

  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
    // Neither net nor tls calls lookup for an address that is written out.
    if (isIP(target.hostname) !== 0) {
      try {
        guard.check(target.hostname, port)
      } catch (error) {
        callback(error as Error, null)
        return
      }
    }
    const connector = connectors.get(port) ?? shared
    connector(target, callback)
  }
}

/** Reads it now, so that a wrong passphrase does not fail each call in place of the one that set it. */
function openCertificate(own: ClientCertificate): SecureContext {
  const { passphrase, ca } = own
  const identity: SecureContextOptions =
    'pfx' in own ? { pfx: Buffer.from(own.pfx) } : { cert: own.certificate, key: own.privateKey }
  try {
    return createSecureContext({
      ...identity,
      ...(passphrase !== undefined && { passphrase }),
      ...(ca !== undefined && { ca: [ca].flat() as string[] }),
    })
  } catch (cause) {
    throw new KobleError('client_certificate_invalid', 'The client certificate or its private key cannot be read.', {
      status: 422,
      cause,
    })
  }
}

/**
 * Checks what can be checked of a URL without resolving it and returns it: http or https, and no user name or
 * password. Throws `KobleError('invalid_request')`.
 */
export function assertHttpUrl(url: URL): URL {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new KobleError('invalid_request', 'Only http and https addresses can be called.', { status: 400 })
  }
  if (url.username !== '' || url.password !== '') {
    throw new KobleError('invalid_request', 'A URL must not carry a user name or password.', { status: 400 })
  }
  return url
}
