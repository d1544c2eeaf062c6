import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createClient, RESP_TYPES } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ensureRedisServer, type RedisServer, startRedisServer } from '../../../../scripts/tests/redis-server.ts'
import { freePort, startPeer } from '../../../../scripts/tests/start-peer.ts'
import { createSender } from '../create-sender.ts'
import type { SenderEnvironment } from '../sender.ts'
import {
  canary,
  expectedHeaders,
  loopbackAllowed,
  makeMessage,
  makeMessages,
  namesAllowed,
  open,
  untrusted,
} from '../testing/messages.ts'
import { makeCertificate } from '../testing/tls-front.ts'

const program = ensureRedisServer()
const password = 'the password'

describe.skipIf(program === null)('a sender to a stream of Redis', () => {
  let server: RedisServer
  let consumer: Awaited<ReturnType<typeof connect>>
  beforeAll(async () => {
    server = await startRedisServer(program as string, { password })
    consumer = await connect()
  })
  afterAll(async () => {
    consumer?.destroy()
    await server?.kill()
  })

  async function connect(port = server.port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, password })
    client.on('error', () => {})
    await client.connect()
    return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
  }

  async function makeSender(
    changes: Record<string, unknown> = {},
    secrets: Record<string, string> = { password },
    environment: SenderEnvironment = loopbackAllowed,
  ) {
    const stream = `test-${randomUUID()}`
    const config = { host: '127.0.0.1', port: server.port, tls: false, stream, ...changes }
    const sender = await createSender('redis-stream', config, secrets, environment)
    onTestFinished(() => sender.close())
    return { sender, stream }
  }

  const read = async (stream: string) => {
    const entries = (await consumer.xRange(stream, '-', '+')) as { id: Buffer; message: Record<string, Buffer> }[]
    return entries.map(({ id, message }) => ({ id: id.toString(), fields: message }))
  }

  it('hands a consumer the same bytes and headers, and names the entry', async () => {
    const { sender, stream } = await makeSender()
    const message = makeMessage({ key: 'customer-7' })
    const [result] = await sender.send([message], open())
    const [entry] = await read(stream)
    expect(result).toEqual({ delivered: true, detail: entry?.id })
    expect(entry?.fields['data']).toEqual(message.body)
    expect(JSON.parse(String(entry?.fields['headers']))).toEqual(expectedHeaders(message))
    expect(
      Object.fromEntries(['id', 'type', 'timestamp', 'contentType', 'key'].map((f) => [f, String(entry?.fields[f])])),
    ).toEqual({
      id: message.id,
      type: 'invoice.paid',
      timestamp: '2026-03-01T12:34:56.789Z',
      contentType: 'application/octet-stream',
      key: 'customer-7',
    })
  })

  it('keeps the order of more messages than may wait for their reply', async () => {
    const { sender, stream } = await makeSender()
    const messages = makeMessages(700)
    expect((await sender.send(messages, open())).every(({ delivered }) => delivered)).toBe(true)
    expect((await read(stream)).map(({ fields }) => String(fields['id']))).toEqual(messages.map(({ id }) => id))
  })

  it('lets the stream keep about as many as configured', async () => {
    const { sender, stream } = await makeSender({ maxLength: 100 })
    await sender.send(makeMessages(1000), open())
    expect((await read(stream)).length).toBeLessThan(300)
  })

  it('says that a stream is missing where it may not make it, and sends when it is there', async () => {
    const { sender, stream } = await makeSender({ createStream: false })
    const missing = { delivered: false, retryable: false, code: 'not_found' }
    expect(await sender.test()).toMatchObject(missing)
    expect(await sender.send([makeMessage()], open())).toMatchObject([missing])
    expect(await read(stream)).toEqual([])
    await consumer.xAdd(stream, '*', { id: 'first' })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
  })

  it('refuses to add to what is no stream', async () => {
    const { sender, stream } = await makeSender()
    await consumer.set(stream, 'a string')
    const rejected = { delivered: false, retryable: false, code: 'rejected' }
    expect(await sender.test()).toMatchObject(rejected)
    expect(await sender.send([makeMessage()], open())).toMatchObject([rejected])
  })

  it.each([
    ['a password is wrong', { password: canary }],
    ['a user is unknown', { username: `user-${canary}`, password: canary }],
    ['a password is needed', {}],
  ])('says that %s, without repeating it', async (_, secrets) => {
    const { sender } = await makeSender({}, secrets)
    const [result] = await sender.send([makeMessage()], open())
    expect(result).toMatchObject({ delivered: false, retryable: true, code: 'access_refused' })
    expect(JSON.stringify([result, await sender.test()])).not.toContain(canary)
  })

  it('says that the user may not add to the stream', async () => {
    await consumer.aclSetUser('reader', ['on', '>a password', '~*', '+@read', '+@connection'])
    const { sender } = await makeSender({}, { username: 'reader', password: 'a password' })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: true, code: 'access_refused' }])
  })

  it('calls it retryable when Redis takes no writes for now', async () => {
    const { sender } = await makeSender()
    await consumer.configSet('min-replicas-to-write', '1')
    onTestFinished(async () => void (await consumer.configSet('min-replicas-to-write', '0')))
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: true, code: 'unavailable' }])
  })

  it('connects to no private address that is not allowed, written out or behind a name', async () => {
    const refused = { delivered: false, retryable: false, code: 'address_refused' }
    const written = await makeSender({}, {}, { allowedPrivateNetworks: [] })
    expect(await written.sender.test()).toMatchObject(refused)
    const lookup: SenderEnvironment['lookup'] = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    const named = await makeSender({ host: 'redis.example' }, {}, { allowedPrivateNetworks: [], lookup })
    expect(await named.sender.send([makeMessage()], open())).toMatchObject([refused])
    const allowed = await makeSender({ host: 'localhost' }, { password }, { ...loopbackAllowed, lookup })
    expect(await allowed.sender.test()).toEqual({ delivered: true })
  })

  it('does not send credentials in the clear where TLS is demanded', async () => {
    const heard: Buffer[] = []
    const eavesdropper = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        heard.push(chunk)
        socket.end('-ERR no TLS here\r\n')
      })
    }).listen(0, '127.0.0.1')
    await once(eavesdropper, 'listening')
    onTestFinished(() => void eavesdropper.close())
    const { port } = eavesdropper.address() as AddressInfo
    const { sender } = await makeSender({ port, tls: true }, { password: canary })
    expect(await sender.test()).toMatchObject({ delivered: false, retryable: false, code: 'tls_failed' })
    expect(heard.length).toBeGreaterThan(0)
    expect(Buffer.concat(heard).includes(canary)).toBe(false)
  })

  it('speaks TLS with a server whose certificate it can trust, and with no other', async () => {
    const { folder, certificate } = makeCertificate()
    const port = await freePort()
    const files = ['cert', 'key', 'ca-cert'].flatMap((name) => [`--tls-${name}-file`, join(folder, `${name}.pem`)])
    const secured = await startPeer({
      program: program as string,
      args: () => ['--bind', '127.0.0.1', '--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files],
      ready: /ready to accept connections/i,
    })
    onTestFinished(() => secured.stop())
    const tls = { host: 'localhost', port, tls: true }
    const trusting = await makeSender({ ...tls, ca: certificate }, {}, namesAllowed)
    expect(await trusting.sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    expect(await (await makeSender(tls, {}, namesAllowed)).sender.test()).toMatchObject(untrusted)
    // The certificate is for `localhost` alone.
    const misnamed = await makeSender({ ...tls, host: '127.0.0.1', ca: certificate }, {}, namesAllowed)
    expect(await misnamed.sender.test()).toMatchObject(untrusted)
  })

  it('closes a connection that is not used, and opens another when it is', async () => {
    const { sender, stream } = await makeSender({}, { password }, { ...loopbackAllowed, idleTimeoutMs: 50 })
    const connections = async () =>
      String(await consumer.sendCommand(['CLIENT', 'LIST']))
        .trim()
        .split('\n').length
    const before = await connections()
    await sender.send([makeMessage()], open())
    await vi.waitFor(async () => expect(await connections()).toBe(before))
    await sender.send([makeMessage()], open())
    expect(await read(stream)).toHaveLength(2)
  })

  it('uses one connection for whatever is sent at the same time', async () => {
    const { sender, stream } = await makeSender()
    const count = async () => Number(/total_connections_received:(\d+)/.exec(String(await consumer.info('stats')))?.[1])
    const before = await count()
    await Promise.all(Array.from({ length: 10 }, () => sender.send(makeMessages(20), open())))
    expect((await count()) - before).toBe(1)
    expect(await read(stream)).toHaveLength(200)
  })

  it('fails what is sent after it was closed', async () => {
    const { sender } = await makeSender()
    await sender.close()
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: false, code: 'unavailable' }])
    expect(await sender.test()).toMatchObject({ delivered: false, code: 'unavailable' })
  })

  it('calls what was under way retryable when Redis hangs or the caller ends it', async () => {
    const own = await startRedisServer(program as string, { password })
    onTestFinished(() => own.kill())
    const { sender } = await makeSender({ port: own.port }, { password }, { ...loopbackAllowed, sendTimeoutMs: 300 })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    own.pause()
    const overdue = { delivered: false, retryable: true, code: 'timeout' }
    expect(await sender.send(makeMessages(2), open())).toMatchObject([overdue, overdue])
    const ending = new AbortController()
    const sending = sender.send([makeMessage()], { signal: ending.signal })
    ending.abort()
    expect(await sending).toMatchObject([overdue])
    own.resume()
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
  })

  it('calls what was under way retryable when Redis is killed, and delivers it after the restart', async () => {
    const own = await startRedisServer(program as string, { password })
    const { sender, stream } = await makeSender({ port: own.port })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    const messages = makeMessages(3)
    own.pause()
    const sending = sender.send(messages, open())
    await own.kill()
    const lost = { delivered: false, retryable: true, code: 'unavailable' }
    expect(await sending).toMatchObject([lost, lost, lost])
    expect(await sender.send(messages, open())).toMatchObject([lost, lost, lost])
    const again = await startRedisServer(program as string, { password, port: own.port })
    onTestFinished(() => again.kill())
    expect((await sender.send(messages, open())).map(({ delivered }) => delivered)).toEqual([true, true, true])
    const reader = await connect(own.port)
    expect(await reader.xLen(stream)).toBe(3)
    reader.destroy()
  })
})
