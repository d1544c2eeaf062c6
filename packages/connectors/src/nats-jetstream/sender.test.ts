import { randomUUID } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ensureNatsServer, startNatsServer } from '../../../../scripts/tests/nats-server.ts'
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

const program = ensureNatsServer()
const user = { username: 'sender', password: 'the password' }
const settings = `
max_payload: 64KB
authorization { users: [
  { user: "sender", password: "the password" }
  { user: "reader", password: "the password", permissions: { publish: ["$JS.API.>"] } }
] }`

describe.skipIf(program === null)('a sender to NATS JetStream', () => {
  let server: Awaited<ReturnType<typeof startNatsServer>>
  let consumer: NatsConnection
  beforeAll(async () => {
    server = await startNatsServer(program as string, { settings })
    consumer = await connectTo(server.port)
  })
  afterAll(async () => {
    await consumer?.close()
    await server?.stop()
  })

  const connectTo = (port: number) =>
    connect({ servers: `127.0.0.1:${port}`, user: user.username, pass: user.password, reconnect: false })

  /** A stream that listens to all subjects below its name. */
  async function makeStream(settings: Record<string, unknown> = {}, from = consumer): Promise<string> {
    const name = `test-${randomUUID()}`
    await (await jetstreamManager(from)).streams.add({ name, subjects: [`${name}.>`], ...settings })
    return name
  }

  async function makeSender(
    stream: string,
    changes: Record<string, unknown> = {},
    secrets: Record<string, string> = user,
    environment: SenderEnvironment = loopbackAllowed,
  ) {
    const servers = [`127.0.0.1:${server.port}`]
    const config = { servers, tls: false, subject: `${stream}.{type}`, ...changes }
    const sender = await createSender('nats-jetstream', config, secrets as typeof user, environment)
    onTestFinished(() => sender.close())
    return sender
  }

  async function read(stream: string, from = consumer) {
    const { streams } = await jetstreamManager(from)
    const { state } = await streams.info(stream)
    const found = []
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
      const message = await streams.getMessage(stream, { seq })
      if (message) found.push(message)
    }
    return found
  }

  it('hands a consumer the same bytes and headers, and names stream and sequence', async () => {
    const stream = await makeStream()
    const message = makeMessage()
    const sender = await makeSender(stream)
    expect(await sender.send([message], open())).toEqual([{ delivered: true, detail: `${stream}/1` }])
    const [received] = await read(stream)
    expect(Buffer.from(received?.data ?? [])).toEqual(message.body)
    expect(received?.subject).toBe(`${stream}.invoice.paid`)
    const headers = Object.fromEntries([...(received?.header ?? [])].map(([name, [value]]) => [name, value]))
    expect(headers).toEqual({ ...expectedHeaders(message), 'Nats-Msg-Id': message.id })
  })

  it('is stored once when it is sent twice', async () => {
    const stream = await makeStream()
    const message = makeMessage()
    await (await makeSender(stream)).send([message], open())
    const [again] = await (await makeSender(stream)).send([message], open())
    expect(again).toEqual({ delivered: true, detail: `${stream}/1 (stored before)` })
    expect(await read(stream)).toHaveLength(1)
  })

  it('keeps the order of more messages than may wait for their acknowledgement', async () => {
    const stream = await makeStream()
    const messages = makeMessages(700)
    expect((await (await makeSender(stream)).send(messages, open())).every(({ delivered }) => delivered)).toBe(true)
    expect((await read(stream)).map((message) => message.header.get('webhook-id'))).toEqual(
      messages.map(({ id }) => id),
    )
  })

  it('says that no stream listens, and sends as soon as one does', async () => {
    const name = `test-${randomUUID()}`
    const sender = await makeSender(name, { stream: name })
    const missing = { delivered: false, retryable: false, code: 'not_found' }
    expect(await sender.test()).toMatchObject(missing)
    expect(await sender.send([makeMessage()], open())).toMatchObject([missing])
    await (await jetstreamManager(consumer)).streams.add({ name, subjects: [`${name}.>`] })
    expect(await sender.test()).toEqual({ delivered: true })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
  })

  it('does not let another stream take what is meant for one', async () => {
    const stream = await makeStream()
    const sender = await makeSender(stream, { stream: 'another' })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: false, code: 'not_found' }])
    expect(await read(stream)).toEqual([])
  })

  it('refuses what the server or the subject cannot carry, and sends the others', async () => {
    const stream = await makeStream()
    const messages = [
      makeMessage(),
      makeMessage({ body: Buffer.alloc(65_536) }),
      makeMessage({ type: 'with blanks' }),
      makeMessage({ type: 'all.>' }),
      makeMessage({ body: Buffer.alloc(60_000) }),
    ]
    expect(await (await makeSender(stream)).send(messages, open())).toMatchObject([
      { delivered: true },
      { delivered: false, retryable: false, code: 'too_large' },
      { delivered: false, retryable: false, code: 'invalid_message' },
      { delivered: false, retryable: false, code: 'invalid_message' },
      { delivered: true },
    ])
  })

  it('calls a full stream retryable, and one that takes only smaller messages not', async () => {
    const full = await makeStream({ max_msgs: 1, discard: 'new' })
    const [first, second] = await (await makeSender(full)).send(makeMessages(2), open())
    expect(first).toMatchObject({ delivered: true })
    expect(second).toMatchObject({ delivered: false, retryable: true, code: 'unavailable' })
    const small = await makeStream({ max_msg_size: 300 })
    const large = makeMessage({ body: Buffer.alloc(1000) })
    expect(await (await makeSender(small)).send([large], open())).toMatchObject([
      { retryable: false, code: 'too_large' },
    ])
  })

  it.each([
    ['a password', { username: 'sender', password: canary }],
    ['a token', { token: canary }],
    ['no credentials', {}],
  ])('says that %s is not accepted, without repeating it', async (_, secrets) => {
    const sender = await makeSender(await makeStream(), {}, secrets as Record<string, string>)
    const [result] = await sender.send([makeMessage()], open())
    expect(result).toMatchObject({ delivered: false, retryable: true, code: 'access_refused' })
    expect(JSON.stringify([result, await sender.test()])).not.toContain(canary)
  })

  it('says that the user may not publish to the subject', async () => {
    const stream = await makeStream()
    const sender = await makeSender(stream, {}, { username: 'reader', password: user.password })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: true, code: 'access_refused' }])
  })

  it('connects to no private address that is not allowed, written out or behind a name', async () => {
    const refused = { delivered: false, retryable: false, code: 'address_refused' }
    const written = await makeSender('x', {}, user, { allowedPrivateNetworks: [] })
    expect(await written.test()).toMatchObject(refused)
    const lookup: SenderEnvironment['lookup'] = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    const servers = [`nats.example:${server.port}`]
    const named = await makeSender('x', { servers }, user, { allowedPrivateNetworks: [], lookup })
    expect(await named.send([makeMessage()], open())).toMatchObject([refused])
    const allowed = await makeSender('x', { servers }, user, { ...loopbackAllowed, lookup })
    expect(await allowed.test()).toEqual({ delivered: true })
  })

  it('does not send credentials in the clear where TLS is demanded', async () => {
    const sender = await makeSender('x', { tls: true })
    expect(await sender.test()).toMatchObject({ delivered: false, retryable: false, code: 'tls_failed' })
  })

  it('speaks TLS with a server whose certificate it can trust, and with no other', async () => {
    const { folder, certificate } = makeCertificate()
    const tls = `tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }`
    const secured = await startNatsServer(program as string, { settings: `${settings}\n${tls}` })
    onTestFinished(() => secured.stop())
    const config = { servers: [`localhost:${secured.port}`], tls: true }
    const trusting = await makeSender('x', { ...config, ca: certificate }, user, namesAllowed)
    expect(await trusting.test()).toEqual({ delivered: true })
    expect(await (await makeSender('x', config, user, namesAllowed)).test()).toMatchObject(untrusted)
    // The certificate is for `localhost` alone.
    const misnamed = { servers: [`127.0.0.1:${secured.port}`], tls: true, ca: certificate }
    expect(await (await makeSender('x', misnamed, user, namesAllowed)).test()).toMatchObject(untrusted)
  })

  it('goes on to the next server when one is not there', async () => {
    const stream = await makeStream()
    const sender = await makeSender(stream, { servers: ['127.0.0.1:1', `127.0.0.1:${server.port}`] })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
  })

  it('loses nothing it called delivered when the server is killed while it sends, and delivers the rest after the restart', async () => {
    let own = await startNatsServer(program as string, { settings })
    const before = await connectTo(own.port)
    const stream = await makeStream({}, before)
    await jetstream(before).publish(`${stream}.first`)
    const sender = await makeSender(stream, { servers: [`127.0.0.1:${own.port}`] })
    const delivered: string[] = []
    let failed = makeMessages(0)
    let killed: Promise<void> | undefined
    while (failed.length === 0) {
      const messages = makeMessages(200)
      const sending = sender.send(messages, open())
      if (delivered.length >= 400) killed ??= own.kill()
      const results = await sending
      delivered.push(...messages.filter((_, index) => results[index]?.delivered).map(({ id }) => id))
      failed = messages.filter((_, index) => !results[index]?.delivered)
      for (const result of results) {
        if (!result.delivered) expect(result).toMatchObject({ retryable: true, code: 'unavailable' })
      }
    }
    await killed
    own = await startNatsServer(program as string, { settings, port: own.port, folder: own.folder })
    onTestFinished(() => own.stop())
    expect((await sender.send(failed, open())).every((result) => result.delivered)).toBe(true)
    const after = await connectTo(own.port)
    const kept = (await read(stream, after)).map((message) => message.header.get('webhook-id'))
    await after.close()
    expect([...delivered, ...failed.map(({ id }) => id)].filter((id) => !kept.includes(id))).toEqual([])
  })
})
