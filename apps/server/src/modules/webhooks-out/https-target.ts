import { isIP, type LookupFunction } from 'node:net'
import { KobleError } from '@koble/core/errors'
import { type AgentPool, assertHttpUrl, createAddressGuard, createAddressList, createAgentPool } from '@koble/core/http'

/** The ways to receivers: to all over https, and to those of the allowed private networks over plain http too. */
export interface ReceiverAgents {
  secure: AgentPool
  /** Connects to no address but those of the allowed private networks. */
  plain: AgentPool
  /** Throws `address_refused` when plain http leads to a written-out address that is not allowed. */
  checkPlainHost(hostname: string): void
  /**
   * Resolves the host of a URL and looks at its addresses as a connection would. A name that does not resolve now passes:
   * it is looked at again whenever something is sent. Throws `private_address` and `address_refused`.
   */
  check(url: URL): Promise<void>
  close(): Promise<void>
}

/** Makes them; `lookup` resolves names instead of the system's resolver. */
export function createReceiverAgents(options: {
  allowedPrivateNetworks: readonly string[]
  lookup: LookupFunction
}): ReceiverAgents {
  const { allowedPrivateNetworks, lookup } = options
  const networks = createAddressList(allowedPrivateNetworks.map(withoutPort))
  const isAllowed = (address: string) => !networks.isEmpty && networks.includes(address)
  const onlyAllowed: LookupFunction = (hostname, lookupOptions, callback) =>
    lookup(hostname, { ...lookupOptions, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const addresses = Array.isArray(found) ? found : []
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      if (allowed.length === 0) callback(plainRefused(), [])
      else callback(null, allowed)
    })
  const guard = createAddressGuard({ allowedPrivateNetworks })
  const secure = createAgentPool({ allowedPrivateNetworks, lookup })
  const plain = createAgentPool({ allowedPrivateNetworks, lookup: onlyAllowed })
  return {
    secure,
    plain,
    checkPlainHost(hostname) {
      const bare = hostname.replace(/^\[|\]$/g, '')
      if (isIP(bare) !== 0 && !isAllowed(bare)) throw plainRefused()
    },
    async check({ protocol, hostname, port: written }) {
      const bare = hostname.replace(/^\[|\]$/g, '')
      const port = Number(written) || (protocol === 'https:' ? 443 : 80)
      if (isIP(bare) !== 0) return guard.check(bare, port)
      const resolve = protocol === 'http:' ? onlyAllowed : lookup
      await new Promise<void>((done, fail) => {
        resolve(bare, { all: true }, (error, found) => {
          if (error) return error instanceof KobleError ? fail(error) : done()
          try {
            guard.select(Array.isArray(found) ? found : [], port)
            done()
          } catch (refusal) {
            fail(refusal)
          }
        })
      })
    },
    async close() {
      await Promise.all([secure.close(), plain.close()])
    },
  }
}

/**
 * The URL of a receiver, checked as far as that goes without resolving it: https without user name or password, or plain
 * http where that may be allowed. Throws `invalid_request`, and `address_refused` for plain http to an address that is
 * not in the allowed private networks.
 */
export function receiverUrl(text: unknown, agents: Pick<ReceiverAgents, 'checkPlainHost'>): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null) throw new KobleError('invalid_request', 'The address is no URL.', { status: 400 })
  assertHttpUrl(url)
  if (url.protocol === 'http:') agents.checkPlainHost(url.hostname)
  return url
}

function plainRefused(): KobleError {
  return new KobleError('address_refused', 'Only https may be used, except to the allowed private networks.', {
    status: 400,
  })
}

/** `127.0.0.1/32:4001` and `[fd00::/8]:443` name a port, which the agents look at. */
function withoutPort(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)
  if (bracketed) return bracketed[1] as string
  return /^([\d.]+(?:\/\d+)?):\d+$/.exec(entry)?.[1] ?? entry
}
