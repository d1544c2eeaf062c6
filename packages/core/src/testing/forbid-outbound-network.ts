import dgram, { type Socket as DatagramSocket } from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP, type LookupFunction, Socket } from 'node:net'
import { createReachableHosts, type ReachableHosts } from './reachable-hosts.ts'

/** What `forbidOutboundNetwork` still allows. */
export interface OutboundNetworkOptions {
  /** What may be reached beside this machine: names, addresses, networks (`db.internal`, `10.1.2.3`, `10.0.0.0/8`). */
  allow?: readonly string[]
}

/** The network being forbidden, until `restore`. */
export interface OutboundNetworkGuard {
  /** Lets the network be as it was before; once. */
  restore(): void
}

/** The innermost guard, the one set up last, decides. */
const guards: ReachableHosts[] = []
let unpatch: (() => void) | undefined

/**
 * Refuses connections (TCP, TLS, and so HTTP), datagrams and DNS questions to anything but this machine, so that no
 * test can come to depend on the Internet. They fail as on a machine without a network: `ENOTFOUND` for names,
 * `ENETUNREACH` for addresses. Pipes and Unix sockets pass. A guard within another one takes its place until it is
 * restored. Child processes and worker threads are not covered, nor is code that took hold of `node:dns` functions
 * earlier by `require`.
 */
export function forbidOutboundNetwork(options: OutboundNetworkOptions = {}): OutboundNetworkGuard {
  const hosts = createReachableHosts(options.allow ?? [])
  guards.push(hosts)
  unpatch ??= patchAll()
  return {
    restore() {
      const index = guards.indexOf(hosts)
      if (index === -1) return
      guards.splice(index, 1)
      if (guards.length > 0) return
      unpatch?.()
      unpatch = undefined
    },
  }
}

function isReachable(host: string): boolean {
  return guards.at(-1)?.has(host) ?? true
}

function refusal(host: string): NodeJS.ErrnoException {
  const code = isIP(host) ? 'ENETUNREACH' : 'ENOTFOUND'
  return Object.assign(new Error(`${code}: tests may reach only this machine, not ${host}`), { code })
}

function patchAll(): () => void {
  const undo = [patchConnect(), patchDatagrams(), ...patchDns()]
  // Without it `import { lookup } from 'node:dns'` would keep the function it had.
  syncBuiltinESMExports()
  return () => {
    for (const one of undo) one()
    syncBuiltinESMExports()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: functions of all shapes are put in the place of functions of all shapes.
type Any = any

/** Puts a function in the place of another one, and returns how to put that back. */
function patch(owner: Any, name: string, around: (original: Any) => Any): () => void {
  const original = owner[name]
  owner[name] = around(original)
  return () => {
    owner[name] = original
  }
}

interface ConnectOptions {
  host?: string
  path?: string
  lookup?: LookupFunction
}

function patchConnect(): () => void {
  return patch(
    Socket.prototype,
    'connect',
    (connect) =>
      function (this: Socket, ...args: unknown[]): Socket {
        // `net.connect` hands its arguments over already normalised, as one array.
        const isNormalised = Array.isArray(args[0])
        const first = isNormalised ? (args[0] as unknown[])[0] : args[0]
        const isPath = typeof first === 'string' && !/^\d+$/.test(first)
        const options: ConnectOptions =
          typeof first === 'object' && first !== null
            ? first
            : { host: typeof args[1] === 'string' ? args[1] : 'localhost' }
        const host = options.host ?? 'localhost'
        if (isPath || options.path !== undefined || isReachable(host)) return connect.apply(this, args)
        if (options.lookup !== undefined && isIP(host) === 0) {
          // The caller's own lookup may well lead to this machine; its answer decides. The caller's options stay.
          const guarded = { ...options, lookup: guardedLookup(options.lookup) }
          if (!isNormalised) return connect.call(this, guarded, ...args.slice(1))
          ;(args[0] as unknown[])[0] = guarded
          return connect.apply(this, args)
        }
        process.nextTick(() => this.destroy(refusal(host)))
        return this
      },
  )
}

function guardedLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address)
      const refused = error ? undefined : addresses.find((address) => !isReachable(address))
      if (refused === undefined) callback(error, found, family)
      else callback(refusal(refused), '', 0)
    })
}

function patchDatagrams(): () => void {
  const undoSend = patch(
    dgram.Socket.prototype,
    'send',
    (send) =>
      function (this: DatagramSocket, ...args: unknown[]): unknown {
        // (message, offset, length, port, address?, callback?) or (message, port?, address?, callback?), as node tells
        // them apart; a connected socket has been judged already.
        const isLong = Boolean(args[4]) || (Boolean(args[3]) && typeof args[3] !== 'function')
        const host = args[isLong ? 4 : 2]
        if (typeof host !== 'string' || isReachable(host)) return send.apply(this, args)
        const callback = args.findLast((one) => typeof one === 'function') as ((error: Error) => void) | undefined
        process.nextTick(() => (callback ? callback(refusal(host)) : this.emit('error', refusal(host))))
        return undefined
      },
  )
  const undoConnect = patch(
    dgram.Socket.prototype,
    'connect',
    (connect) =>
      function (this: DatagramSocket, ...args: unknown[]): unknown {
        const [, host] = args
        if (typeof host !== 'string' || isReachable(host)) return connect.apply(this, args)
        const callback = args.findLast((one) => typeof one === 'function') as ((error: Error) => void) | undefined
        process.nextTick(() => (callback ? callback(refusal(host)) : this.emit('error', refusal(host))))
        return undefined
      },
  )
  return () => {
    undoSend()
    undoConnect()
  }
}

function patchDns(): (() => void)[] {
  const refuseByCallback = (host: string, args: unknown[]) => {
    const callback = args.at(-1) as (error: Error) => void
    process.nextTick(() => callback(refusal(host)))
    return {}
  }
  const refuseByPromise = (host: string) => Promise.reject(refusal(host))
  const undo = [
    // Addresses are not asked for: a lookup gives them back as they are.
    patch(dns, 'lookup', (lookup) => (host: string, ...args: unknown[]) => {
      return !host || isIP(host) || isReachable(host) ? lookup(host, ...args) : refuseByCallback(host, args)
    }),
    patch(dns.promises, 'lookup', (lookup) => (host: string, ...args: unknown[]) => {
      return !host || isIP(host) || isReachable(host) ? lookup(host, ...args) : refuseByPromise(host)
    }),
  ]
  // All others ask a name server: one of this machine may be asked about anything.
  for (const [owner, refuse] of [
    [dns, refuseByCallback],
    [dns.Resolver.prototype, refuseByCallback],
    [dns.promises, refuseByPromise],
    [dns.promises.Resolver.prototype, refuseByPromise],
  ] as const) {
    for (const name of questionsOf(owner)) {
      undo.push(
        patch(
          owner,
          name,
          (question) =>
            function (this: Any, ...args: unknown[]) {
              const servers: string[] = (this?.getServers ? this : dns).getServers()
              const isHere = servers.every((server) => isReachable(withoutPort(server)))
              return isHere ? question.apply(this, args) : refuse(String(args[0]), args)
            },
        ),
      )
    }
  }
  return undo
}

function questionsOf(owner: object): string[] {
  const names = new Set<string>()
  for (let level = owner; level !== Object.prototype && level !== null; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name)
  }
  return [...names].filter((name) => /^(resolve|reverse)/.test(name) && typeof (owner as Any)[name] === 'function')
}

function withoutPort(server: string): string {
  return isIP(server) ? server : server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}
