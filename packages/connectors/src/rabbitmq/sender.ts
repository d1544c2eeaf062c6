import { once } from 'node:events'
import { isIP } from 'node:net'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { z } from 'zod'
import { createConnectedSender, type Protocol, sendEach } from '../connected-sender.ts'
import { createEgress } from '../egress.ts'
import { fillTemplate } from '../fill-template.ts'
import { messageHeaders } from '../message-headers.ts'
import { connectionFailure, lasting, temporary } from '../send-failure.ts'
import type { OutboundMessage, Sender, SenderEnvironment, SendFailure, SendResult } from '../sender.ts'
import type { configSchema, secretsSchema } from './config.ts'

/** How many messages may wait for the broker's confirmation at the same time. */
const unconfirmedMax = 256

/** The broker is asked for a sign of life so often; after two without, the connection counts as dead. In seconds. */
const heartbeatSeconds = 20

/** A connection with its one channel, and what became known of them. */
interface Link {
  model: ChannelModel
  channel: ConfirmChannel
  open: boolean
  /** The broker has no memory or disk left and takes nothing for now. */
  blocked: boolean
  /** Set when the buffer of the socket is full, until it has drained. */
  full: boolean
  /** What the broker said when it closed the channel or the connection. */
  fault: unknown
  /** Ids of messages that came back because no queue takes them, with how often. */
  returned: Map<string, number>
}

/**
 * Makes a sender that publishes to an exchange of RabbitMQ over AMQP 0-9-1, with publisher confirms: `delivered` means
 * that every queue the message was routed to has taken it, on disk where it is durable. A message that no queue gets
 * fails as `unroutable`, unless the configuration says that it may vanish.
 * https://www.rabbitmq.com/docs/confirms
 */
export async function createRabbitmqSender(
  config: z.output<typeof configSchema>,
  secrets: z.output<typeof secretsSchema>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const { connect } = await import('amqplib')
  const egress = createEgress(environment)
  const port = config.port ?? (config.tls ? 5671 : 5672)

  async function open(): Promise<Link> {
    const model = await connect(
      {
        protocol: config.tls ? 'amqps' : 'amqp',
        hostname: config.host,
        port,
        vhost: encodeURIComponent(config.vhost),
        heartbeat: heartbeatSeconds,
        username: secrets.username,
        password: secrets.password,
      },
      {
        lookup: egress.lookupFor(config.host, port),
        timeout: environment.connectTimeoutMs ?? 10_000,
        noDelay: true,
        clientProperties: { connection_name: 'koble' },
        ...(config.tls && isIP(config.host) === 0 && { servername: config.host }),
        ...(config.tls && config.ca !== undefined && { ca: [Buffer.from(config.ca)] }),
      },
    )
    const link: Pick<Link, 'open' | 'fault' | 'blocked'> = { open: true, fault: undefined, blocked: false }
    // Errors that nobody listens to would end the process.
    const fail = (error: unknown) => {
      link.fault ??= error
    }
    const end = () => {
      link.open = false
    }
    model.on('error', fail)
    model.on('close', end)
    const channel = await model.createConfirmChannel().catch((error) => {
      destroySocket(model)
      throw error
    })
    channel.on('error', fail)
    channel.on('close', end)
    const whole: Link = Object.assign(link, { model, channel, full: false, returned: new Map<string, number>() })
    model.on('blocked', () => {
      whole.blocked = true
    })
    model.on('unblocked', () => {
      whole.blocked = false
    })
    channel.on('drain', () => {
      whole.full = false
    })
    channel.on('return', ({ properties }) => {
      const id = String(properties.messageId)
      whole.returned.set(id, (whole.returned.get(id) ?? 0) + 1)
    })
    return whole
  }

  function publish(link: Link, message: OutboundMessage): Promise<SendResult> {
    return new Promise((resolve, reject) => {
      const routingKey = fillTemplate(config.routingKey, message)
      const options = {
        messageId: message.id,
        type: message.type,
        contentType: message.contentType,
        timestamp: Math.floor(message.timestamp.getTime() / 1000),
        headers: messageHeaders(message),
        mandatory: config.mandatory,
        persistent: config.persistent,
      }
      const taken = link.channel.publish(config.exchange, routingKey, message.body, options, (error) => {
        const returns = link.returned.get(message.id) ?? 0
        if (returns > 1) link.returned.set(message.id, returns - 1)
        else link.returned.delete(message.id)
        if (returns > 0) resolve(lasting('unroutable', 'The exchange has no queue for the message.'))
        else if (error === null) resolve({ delivered: true })
        // Either the broker answered with a nack, or the channel is gone.
        else if (link.open && link.fault === undefined) resolve(notTaken)
        else reject(link.fault ?? error)
      })
      if (!taken) link.full = true
    })
  }

  const protocol: Protocol<Link> = {
    open,
    isOpen: (link) => link.open && link.fault === undefined,
    async send(link, messages, settle) {
      if (link.blocked) {
        for (const index of messages.keys()) settle(index, blocked)
        return
      }
      await sendEach(messages, settle, {
        unconfirmedMax,
        publish: (message) => publish(link, message),
        judge: (error) => judge(link.fault ?? error) ?? connectionFailure(link.fault ?? error),
        async ready() {
          const ended = new AbortController()
          while (link.full && link.open) {
            const { signal } = ended
            const next = [once(link.channel, 'drain', { signal }), once(link.channel, 'close', { signal })]
            await Promise.race(next)
            ended.abort()
            await Promise.allSettled(next)
          }
        },
      })
    },
    async test(link) {
      // The default exchange is always there, and cannot be asked for.
      if (config.exchange !== '') await link.channel.checkExchange(config.exchange)
      return link.blocked ? blocked : { delivered: true }
    },
    async close(link, atOnce) {
      if (!link.open) return
      link.open = false
      if (!atOnce) await link.model.close()
      else destroySocket(link.model)
    },
    judge,
  }
  return createConnectedSender(protocol, environment)
}

const notTaken = temporary('unavailable', 'The broker could not take the message.')
const blocked = temporary('unavailable', 'The broker has run out of memory or disk, and takes no messages for now.')

/** Reply codes of AMQP: https://www.rabbitmq.com/amqp-0-9-1-reference#constants */
function judge(error: unknown): SendFailure | undefined {
  const { code, message = '' } = error as { code?: unknown; message?: string }
  const replyCode =
    typeof code === 'number' ? code : Number(/^Handshake terminated by server: (\d{3})\b/.exec(message)?.[1])
  if (replyCode === 403)
    return temporary('access_refused', 'RabbitMQ refused the user name, the password or the permission.')
  if (replyCode === 404) return lasting('not_found', 'There is no such exchange.')
  // The client keeps to itself what the broker said there. A virtual host that is still being started counts as well.
  if (replyCode === 530 || /^Expected ConnectionOpenOk\b/.test(message)) {
    return temporary(
      'access_refused',
      'The virtual host does not exist, is not ready, or may not be entered by the user.',
    )
  }
  if (replyCode === 406 || replyCode === 311) return lasting('rejected', 'RabbitMQ does not take such a message.')
  // What the client refuses to encode: properties of more than 255 bytes, headers of more than 64 KiB.
  if (error instanceof TypeError || error instanceof RangeError) {
    return lasting('invalid_message', 'The message has properties or headers that AMQP cannot carry.')
  }
  return undefined
}

/** The client has no door for it; without it, a broker that hangs would keep the socket until the next heartbeat. */
function destroySocket(model: ChannelModel): void {
  const { stream } = model.connection as unknown as { stream?: { destroy?: () => void } }
  stream?.destroy?.()
}
