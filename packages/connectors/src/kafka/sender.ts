import { isIP } from 'node:net'
import type { Producer } from '@platformatic/kafka'
import type { z } from 'zod'
import { splitServerAddress } from '../config-fields.ts'
import { createConnectedSender, type Protocol, type Settle } from '../connected-sender.ts'
import { createEgress } from '../egress.ts'
import { messageHeaders } from '../message-headers.ts'
import { connectionFailure } from '../send-failure.ts'
import type { OutboundMessage, Sender, SenderEnvironment } from '../sender.ts'
import type { configSchema, secretsSchema } from './config.ts'
import { guardConnections } from './guard-connections.ts'
import { confirmedOffsets, judge } from './judge.ts'

type ByteProducer = Producer<Buffer, Buffer, Buffer, Buffer>

interface Link {
  producer: ByteProducer
}

/** One of a batch, with its place in it. */
interface Placed {
  index: number
  message: OutboundMessage
}

/**
 * Makes a sender that produces to a topic of Kafka. `delivered` means that all replicas in sync have stored the message
 * (`acks=all`); the detail is `partition/offset`. Messages with the same key go to the same partition, the one that
 * Java's clients would choose, and stay in order there; those without a key share one partition per batch. The
 * idempotent producer recognises what it repeats by itself. What `send` is given again is stored again: consumers go by
 * the header `webhook-id`. Topics are never created.
 * https://kafka.apache.org/documentation/#producerconfigs_enable.idempotence
 */
export async function createKafkaSender(
  config: z.output<typeof configSchema>,
  secrets: z.output<typeof secretsSchema>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const kafka = await import('@platformatic/kafka')
  const egress = createEgress(environment)
  const brokers = config.brokers.map((broker) => splitServerAddress(broker, 9092))

  function makeProducer(): ByteProducer {
    const guard = guardConnections(egress, config.tls, kafka.NetworkError)
    const producer: ByteProducer = new kafka.Producer({
      clientId: config.clientId,
      bootstrapBrokers: brokers,
      autocreateTopics: false,
      idempotent: config.idempotent,
      acks: kafka.ProduceAcks.ALL,
      // Bridges a change of leaders, where brokers recognise a repetition; the rest is for whoever asked to send.
      retries: config.idempotent ? 3 : 0,
      retryDelay: 250,
      connectTimeout: environment.connectTimeoutMs ?? 10_000,
      metadataMaxAge: 60_000,
      handleBackPressure: true,
      strict: true,
      ...(config.tls && {
        tls: { lookup: guard.lookup, ...(config.ca !== undefined && { ca: config.ca }) } as object,
        tlsServerName: brokers.every(({ host }) => isIP(host) === 0),
      }),
      ...(config.saslMechanism !== null && {
        sasl: { mechanism: config.saslMechanism, username: secrets.username ?? '', password: secrets.password ?? '' },
      }),
    })
    guard.watch(producer.connections)
    return producer
  }

  /** A producer that has failed no longer knows what the brokers have of it. */
  async function renew(link: Link): Promise<void> {
    const failed = link.producer
    link.producer = makeProducer()
    await closeProducer(failed, true)
  }

  async function sendBatch(link: Link, batch: readonly Placed[], settle: Settle): Promise<void> {
    const { topic } = config
    const byPartition = new Map<number, Placed[]>()
    const confirm = (offsets: ReadonlyMap<number, bigint>) => {
      for (const [partition, first] of offsets) {
        for (const [position, { index }] of (byPartition.get(partition) ?? []).entries()) {
          settle(index, { delivered: true, detail: `${partition}/${first + BigInt(position)}` })
        }
        byPartition.delete(partition)
      }
    }
    try {
      const count = (await link.producer.metadata({ topics: [topic] })).topics.get(topic)?.partitionsCount ?? 1
      const forKeyless = Math.floor(Math.random() * count)
      const records = batch.map((placed) => {
        const { message } = placed
        const key = message.key === null ? undefined : Buffer.from(message.key)
        const partition =
          key === undefined ? forKeyless : kafka.compatibilityPartitioner(undefined as never, key) % count
        byPartition.set(partition, [...(byPartition.get(partition) ?? []), placed])
        const headers = new Map<Buffer, Buffer>()
        for (const [name, value] of Object.entries(messageHeaders(message))) {
          headers.set(Buffer.from(name), Buffer.from(value))
        }
        const timestamp = BigInt(message.timestamp.getTime())
        return { topic, partition, value: message.body, headers, timestamp, ...(key !== undefined && { key }) }
      })
      const { offsets = [] } = await link.producer.send({ messages: records, acks: kafka.ProduceAcks.ALL })
      confirm(new Map(offsets.map(({ partition, offset }) => [partition, offset])))
    } catch (error) {
      confirm(confirmedOffsets(error))
      const failure = judge(error) ?? connectionFailure(error)
      const unsent = byPartition.size === 0 ? batch : [...byPartition.values()].flat()
      await renew(link)
      // One message that is not taken spoils those stored with it; on their own they may pass.
      if (batch.length > 1 && (failure.code === 'too_large' || failure.code === 'rejected')) {
        for (const placed of unsent) await sendBatch(link, [placed], settle)
      } else {
        for (const { index } of unsent) settle(index, failure)
      }
    }
  }

  const protocol: Protocol<Link> = {
    async open() {
      const link = { producer: makeProducer() }
      try {
        await link.producer.metadata({ topics: [] })
        return link
      } catch (error) {
        await closeProducer(link.producer, true)
        throw error
      }
    },
    isOpen: ({ producer }) => !producer.closed,
    send: (link, messages, settle) =>
      sendBatch(
        link,
        messages.map((message, index) => ({ index, message })),
        settle,
      ),
    async test({ producer }) {
      await producer.metadata({ topics: [config.topic], forceUpdate: true })
      return { delivered: true }
    },
    close: ({ producer }, atOnce) => closeProducer(producer, atOnce),
    judge,
  }
  return createConnectedSender(protocol, environment)
}

async function closeProducer(producer: ByteProducer, atOnce: boolean): Promise<void> {
  const sockets = [...producer.connections].map(([, connection]) => connection.socket)
  if (atOnce) for (const socket of sockets) socket?.destroy()
  await producer.close(true).catch(() => {})
}
