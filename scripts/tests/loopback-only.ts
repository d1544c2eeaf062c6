import type { LookupFunction } from 'node:net'
import { BlockList, isIP, Socket } from 'node:net'

/**
 * Runs before every test file: a connection to anything but this machine is refused, so that no test can come to
 * depend on the Internet. It fails as a machine without a network would: `ENOTFOUND` for names, `ENETUNREACH` for
 * addresses. Child processes are not covered.
 */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addSubnet('0.0.0.0', 32, 'ipv4')
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')

interface ConnectOptions {
  host?: string
  path?: string
  lookup?: LookupFunction
}

const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  // `net.connect` hands its arguments over already normalised, as one array.
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  const options: ConnectOptions =
    typeof first === 'object' && first !== null ? first : { host: typeof args[1] === 'string' ? args[1] : 'localhost' }
  const host = options.host ?? 'localhost'
  if (
    typeof first === 'string' ||
    options.path !== undefined ||
    options.lookup !== undefined ||
    isOnThisMachine(host)
  ) {
    return connect.apply(this, args)
  }
  const code = isIP(host) ? 'ENETUNREACH' : 'ENOTFOUND'
  const error = Object.assign(new Error(`${code}: tests may reach only this machine, not ${host}`), { code })
  process.nextTick(() => this.destroy(error))
  return this
}

function isOnThisMachine(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '')
  const family = isIP(address)
  if (family === 0) return address === 'localhost' || address.endsWith('.localhost')
  return loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
