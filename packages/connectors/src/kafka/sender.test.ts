import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ensureKcat, type KafkaMock, startKafkaMock } from '../../../../scripts/tests/kafka-mock.ts'
import { createSender } from '../create-sender.ts'
import type { SenderEnvironment } from '../sender.ts'
import { type KafkaProxy, missingTopic, startKafkaProxy } from '../testing/kafka-proxy.ts'
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

const program = ensureKcat()

describe.skipIf(program === null)('a sender to Kafka', () => {
  let cluster: KafkaMock
  let proxy: KafkaProxy
  beforeAll(async () => {
    cluster = await startKafkaMock(program as string)
    proxy = await startKafkaProxy(cluster.port)
  })
  beforeEach(() => {
    Object.assign(proxy, {
      advertisedHost: '127.0.0.1',
      advertisedPort: proxy.port,
      password: undefined,
      oversized: undefined,
      produced: 0,
    })
  })
  afterAll(async () => {
    await proxy?.close()
    await cluster?.stop()
  })

  async function makeSender(
    changes: Record<string, unknown> = {},
    secrets: Record<string, string> = {},
    environment: SenderEnvironment = loopbackAllowed,
  ) {
    const topic = `test-${randomUUID()}`
    const config = { brokers: [`127.0.0.1:${proxy.port}`], tls: false, topic, ...changes }
    const sender = await createSender('kafka', config, secrets, environment)
    onTestFinished(() => sender.close())
    return { sender, topic }
  }

  /** Lines of what a consumer finds. */
  const read = async (topic: string, format: string, from = cluster) =>
    (await from.consume(topic, `${format}\n`)).toString().split('\n').slice(0, -1)

  it.each([true, false])(
    'hands a consumer the same bytes, key, time and headers (idempotent: %s)',
    async (idempotent) => {
      const { sender, topic } = await makeSender({ idempotent })
      const message = makeMessage({ key: 'customer-7' })
      const [result] = await sender.send([message], open())
      expect(result).toMatchObject({ delivered: true, detail: expect.stringMatching(/^[0-3]\/0$/) })
      expect(await cluster.consume(topic, '%s')).toEqual(message.body)
      const [line = ''] = await read(topic, '%p/%o|%k|%T|%h')
      const [detail, key, time, headers = ''] = line.split('|')
      expect([detail, key, time]).toEqual([
        (result as { detail?: string }).detail,
        'customer-7',
        String(message.timestamp.getTime()),
      ])
      const expected = Object.entries(expectedHeaders(message)).map(([name, value]) => `${name}=${value}`)
      expect(headers).toBe(expected.join(','))
    },
  )

  it('keeps messages with one key in order and in the partition that clients in Java choose', async () => {
    const { sender, topic } = await makeSender()
    const keys = ['21', 'a key with a murmur2 beyond 31 bits', 'customer-7', 'ø']
    const messages = makeMessages(400).map((message, index) => ({ ...message, key: keys[index % keys.length] ?? null }))
    const results = await sender.send(messages, open())
    const found = await read(topic, '%p/%o|%k|%s')
    const expected = messages.map((message, index) => {
      const result = results[index]
      return `${result?.delivered ? result.detail : '?'}|${message.key}|${message.body}`
    })
    expect(found.toSorted()).toEqual(expected.toSorted())
    for (const key of keys) {
      const own = found.filter((line) => line.split('|')[1] === key)
      expect(new Set(own.map((line) => line.split('/')[0])).size).toBe(1)
      expect(own.map((line) => line.split('|')[2])).toEqual(
        messages.filter((message) => message.key === key).map(({ body }) => String(body)),
      )
    }
    // Of four partitions, as Java's `toPositive(murmur2("21")) % 4` has it: https://github.com/apache/kafka/blob/trunk/clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java
    expect(found.find((line) => line.split('|')[1] === '21')?.split('/')[0]).toBe(String((-973932308 & 0x7fffffff) % 4))
  })

  it('asks for one batch of messages once', async () => {
    const { sender } = await makeSender()
    await sender.send(makeMessages(100), open())
    expect(proxy.produced).toBe(1)
  })

  it('says that a topic is missing, and does not make it', async () => {
    const { sender } = await makeSender({ topic: missingTopic })
    const missing = { delivered: false, retryable: false, code: 'not_found' }
    expect(await sender.test()).toMatchObject(missing)
    expect(await sender.send(makeMessages(2), open())).toMatchObject([missing, missing])
    expect(proxy.produced).toBe(0)
  })

  it('refuses a message that is too large, and sends those that came with it', async () => {
    proxy.oversized = 'very large'
    const { sender, topic } = await makeSender()
    const messages = [...makeMessages(2), makeMessage({ body: Buffer.from('very large') }), ...makeMessages(2)]
    expect(await sender.send(messages, open())).toMatchObject([
      { delivered: true },
      { delivered: true },
      { delivered: false, retryable: false, code: 'too_large' },
      { delivered: true },
      { delivered: true },
    ])
    expect(await read(topic, '%s')).toHaveLength(4)
  })

  it('signs in, and says that a password is wrong without repeating it', async () => {
    proxy.password = 'the password'
    const sasl = { saslMechanism: 'PLAIN' }
    const right = await makeSender(sasl, { username: 'user', password: 'the password' })
    expect(await right.sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    const wrong = await makeSender(sasl, { username: `user-${canary}`, password: canary })
    const [result] = await wrong.sender.send([makeMessage()], open())
    expect(result).toMatchObject({ delivered: false, retryable: true, code: 'access_refused' })
    expect(JSON.stringify([result, await wrong.sender.test()])).not.toContain(canary)
  })

  it('connects to no private address that is not allowed, written out or behind a name', async () => {
    const refused = { delivered: false, retryable: false, code: 'address_refused' }
    const written = await makeSender({}, {}, { allowedPrivateNetworks: [] })
    expect(await written.sender.test()).toMatchObject(refused)
    const lookup: SenderEnvironment['lookup'] = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    const brokers = [`kafka.example:${proxy.port}`]
    const named = await makeSender({ brokers }, {}, { allowedPrivateNetworks: [], lookup })
    expect(await named.sender.send([makeMessage()], open())).toMatchObject([refused])
    const allowed = await makeSender({ brokers }, {}, { ...loopbackAllowed, lookup })
    expect(await allowed.sender.test()).toEqual({ delivered: true })
  })

  it.each(['10.0.0.1', 'internal.example'])(
    'does not follow a broker to %s, which another one advertises',
    async (host) => {
      proxy.advertisedHost = host
      const { sender } = await makeSender(
        {},
        {},
        {
          ...loopbackAllowed,
          lookup: (_name, _options, callback) => callback(null, [{ address: '169.254.169.254', family: 4 }]),
        },
      )
      expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: false, code: 'address_refused' }])
    },
  )

  it('does not send credentials in the clear where TLS is demanded', async () => {
    const { sender } = await makeSender({ tls: true }, {}, { ...loopbackAllowed, connectTimeoutMs: 500 })
    expect(await sender.test()).toMatchObject({ delivered: false })
    expect(proxy.produced).toBe(0)
  })

  it('speaks TLS with brokers whose certificate it can trust, those that are advertised too, and with no other', async () => {
    const certificate = makeCertificate()
    const port = await startTlsFront(proxy.port, certificate)
    const config = { brokers: [`localhost:${port}`], tls: true, ca: certificate.certificate }
    Object.assign(proxy, { advertisedHost: 'localhost', advertisedPort: port })
    const trusting = await makeSender(config, {}, namesAllowed)
    expect(await trusting.sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    const doubting = await makeSender({ ...config, ca: undefined }, {}, namesAllowed)
    expect(await doubting.sender.test()).toMatchObject(untrusted)
    // The certificate is for `localhost` alone.
    proxy.advertisedHost = 'other.example'
    const misled = await makeSender(config, {}, namesAllowed)
    expect(await misled.sender.send([makeMessage()], open())).toMatchObject([untrusted])
  })

  it('goes on to the next broker when one is not there', async () => {
    const { sender } = await makeSender({ brokers: ['127.0.0.1:1', `127.0.0.1:${proxy.port}`] })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
  })

  it('calls what was under way retryable when the broker hangs or is killed, and delivers it after the restart', async () => {
    const own = await startKafkaMock(program as string)
    const ownProxy = await startKafkaProxy(own.port)
    onTestFinished(() => ownProxy.close())
    const brokers = [`127.0.0.1:${ownProxy.port}`]
    const hasty = await makeSender({ brokers }, {}, { ...loopbackAllowed, sendTimeoutMs: 500 })
    const patient = await makeSender({ brokers })
    for (const { sender } of [hasty, patient]) {
      expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    }
    const messages = makeMessages(3)
    own.pause()
    const overdue = { delivered: false, retryable: true, code: 'timeout' }
    expect(await hasty.sender.send(messages, open())).toMatchObject([overdue, overdue, overdue])
    const sending = patient.sender.send(messages, open())
    await own.stop()
    const lost = { delivered: false, retryable: true, code: 'unavailable' }
    expect(await sending).toMatchObject([lost, lost, lost])
    const again = await startKafkaMock(program as string)
    onTestFinished(() => again.stop())
    ownProxy.upstreamPort = again.port
    expect((await patient.sender.send(messages, open())).map(({ delivered }) => delivered)).toEqual([true, true, true])
    expect((await read(patient.topic, '%s', again)).toSorted()).toEqual(['body 0', 'body 1', 'body 2'])
  })
})
