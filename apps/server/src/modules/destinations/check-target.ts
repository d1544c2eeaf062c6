import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { DestinationType } from '@koble/contract/destination-types'
import { KobleError } from '@koble/core/errors'
import { type AddressGuard, createAddressGuard } from '@koble/core/http'
import { apiError } from '../../http/problems.ts'

/**
 * Refuses a configuration with a host that must not be reached, beside the URL of a receiver, which its sender checks;
 * throws `invalid_request` or `private_address` that names the field. It is a courtesy to whoever enters it: what counts
 * is the check at each connection.
 */
export type CheckTarget = (type: DestinationType, config: Record<string, unknown>) => Promise<void>

interface Target {
  path: string
  host: string
  port: number
  isPlainHttp: boolean
}

const withinMs = 3_000

export function createTargetCheck(options: {
  allowedPrivateNetworks: readonly string[]
  lookup?: LookupFunction
}): CheckTarget {
  const guard = createAddressGuard(options)
  const publicOnly = createAddressGuard({ allowedPrivateNetworks: [] })
  const lookup = options.lookup ?? (systemLookup as LookupFunction)

  async function check({ path, host, port, isPlainHttp }: Target): Promise<void> {
    const refuse = (message: string, code: 'invalid_request' | 'private_address' = 'invalid_request') => {
      throw apiError(code, `${path}: ${message}`, { errors: [{ path, message }] })
    }
    const bare = host.replace(/^\[|\]$/g, '')
    const addresses = isIP(bare) === 0 ? await resolve(bare) : [{ address: bare, family: isIP(bare) }]
    if (addresses === 'unknown') return
    if (addresses.length === 0) refuse(`There is no host "${bare}".`)
    if (!permits(guard, addresses, port)) {
      refuse('The address is private or reserved, and Koble is not set up to reach it.', 'private_address')
    }
    // Beyond the networks that the operator lists anybody could read along.
    if (isPlainHttp && permits(publicOnly, addresses, port)) refuse('Only https addresses can be called.')
  }

  /** `unknown` where the resolver does not answer: that says nothing about the name. */
  function resolve(host: string): Promise<{ address: string; family: number }[] | 'unknown'> {
    return new Promise((settle) => {
      const timer = setTimeout(() => settle('unknown'), withinMs)
      lookup(host, { all: true }, (error, found) => {
        clearTimeout(timer)
        if (error) settle(error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? [] : 'unknown')
        else settle(Array.isArray(found) ? found : [])
      })
    })
  }

  return async (type, config) => {
    for (const target of targetsOf(type, config)) await check(target)
  }
}

function permits(guard: AddressGuard, addresses: { address: string; family: number }[], port: number): boolean {
  try {
    guard.select(addresses, port)
    return true
  } catch (error) {
    if (error instanceof KobleError && error.code === 'private_address') return false
    throw error
  }
}

function targetsOf(type: DestinationType, config: Record<string, unknown>): Target[] {
  const ofUrl = (path: string, text: unknown): Target[] => {
    if (typeof text !== 'string') return []
    const url = new URL(text)
    return [{ path, host: url.hostname, port: portOf(url), isPlainHttp: url.protocol === 'http:' }]
  }
  const ofServers = (path: string, servers: unknown, defaultPort: number): Target[] =>
    (servers as string[]).map((server, index) => {
      const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(server)
      const port = match?.[2] === undefined ? defaultPort : Number(match[2])
      return { path: `${path}.${index}`, host: match?.[1] ?? server, port, isPlainHttp: false }
    })
  const ofHost = (defaultPort: number): Target[] => {
    const port = (config['port'] as number | undefined) ?? defaultPort
    return [{ path: 'config.host', host: String(config['host']), port, isPlainHttp: false }]
  }
  switch (type) {
    case 'https': {
      const authentication = config['authentication'] as { tokenUrl?: string }
      return ofUrl('config.authentication.tokenUrl', authentication.tokenUrl)
    }
    case 's3':
      return ofUrl('config.endpoint', config['endpoint'])
    case 'rabbitmq':
      return ofHost(config['tls'] === false ? 5672 : 5671)
    case 'redis_stream':
      return ofHost(6379)
    case 'kafka':
      return ofServers('config.brokers', config['brokers'], 9092)
    case 'nats_jetstream':
      return ofServers('config.servers', config['servers'], 4222)
  }
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}
