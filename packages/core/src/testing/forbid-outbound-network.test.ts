import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { lookup, Resolver } from 'node:dns'
import * as dnsPromises from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, connect, isIP, type LookupFunction, Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { forbidOutboundNetwork, type OutboundNetworkGuard, startLocalServer } from './index.ts'

// TEST-NET-1 leads nowhere, should a connection be tried after all: https://www.rfc-editor.org/rfc/rfc5737
const elsewhere = '192.0.2.1'
let guard: OutboundNetworkGuard
beforeEach(() => {
  guard = forbidOutboundNetwork()
})
afterEach(() => guard.restore())

const failureOf = (socket: Socket) =>
  once(socket, 'connect', { signal: AbortSignal.timeout(2_000) }).then(
    () => 'connected',
    (error) => error.code,
  )
const leadingTo = (address: string): LookupFunction =>
  ((_name: string, options: { all?: boolean }, callback: (...answer: unknown[]) => void) =>
    options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)) as LookupFunction
const byCallback = (ask: (done: (error: NodeJS.ErrnoException | null) => void) => void) =>
  new Promise((resolve) => ask((error) => resolve(error?.code ?? 'answered')))

test('refuses TCP and TLS to another machine, however the address is given', async () => {
  expect(await failureOf(connect(443, elsewhere))).toBe('ENETUNREACH')
  expect(await failureOf(connect({ port: 443, host: elsewhere }))).toBe('ENETUNREACH')
  expect(await failureOf(new Socket().connect(443, 'koble.example'))).toBe('ENOTFOUND')
  expect(await failureOf(new Socket().connect({ port: 443, host: '2001:db8::1' }))).toBe('ENETUNREACH')
  expect(await failureOf(tlsConnect(443, elsewhere))).toBe('ENETUNREACH')
  await expect(fetch('https://koble.example/')).rejects.toMatchObject({ cause: { code: 'ENOTFOUND' } })
})

test('goes by where a lookup of the caller leads', async () => {
  const server = await startLocalServer((_request, response) => response.end())
  onTestFinished(() => server.close())
  const to = (address: string) => ({ port: server.port, host: 'koble.example', lookup: leadingTo(address) })
  const here = connect(to('127.0.0.1'))
  expect(await failureOf(here)).toBe('connected')
  here.destroy()
  expect(await failureOf(connect(to(elsewhere)))).toBe('ENETUNREACH')
  expect(await failureOf(new Socket().connect({ ...to(elsewhere) }))).toBe('ENETUNREACH')
  // An address that is written out is never looked up.
  expect(await failureOf(connect({ ...to('127.0.0.1'), host: elsewhere }))).toBe('ENETUNREACH')
})

test('lets connections to this machine through', async () => {
  const server = await startLocalServer((_request, response) => response.end('here'))
  onTestFinished(() => server.close())
  expect(await (await fetch(server.origin)).text()).toBe('here')
  const socket = connect(String(server.port) as unknown as number, '127.0.0.1')
  expect(await failureOf(socket)).toBe('connected')
  socket.destroy()
})

test('refuses datagrams to another machine and delivers them here', async () => {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1')
  const sender = createSocket('udp4')
  onTestFinished(() => {
    receiver.close()
    sender.close()
  })
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  expect(await byCallback((done) => sender.send('x', 53, elsewhere, done))).toBe('ENETUNREACH')
  expect(await byCallback((done) => sender.send(Buffer.from('xy'), 0, 1, 53, elsewhere, done))).toBe('ENETUNREACH')
  expect(await byCallback((done) => sender.connect(53, 'koble.example', done as unknown as () => void))).toBe(
    'ENOTFOUND',
  )
  const refused = once(sender, 'error').catch((error) => [error])
  sender.send('x', 53, elsewhere)
  expect((await refused)[0]).toMatchObject({ code: 'ENETUNREACH' })
  const received = once(receiver, 'message')
  sender.send('hello', port, '127.0.0.1')
  expect(String((await received)[0])).toBe('hello')
})

test('refuses to ask for names, but asks a name server of this machine', async () => {
  expect(await byCallback((done) => lookup('koble.example', done))).toBe('ENOTFOUND')
  expect(await byCallback((done) => lookup('localhost', done))).toBe('answered')
  await expect(dnsPromises.lookup('koble.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  expect(await dnsPromises.lookup(elsewhere)).toMatchObject({ address: elsewhere })

  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers([elsewhere])
  expect(await byCallback((done) => resolver.resolve4('koble.example', done))).toBe('ENOTFOUND')
  const promising = new dnsPromises.Resolver()
  promising.setServers(['[2001:db8::1]:5353'])
  await expect(promising.reverse('192.0.2.9')).rejects.toMatchObject({ code: 'ENETUNREACH' })
  const nameServer = createSocket('udp4').bind(0, '127.0.0.1')
  onTestFinished(() => void nameServer.close())
  await once(nameServer, 'listening')
  const asked = once(nameServer, 'message')
  resolver.setServers([`127.0.0.1:${(nameServer.address() as AddressInfo).port}`])
  const answer = byCallback((done) => resolver.resolve4('koble.example', done))
  expect(String((await asked)[0])).toContain('koble')
  resolver.cancel()
  expect(await answer).toBe('ECANCELLED')
})

test('the innermost guard decides, until it is restored', async () => {
  // The socket's own lookup is reached only by a name that was let through.
  const lookup = (
    name: string,
    _options: unknown,
    callback: (error: Error | null, ip: string, family: number) => void,
  ) => callback(isIP(name) ? null : Object.assign(new Error(), { code: 'ASKED' }), name, 4)
  const sender = createSocket({ type: 'udp4', lookup })
  onTestFinished(() => void sender.close())
  const send = () => byCallback((done) => sender.send('x', 53, 'koble.example', done))
  expect(await send()).toBe('ENOTFOUND')
  const inner = forbidOutboundNetwork({ allow: ['koble.example'] })
  expect(await send()).toBe('ASKED')
  inner.restore()
  expect(await send()).toBe('ENOTFOUND')
  inner.restore()
  expect(await send()).toBe('ENOTFOUND')
})

test('leaves everything as it was when the last guard is restored', async () => {
  const code = `
    import assert from 'node:assert'
    import dgram from 'node:dgram'
    import dns from 'node:dns'
    import { Socket } from 'node:net'
    import { forbidOutboundNetwork } from ${JSON.stringify(new URL('./forbid-outbound-network.ts', import.meta.url))}
    const functions = () => [Socket.prototype.connect, dgram.Socket.prototype.send, dgram.Socket.prototype.connect,
      dns.lookup, dns.resolve4, dns.promises.lookup, dns.promises.resolve, dns.Resolver.prototype.resolve4]
    const before = functions()
    const outer = forbidOutboundNetwork()
    const inner = forbidOutboundNetwork()
    outer.restore()
    functions().forEach((one, index) => assert.notEqual(one, before[index], String(index)))
    inner.restore()
    assert.deepEqual(functions(), before)
  `
  const failed = await new Promise((resolve) =>
    execFile(process.execPath, ['--input-type=module', '-e', code], (error, _out, words) => resolve(error && words)),
  )
  expect(failed).toBeNull()
})
