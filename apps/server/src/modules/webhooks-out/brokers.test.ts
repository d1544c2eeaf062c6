import { randomUUID } from 'node:crypto'
import { type KafkaProxy, startKafkaProxy } from '@koble/connectors/testing/kafka-proxy'
import { s3Keys, startS3Server } from '@koble/connectors/testing/s3-server'
import type { CreatedDestination, DestinationTest } from '@koble/contract/destinations'
import type { SentMessage } from '@koble/contract/messages'
import { createManualClock } from '@koble/core/testing'
import { type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { AwsClient } from 'aws4fetch'
import { createClient } from 'redis'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ensureKcat, type KafkaMock, startKafkaMock } from '../../../../../scripts/tests/kafka-mock.ts'
import { ensureNatsServer, startNatsServer } from '../../../../../scripts/tests/nats-server.ts'
import {
  ensureRabbitmqServer,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../../../../../scripts/tests/rabbitmq-server.ts'
import { ensureRedisServer, type RedisServer, startRedisServer } from '../../../../../scripts/tests/redis-server.ts'
import { attemptsOf, deliveriesOf, publish } from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** A password of these tests; nothing that comes out may hold it. */
const canary = 'canary-81d0b6a2'
const startTimeoutMs = 180_000

const clock = createManualClock(Date.now() + 5_000)
let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ clock })
})
afterAll(() => koble.stop())

