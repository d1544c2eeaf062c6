import { isIP } from 'node:net'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { z } from 'zod'
import { splitServerAddress } from '../config-fields.ts'
import { createConnectedSender, type Protocol, sendEach } from '../connected-sender.ts'
import { createEgress } from '../egress.ts'
import { fillTemplate } from '../fill-template.ts'
import { messageHeaders } from '../message-headers.ts'
import { causes, connectionFailure, lasting, temporary } from '../send-failure.ts'
import type { OutboundMessage, Sender, SenderEnvironment, SendFailure, SendResult } from '../sender.ts'
import type { configSchema, secretsSchema } from './config.ts'

/** How many messages may wait for their acknowledgement at the same time. */
const unconfirmedMax = 256

interface Link {
  connection: NatsConnection
  client: JetStreamClient
}

/**
 * Makes a sender that publishes to a stream of NATS JetStream. `delivered` means that the stream has stored the message
 * and acknowledged it; the detail is stream and sequence. The message's id goes along as `Nats-Msg-Id`, so that what is
 * sent again within the stream's duplicate window is stored once.
 * https://docs.nats.io/nats-concepts/jetstream/streams
 */
export async function createNatsJetstreamSender(
  config: z.output<typeof configSchema>,
  secrets: z.output<typeof secretsSchema>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const [nats, { jetstream, jetstreamManager }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
  ])
  const egress = createEgress(environment)
  const connectTimeoutMs = environment.connectTimeoutMs ?? 10_000
  const servers = config.servers.map((server) => splitServerAddress(server, 4222))

  async function open(): Promise<Link> {
    let first: unknown
    for (const { host, port } of servers) {
      try {
        // The client takes no lookup: it is handed the checked address, and the name only for the certificate.
        const [address] = await egress.resolve(host, port)
        const connection = await nats.connect({
          servers: [`${isIP(address ?? '') === 6 ? `[${address}]` : address}:${port}`],
          resolve: false,
          // Other servers of the cluster, as this one tells of them, would be called unchecked.
          ignoreClusterUpdates: true,
          reconnect: false,
          timeout: connectTimeoutMs,
          name: 'koble',
          pingInterval: 20_000,
          tls: config.tls ? tlsOptions(host) : null,
          ...('token' in secrets && { token: secrets.token }),
          ...('username' in secrets && { user: secrets.username, pass: secrets.password }),
          ...('creds' in secrets && { authenticator: nats.credsAuthenticator(Buffer.from(secrets.creds)) }),
        })
        return { connection, client: jetstream(connection, { timeout: environment.sendTimeoutMs ?? 30_000 }) }
      } catch (error) {
        first ??= error
      }
    }
    throw first
  }

  function tlsOptions(host: string) {
    // The client goes on to TLS over a socket of its own; told neither, Node would check the certificate for `localhost`.
    const checkedFor = isIP(host) === 0 ? { servername: host } : { host }
    return { ...checkedFor, ...(config.ca !== undefined && { ca: config.ca }) }
  }

  async function publish({ connection, client }: Link, message: OutboundMessage): Promise<SendResult> {
    const subject = fillTemplate(config.subject, message)
    if (!publishable.test(subject)) {
      return lasting('invalid_message', 'The message’s type, key or id makes a subject that cannot be published to.')
    }
    const headers = nats.headers()
    let size = message.body.length + headerSizeMin
    for (const [name, value] of Object.entries(messageHeaders(message))) {
      headers.set(name, value)
      size += Buffer.byteLength(name) + Buffer.byteLength(value) + ': \r\n'.length
    }
    const sizeMax = connection.info?.max_payload
    if (sizeMax !== undefined && size > sizeMax) {
      return lasting('too_large', 'The message is larger than the server takes.')
    }
    const ack = await client.publish(subject, message.body, {
      msgID: message.id,
      headers,
      ...(config.stream !== null && { expect: { streamName: config.stream } }),
    })
    return { delivered: true, detail: `${ack.stream}/${ack.seq}${ack.duplicate ? ' (stored before)' : ''}` }
  }

  const protocol: Protocol<Link> = {
    open,
    isOpen: ({ connection }) => !connection.isClosed(),
    send: (link, messages, settle) =>
      sendEach(messages, settle, {
        unconfirmedMax,
        publish: (message) => publish(link, message),
        judge: (error) => judge(error) ?? connectionFailure(error),
      }),
    async test({ connection }) {
      const manager: JetStreamManager = await jetstreamManager(connection, { timeout: 10_000 })
      if (config.stream !== null) await manager.streams.info(config.stream)
      return { delivered: true }
    },
    // There is nothing to drain: whatever was sent has been waited for.
    close: ({ connection }) => connection.close(),
    judge,
  }
  return createConnectedSender(protocol, environment)

  function judge(error: unknown): SendFailure | undefined {
    for (const cause of causes(error)) {
      const failure = judgeOne(cause)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  function judgeOne(error: object): SendFailure | undefined {
    const { errors } = nats
    if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
      return temporary('access_refused', 'NATS refused the credentials.')
    }
    if (error instanceof errors.PermissionViolationError) {
      return temporary('access_refused', 'The user may not publish to the subject.')
    }
    if (error instanceof errors.TimeoutError) return temporary('timeout', 'NATS did not answer in time.')
    const { name, code, message = '' } = error as { name?: string; code?: unknown; message?: string }
    if (name === 'StreamNotFoundError' || code === 10059) return lasting('not_found', 'There is no such stream.')
    if (name === 'JetStreamNotEnabled') return lasting('not_found', 'No stream of JetStream listens to the subject.')
    if (code === 10060) return lasting('not_found', 'Another stream than the configured one listens to the subject.')
    if (code === 10054) return lasting('too_large', 'The message is larger than the stream takes.')
    // 10077: the stream is full and drops nothing; 10008, 10023, 10047: the server has no leader or no room for now.
    if (name === 'JetStreamApiError') return temporary('unavailable', 'The stream takes no messages for now.')
    if (/^server does not support 'tls'$/.test(message)) {
      return lasting('tls_failed', 'The server does not offer TLS, and the configuration demands it.')
    }
    if (error instanceof errors.InvalidArgumentError || error instanceof errors.InvalidSubjectError) {
      return lasting('invalid_message', 'The message has headers or a subject that NATS cannot carry.')
    }
    return undefined
  }
}

/** `NATS/1.0`, the two headers that JetStream has of its own, and the line breaks around them. */
const headerSizeMin = 512

/** Tokens between dots, none of them empty, without blanks and wildcards. */
const publishable = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/
