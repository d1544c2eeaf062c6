import { randomUUID } from 'node:crypto'
import { type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  ensureRabbitmqServer,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../../../../scripts/tests/rabbitmq-server.ts'
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
import { makeCertificate, startTlsFront } from '../testing/tls-front.ts'

const program = ensureRabbitmqServer()
/** It takes five seconds on a machine that is at rest. */
const startTimeoutMs = 180_000

describe.skipIf(program === null)('a sender to RabbitMQ', () => {
  let server: RabbitmqServer
  let channel: ConfirmChannel
  beforeAll(async () => {
    server = await startRabbitmqServer(program as string)
    channel = await openChannel()
  }, startTimeoutMs)
  afterAll(() => server?.stop())

  /** A consumer's connection, apart from the sender. */
  async function openChannel(): Promise<ConfirmChannel> {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${server.port}`)
    connection.on('error', () => {})
    const opened = await connection.createConfirmChannel()
    opened.on('error', () => {})
    return opened
  }

  async function makeSender(
    exchange: string,
    changes: Record<string, unknown> = {},
    secrets = { username: 'guest', password: 'guest' },
    environment: SenderEnvironment = loopbackAllowed,
  ) {
    const config = { host: '127.0.0.1', port: server.port, tls: false, exchange, ...changes }
    const sender = await createSender('rabbitmq', config, secrets, environment)
    onTestFinished(() => sender.close())
    return sender
  }

  /** An exchange with one durable queue behind it, both named alike. */
  async function makeExchange(queue: Parameters<ConfirmChannel['assertQueue']>[1] = {}): Promise<string> {
    const name = `test-${randomUUID()}`
    await channel.assertExchange(name, 'topic', { durable: true })
    await channel.assertQueue(name, { durable: true, ...queue })
    await channel.bindQueue(name, name, 'invoice.#')
    return name
  }

  async function read(queue: string, from = channel): Promise<GetMessage[]> {
    const found: GetMessage[] = []
    for (;;) {
      const message = await from.get(queue, { noAck: true })
      if (message === false) return found
      found.push(message)
    }
  }

  it('hands a consumer the same bytes, headers and properties', async () => {
    const exchange = await makeExchange()
    const message = makeMessage()
    expect(await (await makeSender(exchange)).send([message], open())).toEqual([{ delivered: true }])
    const [received] = await read(exchange)
    expect(received?.content).toEqual(message.body)
    expect(received?.properties.headers).toEqual(expectedHeaders(message))
    expect(received?.fields.routingKey).toBe('invoice.paid')
    expect(received?.properties).toMatchObject({
      messageId: message.id,
      type: 'invoice.paid',
      contentType: 'application/octet-stream',
      timestamp: 1772368496,
      deliveryMode: 2,
    })
  })

  it('keeps the order of more messages than may wait for confirmation or fit into the socket’s buffer', async () => {
    const exchange = await makeExchange()
    const messages = makeMessages(600).map((message, index) => ({
      ...message,
      body: Buffer.concat([message.body, Buffer.alloc(index % 3 === 0 ? 40_000 : 10)]),
    }))
    const results = await (await makeSender(exchange)).send(messages, open())
    expect(results.every(({ delivered }) => delivered)).toBe(true)
    expect((await read(exchange)).map(({ properties }) => properties.messageId)).toEqual(messages.map(({ id }) => id))
  })

  it('fills the routing key from the message', async () => {
    const exchange = await makeExchange()
    const sender = await makeSender(exchange, { routingKey: 'invoice.{key}.{type}' })
    await sender.send([makeMessage({ key: 'customer-7', type: 'sent' })], open())
    expect((await read(exchange))[0]?.fields.routingKey).toBe('invoice.customer-7.sent')
  })

  it('calls a message that no queue gets unroutable, and only that one', async () => {
    const exchange = await makeExchange()
    const sender = await makeSender(exchange)
    const messages = [makeMessage(), makeMessage({ type: 'nobody.listens' }), makeMessage()]
    expect(await sender.send(messages, open())).toMatchObject([
      { delivered: true },
      { delivered: false, retryable: false, code: 'unroutable' },
      { delivered: true },
    ])
    expect(await read(exchange)).toHaveLength(2)
  })

  it('lets a message vanish that no queue gets, where it is told to', async () => {
    const sender = await makeSender(await makeExchange(), { mandatory: false })
    expect(await sender.send([makeMessage({ type: 'nobody.listens' })], open())).toEqual([{ delivered: true }])
  })

  it('calls a message that the queue has no room for retryable', async () => {
    const exchange = await makeExchange({ arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })
    const sender = await makeSender(exchange)
    expect(await sender.send([makeMessage()], open())).toEqual([{ delivered: true }])
    const full = { delivered: false, retryable: true, code: 'unavailable' }
    expect(await sender.send([makeMessage(), makeMessage()], open())).toMatchObject([full, full])
    await read(exchange)
    expect(await sender.send([makeMessage()], open())).toEqual([{ delivered: true }])
  })

  it('says that an exchange is missing, and sends as soon as it is there', async () => {
    const exchange = `test-${randomUUID()}`
    const sender = await makeSender(exchange, { mandatory: false })
    const missing = { delivered: false, retryable: false, code: 'not_found' }
    expect(await sender.test()).toMatchObject(missing)
    expect(await sender.send([makeMessage(), makeMessage()], open())).toMatchObject([missing, missing])
    await channel.assertExchange(exchange, 'topic')
    expect(await sender.test()).toEqual({ delivered: true })
    expect(await sender.send([makeMessage()], open())).toEqual([{ delivered: true }])
  })

  it('refuses a message that AMQP cannot carry, and sends the others', async () => {
    const exchange = await makeExchange()
    const messages = [makeMessage(), makeMessage({ type: `invoice.${'x'.repeat(300)}` }), makeMessage()]
    expect(await (await makeSender(exchange)).send(messages, open())).toMatchObject([
      { delivered: true },
      { delivered: false, retryable: false, code: 'invalid_message' },
      { delivered: true },
    ])
    expect(await read(exchange)).toHaveLength(2)
  })

  it('says that a password is wrong, without repeating it', async () => {
    const sender = await makeSender('', {}, { username: `user-${canary}`, password: canary })
    const [result] = await sender.send([makeMessage()], open())
    expect(result).toMatchObject({ delivered: false, retryable: true, code: 'access_refused' })
    expect(JSON.stringify([result, await sender.test()])).not.toContain(canary)
  })

  it('says that a virtual host is not to be had', async () => {
    const sender = await makeSender('', { vhost: 'a/b %' })
    expect(await sender.test()).toMatchObject({ delivered: false, code: 'access_refused' })
  })

  it('connects to no private address that is not allowed, written out or behind a name', async () => {
    const refused = { delivered: false, retryable: false, code: 'address_refused' }
    const guest = { username: 'guest', password: 'guest' }
    const written = await makeSender('', {}, guest, { allowedPrivateNetworks: [] })
    expect(await written.test()).toMatchObject(refused)
    const named = await makeSender('', { host: 'broker.example' }, guest, {
      allowedPrivateNetworks: [],
      lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    expect(await named.send([makeMessage()], open())).toMatchObject([refused])
  })

  it('does not send credentials in the clear where TLS is demanded', async () => {
    const sender = await makeSender('', { tls: true })
    expect(await sender.test()).toMatchObject({ delivered: false, retryable: false, code: 'tls_failed' })
  })

  it('speaks TLS with a broker whose certificate it can trust, and with no other', async () => {
    const certificate = makeCertificate()
    const config = { host: 'localhost', port: await startTlsFront(server.port, certificate), tls: true }
    const trusting = await makeSender('', { ...config, ca: certificate.certificate }, undefined, namesAllowed)
    expect(await trusting.test()).toEqual({ delivered: true })
    expect(await (await makeSender('', config, undefined, namesAllowed)).test()).toMatchObject(untrusted)
    // The certificate is for `localhost` alone.
    const misnamed = { ...config, host: '127.0.0.1', ca: certificate.certificate }
    expect(await (await makeSender('', misnamed, undefined, namesAllowed)).test()).toMatchObject(untrusted)
  })

  it('calls what was under way retryable when the broker hangs, and gives up the connection', async () => {
    const exchange = await makeExchange()
    const sender = await makeSender(exchange, {}, undefined, { ...loopbackAllowed, sendTimeoutMs: 300 })
    expect(await sender.send([makeMessage()], open())).toEqual([{ delivered: true }])
    server.pause()
    try {
      expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: true, code: 'timeout' }])
      const ended = AbortSignal.abort()
      expect(await sender.send([makeMessage()], { signal: ended })).toMatchObject([
        { retryable: true, code: 'timeout' },
      ])
    } finally {
      server.resume()
    }
    const patient = await makeSender(exchange)
    expect(await patient.send([makeMessage()], open())).toEqual([{ delivered: true }])
  })

  it(
    'loses nothing it called delivered when the broker is killed while it sends, and delivers the rest after the restart',
    async () => {
      const exchange = await makeExchange()
      const sender = await makeSender(exchange)
      const delivered: string[] = []
      let failed = makeMessages(0)
      let killed: Promise<void> | undefined
      while (failed.length === 0) {
        const messages = makeMessages(200)
        const sending = sender.send(messages, open())
        if (delivered.length >= 400) killed ??= server.kill()
        const results = await sending
        delivered.push(...messages.filter((_, index) => results[index]?.delivered).map(({ id }) => id))
        failed = messages.filter((_, index) => !results[index]?.delivered)
        const codes = results.flatMap((result) => (result.delivered ? [] : [[result.retryable, result.code]]))
        for (const code of codes) expect(code).toEqual([true, 'unavailable'])
      }
      await killed
      server = await startRabbitmqServer(program as string, { like: server })
      channel = await openChannel()
      expect((await sender.send(failed, open())).every((result) => result.delivered)).toBe(true)
      const kept = new Set((await read(exchange)).map(({ properties }) => properties.messageId))
      expect([...delivered, ...failed.map(({ id }) => id)].filter((id) => !kept.has(id))).toEqual([])
    },
    startTimeoutMs,
  )
})