/** A destination made by the API, for messages of an event type of its own. */
async function make(type: string, config: object, settings: object = {}) {
  const eventType = `order.t${randomUUID().slice(0, 8)}`
  const { status, body } = await koble.request<CreatedDestination>('POST', '/api/destinations', {
    body: { name: 'A broker', type, config, eventTypes: [eventType], retrySchedule: Array(20).fill(1), ...settings },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  const send = async (data: unknown, more: object = {}) => {
    const sent = await koble.request<SentMessage>('POST', '/api/messages', { body: { eventType, data, ...more } })
    expect(sent.status, JSON.stringify(sent.body)).toBe(201)
    return sent.body
  }
  return { ...body, eventType, send }
}

const tryOut = async (id: string) =>
  (await koble.request<DestinationTest>('POST', `/api/destinations/${id}/test`, { body: {} })).body

/** Turns the clock until every delivery has ended like this. */
const reach = (id: string, statuses: string[]) =>
  vi.waitFor(
    async () => {
      await clock.advance(500)
      const rows = await deliveriesOf(koble, id)
      expect(rows.map(({ status }) => status)).toEqual(statuses)
      return rows
    },
    { timeout: 60_000, interval: 20 },
  )

const signatureHeaders = (headers: Record<string, string>) => ({
  'webhook-id': headers['webhook-id'] ?? '',
  'webhook-timestamp': headers['webhook-timestamp'] ?? '',
  'webhook-signature': headers['webhook-signature'] ?? '',
})

const rabbitmq = ensureRabbitmqServer()
describe.skipIf(rabbitmq === null)('RabbitMQ', () => {
  let server: RabbitmqServer
  beforeAll(async () => {
    server = await startRabbitmqServer(rabbitmq as string)
  }, startTimeoutMs)
  afterAll(() => server?.stop())

  const guest = { username: 'guest', password: 'guest' }
  const configOf = (exchange: string, more: object = {}) => ({
    host: '127.0.0.1',
    port: server.port,
    tls: false,
    exchange,
    ...more,
  })
  async function withChannel<Result>(use: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${server.port}`)
    try {
      return await use(await connection.createConfirmChannel())
    } finally {
      await connection.close()
    }
  }
  /** An exchange with a durable queue behind it, both named alike. */
  async function makeExchange(binding = '#'): Promise<string> {
    const name = `test-${randomUUID()}`
    await withChannel(async (channel) => {
      await channel.assertExchange(name, 'topic', { durable: true })
      await channel.assertQueue(name, { durable: true })
      await channel.bindQueue(name, name, binding)
    })
    return name
  }
  const read = (queue: string) =>
    withChannel(async (channel) => {
      const found: GetMessage[] = []
      for (;;) {
        const message = await channel.get(queue, { noAck: true })
        if (message === false) return found
        found.push(message)
      }
    })

  test('a message arrives with its bytes, its headers and a signature that Standard Webhooks accept', async () => {
    const exchange = await makeExchange()
    const destination = await make('rabbitmq', configOf(exchange, { routingKey: '{type}.{key}' }), {
      secrets: guest,
      headers: { 'X-Team': 'billing' },
    })
    expect(await tryOut(destination.id)).toMatchObject({ succeeded: true, errorCode: null })
    const sent = await destination.send({ amount: 1 }, { orderingKey: 'customer-7' })
    await reach(destination.id, ['delivered'])
    const [tested, received, ...others] = await read(exchange)
    expect(others).toEqual([])
    expect(tested?.properties.type).toBe('koble.test')
    expect(received?.fields.routingKey).toBe(`${destination.eventType}.customer-7`)
    expect(received?.properties).toMatchObject({ messageId: sent.id, type: destination.eventType, deliveryMode: 2 })
    expect(JSON.parse(received?.content.toString() ?? '')).toMatchObject({
      type: destination.eventType,
      data: { amount: 1 },
    })
    const headers = received?.properties.headers as Record<string, string>
    expect(headers).toMatchObject({
      'webhook-id': sent.id,
      'webhook-type': destination.eventType,
      'content-type': 'application/json',
      'x-team': 'billing',
    })
    const webhook = new Webhook((destination.signingSecret as string).slice('whsec_'.length))
    vi.setSystemTime(clock.now())
    try {
      expect(() => webhook.verify(received?.content as Buffer, signatureHeaders(headers))).not.toThrow()
      expect(() => webhook.verify('{}', signatureHeaders(headers))).toThrow()
    } finally {
      vi.useRealTimers()
    }
  })

  test('a binary CloudEvent has its attributes as the binding of AMQP names them', async () => {
    const exchange = await makeExchange()
    const settings = { secrets: guest, payloadFormat: 'cloudevents_binary', signing: 'none' }
    const destination = await make('rabbitmq', configOf(exchange), settings)
    const sent = await destination.send({ amount: 2 }, { orderingKey: 'kunde nr. 7 på «øya»' })
    await reach(destination.id, ['delivered'])
    const [received] = await read(exchange)
    expect(received?.content.toString()).toBe('{"amount":2}')
    expect(received?.properties.headers).toMatchObject({
      cloudEvents_specversion: '1.0',
      cloudEvents_id: sent.id,
      cloudEvents_type: destination.eventType,
      cloudEvents_partitionkey: 'kunde nr. 7 på «øya»',
    })
    expect(received?.properties.headers).not.toHaveProperty('webhook-signature')
  })

  test('messages with one ordering key arrive in the order in which they were sent', async () => {
    const exchange = await makeExchange()
    const destination = await make('rabbitmq', configOf(exchange), { secrets: guest, ordered: true })
    for (let number = 0; number < 12; number += 1) await destination.send({ number }, { orderingKey: `k${number % 2}` })
    await reach(destination.id, Array(12).fill('delivered'))
    const numbers = (await read(exchange)).map(({ content }) => JSON.parse(content.toString()).data.number as number)
    expect(numbers.filter((number) => number % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10])
    expect(numbers.filter((number) => number % 2 === 1)).toEqual([1, 3, 5, 7, 9, 11])
  })

  test('a missing exchange and a missing queue are told by the test and end deliveries; a wrong password is tried again until it is the right one, and does not come out', async () => {
    const exchange = await makeExchange('nothing')
    const reached = await makeExchange()
    const wrong = await make('rabbitmq', configOf(reached), { secrets: { username: 'guest', password: canary } })
    const missing = await make('rabbitmq', configOf(`missing-${randomUUID()}`), { secrets: guest })
    const unbound = await make('rabbitmq', configOf(exchange), { secrets: guest })
    for (const [destination, code] of [
      [wrong, 'access_refused'],
      [missing, 'not_found'],
      [unbound, 'unroutable'],
    ] as const) {
      const tested = await tryOut(destination.id)
      expect(tested).toMatchObject({
        succeeded: false,
        status: null,
        errorCode: code,
        errorMessage: expect.any(String),
      })
      await destination.send({})
      const status = code === 'access_refused' ? 'retrying' : 'dead'
      expect(await reach(destination.id, [status])).toMatchObject([{ error_code: code }])
      if (status === 'dead') expect(await attemptsOf(koble, destination.id)).toHaveLength(1)
      expect(JSON.stringify([tested, await attemptsOf(koble, destination.id)])).not.toContain(canary)
    }
    // What waited goes through with the right one, as it does where a receiver had answered 401.
    await koble.request('PATCH', `/api/destinations/${wrong.id}`, { body: { secrets: { password: 'guest' } } })
    await reach(wrong.id, ['delivered'])
    expect(await read(reached)).toHaveLength(1)
    expect(koble.log.join('\n')).not.toContain(canary)
  })

  test(
    'what cannot be sent while the broker is down is tried again, and arrives when it is back',
    async () => {
      const exchange = await makeExchange()
      const destination = await make('rabbitmq', configOf(exchange), { secrets: guest })
      await destination.send({ number: 0 })
      await reach(destination.id, ['delivered'])
      await server.kill()
      await destination.send({ number: 1 })
      expect(await tryOut(destination.id)).toMatchObject({ succeeded: false, errorCode: 'unavailable' })
      const [, waiting] = await vi.waitFor(async () => {
        const rows = await deliveriesOf(koble, destination.id)
        expect(rows).toMatchObject([{}, { status: 'retrying', error_code: 'unavailable' }])
        return rows
      }, 20_000)
      server = await startRabbitmqServer(rabbitmq as string, { like: server })
      const [, delivered] = await reach(destination.id, ['delivered', 'delivered'])
      expect(delivered?.attempts).toBeGreaterThan(waiting?.attempts ?? 0)
      const numbers = (await read(exchange)).map(({ content }) => JSON.parse(content.toString()).data.number)
      expect(numbers).toEqual([0, 1])
    },
    startTimeoutMs,
  )
})

const kcat = ensureKcat()
describe.skipIf(kcat === null)('Kafka', () => {
  let cluster: KafkaMock
  let proxy: KafkaProxy
  beforeAll(async () => {
    cluster = await startKafkaMock(kcat as string)
    proxy = await startKafkaProxy(cluster.port)
  })
  afterAll(async () => {
    await proxy?.close()
    await cluster?.stop()
  })

  const configOf = () => ({ brokers: [`127.0.0.1:${proxy.port}`], tls: false, topic: `test-${randomUUID()}` })
  const lines = async (topic: string, format: string) =>
    (await cluster.consume(topic, `${format}\n`)).toString().split('\n').slice(0, -1)

  test('a message arrives with key, headers and bytes, and a binary CloudEvent as the binding of Kafka has it', async () => {
    const config = configOf()
    const destination = await make('kafka', config, { payloadFormat: 'cloudevents_binary' })
    const sent = await destination.send({ amount: 3 }, { orderingKey: 'customer-7' })
    await reach(destination.id, ['delivered'])
    expect((await cluster.consume(config.topic, '%s')).toString()).toBe('{"amount":3}')
    const [line = ''] = await lines(config.topic, '%p/%o|%k|%h')
    const [place, key, headers = ''] = line.split('|')
    expect(key).toBe('customer-7')
    expect(headers.split(',')).toEqual(
      expect.arrayContaining([
        `webhook-id=${sent.id}`,
        'content-type=application/json',
        'ce_specversion=1.0',
        `ce_id=${sent.id}`,
        `ce_type=${destination.eventType}`,
      ]),
    )
    expect(headers).toMatch(/webhook-signature=v1,\S/)
    expect(await attemptsOf(koble, destination.id)).toMatchObject([{ succeeded: true, target: place }])
  })

  test('messages with one ordering key lie in one partition, in the order in which they were sent', async () => {
    const config = configOf()
    const destination = await make('kafka', config, { ordered: true, payloadFormat: 'raw' })
    for (let number = 0; number < 12; number += 1) await destination.send(number, { orderingKey: `k${number % 3}` })
    await reach(destination.id, Array(12).fill('delivered'))
    const found = (await lines(config.topic, '%k %p %s')).map((line) => line.split(' '))
    for (const key of ['k0', 'k1', 'k2']) {
      const own = found.filter(([of]) => of === key)
      expect(new Set(own.map(([, partition]) => partition)).size).toBe(1)
      const first = Number(key.slice(1))
      expect(own.map(([, , number]) => Number(number))).toEqual([first, first + 3, first + 6, first + 9])
    }
  })

  test('a wrong password is told; with the right one what waited goes through, also after an outage', async () => {
    proxy.password = canary
    const config = { ...configOf(), saslMechanism: 'PLAIN' }
    const secrets = { username: 'koble', password: `${canary}-wrong` }
    const destination = await make('kafka', config, { secrets, payloadFormat: 'raw' })
    const refused = await tryOut(destination.id)
    expect(refused).toMatchObject({ succeeded: false, errorCode: 'access_refused' })
    await destination.send(1)
    await reach(destination.id, ['retrying'])
    await koble.request('PATCH', `/api/destinations/${destination.id}`, { body: { secrets: { password: canary } } })
    await destination.send(2)
    await reach(destination.id, ['delivered', 'delivered'])
    const former = cluster
    await former.stop()
    await destination.send(3)
    await vi.waitFor(async () => {
      expect(await deliveriesOf(koble, destination.id)).toMatchObject([{}, {}, { status: 'retrying' }])
    }, 20_000)
    cluster = await startKafkaMock(kcat as string)
    proxy.upstreamPort = cluster.port
    await reach(destination.id, ['delivered', 'delivered', 'delivered'])
    // The mock cluster keeps nothing over a restart.
    expect((await cluster.consume(config.topic, '%s')).toString()).toBe('3')
    expect(JSON.stringify(refused) + koble.log.join('\n')).not.toContain(canary)
  })
})

const redisServer = ensureRedisServer()
describe.skipIf(redisServer === null)('Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer(redisServer as string, { password: canary })
  })
  afterAll(() => server?.kill())

  test('a message becomes an entry; a wrong password is told; after an outage what waited arrives', async () => {
    const stream = `test-${randomUUID()}`
    const config = { host: '127.0.0.1', port: server.port, tls: false, stream }
    const destination = await make('redis_stream', config, { secrets: { password: `${canary}-wrong` } })
    const refused = await tryOut(destination.id)
    expect(refused).toMatchObject({ succeeded: false, errorCode: 'access_refused' })
    expect(JSON.stringify(refused)).not.toContain(canary)
    await koble.request('PATCH', `/api/destinations/${destination.id}`, { body: { secrets: { password: canary } } })
    const sent = await destination.send({ amount: 4 }, { orderingKey: 'customer-7' })
    await reach(destination.id, ['delivered'])
    const entries = async () => {
      const client = await createClient({ url: server.url, password: canary }).connect()
      try {
        return (await client.xRange(stream, '-', '+')) ?? []
      } finally {
        client.destroy()
      }
    }
    const [entry, ...others] = await entries()
    expect(others).toEqual([])
    expect(entry?.message).toMatchObject({ id: sent.id, type: destination.eventType, key: 'customer-7' })
    expect(JSON.parse(entry?.message.data ?? '')).toMatchObject({ data: { amount: 4 } })
    expect(JSON.parse(entry?.message.headers ?? '')).toMatchObject({
      'webhook-signature': expect.stringMatching(/^v1,/),
    })

    await server.kill()
    await destination.send({ amount: 5 })
    await vi.waitFor(async () => {
      expect(await deliveriesOf(koble, destination.id)).toMatchObject([{}, { status: 'retrying' }])
    }, 20_000)
    server = await startRedisServer(redisServer as string, { password: canary, port: server.port })
    await reach(destination.id, ['delivered', 'delivered'])
    expect((await entries()).map(({ message }) => JSON.parse(message.data ?? '').data)).toEqual([{ amount: 5 }])
    expect(koble.log.join('\n')).not.toContain(canary)
  })
})

const natsServer = ensureNatsServer()
describe.skipIf(natsServer === null)('NATS JetStream', () => {
  let server: Awaited<ReturnType<typeof startNatsServer>>
  beforeAll(async () => {
    const settings = `authorization { user: koble, password: ${canary} }`
    server = await startNatsServer(natsServer as string, { settings })
  })
  afterAll(() => server?.stop())

  test('a message lies in the stream with its headers; a wrong password and a subject nobody listens to are told', async () => {
    const [nats, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')])
    const connection = await nats.connect({ servers: `127.0.0.1:${server.port}`, user: 'koble', pass: canary })
    const manager = await jetstream.jetstreamManager(connection)
    await manager.streams.add({ name: 'orders', subjects: ['orders.>', 'koble.>'] })
    const servers = [`127.0.0.1:${server.port}`]
    const secrets = { username: 'koble', password: canary }
    const config = { servers, tls: false, subject: 'orders.{type}' }
    const destination = await make('nats_jetstream', config, { secrets, payloadFormat: 'cloudevents_binary' })
    const sent = await destination.send({ amount: 6 })
    await reach(destination.id, ['delivered'])
    const stored = await manager.streams.getMessage('orders', { last_by_subj: `orders.${destination.eventType}` })
    expect(Buffer.from(stored?.data ?? []).toString()).toBe('{"amount":6}')
    expect(stored?.header.get('Nats-Msg-Id')).toBe(sent.id)
    expect(stored?.header.get('ce-id')).toBe(sent.id)
    expect(stored?.header.get('webhook-signature')).toMatch(/^v1,/)
    expect(await attemptsOf(koble, destination.id)).toMatchObject([{ target: 'orders/1' }])
    await connection.close()

    const elsewhere = await make('nats_jetstream', { ...config, subject: 'nowhere.{type}' }, { secrets })
    expect(await tryOut(elsewhere.id)).toMatchObject({ succeeded: false, errorCode: 'not_found' })
    const wrong = await make('nats_jetstream', config, { secrets: { ...secrets, password: `${canary}-wrong` } })
    const refused = await tryOut(wrong.id)
    expect(refused).toMatchObject({ succeeded: false, errorCode: 'access_refused' })
    expect(JSON.stringify(refused)).not.toContain(canary)
    expect(koble.log.join('\n')).not.toContain(canary)
  })
})

describe('S3', () => {
  let server: Awaited<ReturnType<typeof startS3Server>>
  beforeAll(async () => {
    server = await startS3Server('deliveries')
  })
  afterAll(() => server?.stop())

  const client = new AwsClient({ ...s3Keys, service: 's3', region: 'us-east-1' })
  const configOf = (more: object = {}) => ({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    bucket: 'deliveries',
    pathStyle: true,
    ...more,
  })
  const objectsOf = async (id: string) => {
    const keys = new Set(((await attemptsOf(koble, id)) as unknown as { target: string }[]).map(({ target }) => target))
    return await Promise.all(
      [...keys].map(async (key) => {
        const answer = await client.fetch(`http://127.0.0.1:${server.port}/deliveries/${key}`)
        return (await answer.text())
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      }),
    )
  }

  test('messages are gathered into objects by the batch limits, and what is left leaves when its time is up', async () => {
    const config = configOf({ prefix: 'koble', batch: { maxMessages: 3, maxSeconds: 900 } })
    const destination = await make('s3', config, { secrets: s3Keys, payloadFormat: 'raw' })
    const { eventType } = destination
    await publish(
      koble,
      Array.from({ length: 7 }, (_, index) => ({ eventType, body: Buffer.from(`${index}`) })),
    )
    await vi.waitFor(async () => {
      expect((await deliveriesOf(koble, destination.id)).map(({ status }) => status)).toEqual([
        ...Array(6).fill('delivered'),
        'pending',
      ])
    }, 20_000)
    expect((await objectsOf(destination.id)).map((lines) => lines.map(({ data }) => data))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ])
    // Well before its time it still waits, leased; the lease lasts longer than that.
    await clock.advance(800_000)
    expect(await deliveriesOf(koble, destination.id)).toMatchObject([...Array(6).fill({}), { status: 'pending' }])
    await clock.advance(100_000)
    await reach(destination.id, Array(7).fill('delivered'))
    const [, , last] = await objectsOf(destination.id)
    expect(last).toMatchObject([{ data: 6, type: eventType, headers: { 'webhook-signature': expect.any(String) } }])
    expect((await attemptsOf(koble, destination.id)).map(({ number }) => number)).toEqual(Array(7).fill(1))
  })

  test('wrong keys are told, and a store that is down is tried again', async () => {
    const wrong = await make('s3', configOf(), { secrets: { ...s3Keys, secretAccessKey: canary } })
    const refused = await tryOut(wrong.id)
    expect(refused).toMatchObject({ succeeded: false, errorCode: 'access_refused' })
    const destination = await make('s3', configOf({ batch: { maxSeconds: 1 } }), { secrets: s3Keys })
    expect(await tryOut(destination.id)).toMatchObject({ succeeded: true })
    await server.kill()
    await destination.send({ amount: 7 })
    await vi.waitFor(
      async () => {
        await clock.advance(500)
        expect(await deliveriesOf(koble, destination.id)).toMatchObject([{ error_code: 'unavailable' }])
      },
      { timeout: 20_000, interval: 20 },
    )
    server = await startS3Server('deliveries', { port: server.port, folder: server.folder })
    await reach(destination.id, ['delivered'])
    expect(JSON.stringify(refused) + koble.log.join('\n')).not.toContain(canary)
  })
})

test('a broker at a private address is refused when it is saved, and when a name leads there later', async () => {
  const guarded = await startTestKoble({
    beside: koble,
    allowedPrivateNetworks: ['10.9.9.9/32'],
    jobs: false,
    lookup: (_name, options, callback) => {
      const address = '127.0.0.1'
      callback(null, options.all ? [{ address, family: 4 }] : (address as never), 4)
    },
  })
  try {
    const body = (host: string) => ({
      name: 'Within',
      type: 'redis_stream',
      config: { host, tls: false, stream: 's' },
    })
    for (const host of ['127.0.0.1', 'redis.example']) {
      const saved = await guarded.request('POST', '/api/destinations', { body: body(host) })
      expect(saved).toMatchObject({ status: 400, body: { code: 'private_address' } })
    }
    const { body: made } = await koble.request<CreatedDestination>('POST', '/api/destinations', {
      body: body('127.0.0.1'),
    })
    const { body: tested } = await guarded.request<DestinationTest>('POST', `/api/destinations/${made.id}/test`, {
      body: {},
    })
    expect(tested).toMatchObject({ succeeded: false, errorCode: 'address_refused' })
  } finally {
    await guarded.stop()
  }
})

test('a setting that the type does not have is refused with its name', async () => {
  const config = { host: '127.0.0.1', stream: 's', streams: ['s'] }
  const answer = await koble.request('POST', '/api/destinations', { body: { name: 'A', type: 'redis_stream', config } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  const checked = await koble.services.outbound.checkDestination({
    type: 'kafka',
    config: { brokers: ['a:1'], topic: 'no spaces please' },
  })
  expect(checked).toMatchObject([{ path: 'config.topic' }])
})
