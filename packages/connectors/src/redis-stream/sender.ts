import { isIP } from 'node:net'
import type { z } from 'zod'
import { createConnectedSender, type Protocol, sendEach } from '../connected-sender.ts'
import { createEgress } from '../egress.ts'
import { messageHeaders } from '../message-headers.ts'
import { connectionFailure, lasting, temporary } from '../send-failure.ts'
import type { OutboundMessage, Sender, SenderEnvironment, SendFailure, SendResult } from '../sender.ts'
import type { configSchema, secretsSchema } from './config.ts'

/** How many messages may wait for their reply at the same time. */
const unconfirmedMax = 256

/**
 * Makes a sender that adds to a stream of Redis with `XADD`, one entry for each message with the fields `id`, `type`,
 * `timestamp` (ISO 8601), `contentType`, `key` (absent where there is none), `headers` (JSON) and `data` (the bytes of
 * the body). `delivered` means that Redis has replied with the entry's id, which is the detail. Redis does not recognise
 * repetitions: consumers go by the field `id`.
 * https://redis.io/docs/latest/commands/xadd/
 */
export async function createRedisStreamSender(
  config: z.output<typeof configSchema>,
  secrets: z.output<typeof secretsSchema>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const { createClient, ErrorReply } = await import('redis')
  const egress = createEgress(environment)
  const { host, port } = config

  function makeClient() {
    const client = createClient({
      socket: {
        host,
        port,
        lookup: egress.lookupFor(host, port),
        connectTimeout: environment.connectTimeoutMs ?? 10_000,
        // A client that connects again by itself might send again what it had sent before; the sender decides that.
        reconnectStrategy: false,
        ...(config.tls && {
          tls: true as const,
          ...(isIP(host) === 0 && { servername: host }),
          ...(config.ca !== undefined && { ca: config.ca }),
        }),
      },
      ...(secrets.username !== undefined && { username: secrets.username }),
      ...(secrets.password !== undefined && { password: secrets.password }),
      database: config.database,
      disableOfflineQueue: true,
    })
    // What breaks reaches the commands too; without a listener it would end the process.
    client.on('error', () => {})
    return client
  }
  type Client = ReturnType<typeof makeClient>

  async function add(client: Client, message: OutboundMessage): Promise<SendResult> {
    const fields: (string | Buffer)[] = [
      ...['id', message.id, 'type', message.type, 'timestamp', message.timestamp.toISOString()],
      ...['contentType', message.contentType, 'headers', JSON.stringify(messageHeaders(message))],
      ...(message.key === null ? [] : ['key', message.key]),
      ...['data', message.body],
    ]
    const creation = config.createStream ? [] : ['NOMKSTREAM']
    const trimming = config.maxLength === null ? [] : ['MAXLEN', '~', String(config.maxLength)]
    const command = ['XADD', config.stream, ...creation, ...trimming, '*', ...fields]
    const entry = await client.sendCommand(command)
    return entry === null ? missing : { delivered: true, detail: String(entry) }
  }

  const judge = (error: unknown) => (error instanceof ErrorReply ? judgeReply(error.message) : undefined)

  const protocol: Protocol<Client> = {
    async open(signal) {
      const client = makeClient()
      // It waits for ever for a server that takes the connection and then says nothing.
      signal.addEventListener('abort', () => client.destroy(), { once: true })
      try {
        return (await client.connect()) as Client
      } catch (error) {
        client.destroy()
        throw error
      }
    },
    isOpen: (client) => client.isReady,
    send: (client, messages, settle) =>
      sendEach(messages, settle, {
        unconfirmedMax,
        publish: (message) => add(client, message),
        judge: (error) => judge(error) ?? connectionFailure(error),
      }),
    async test(client) {
      const kind = String(await client.sendCommand(['TYPE', config.stream]))
      if (kind === 'none') return config.createStream ? { delivered: true } : missing
      return kind === 'stream' ? { delivered: true } : notAStream
    },
    async close(client, atOnce) {
      if (atOnce || !client.isReady) client.destroy()
      else await client.close()
    },
    judge,
  }
  return createConnectedSender(protocol, environment)
}

const missing = lasting('not_found', 'There is no such stream, and the configuration does not let it be made.')
const notAStream = lasting('rejected', 'What is kept under the name of the stream is something else.')

/** Replies that mean that this user may not, whatever is done: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
const refusals = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM'])

/** The first word of an error of Redis is its code. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
function judgeReply(message: string): SendFailure {
  const code = /^[A-Z]+\b/.exec(message)?.[0] ?? ''
  if (refusals.has(code))
    return temporary('access_refused', 'Redis refused the user name, the password or the permission.')
  if (code === 'WRONGTYPE') return notAStream
  if (code === 'ERR' && /AUTH/.test(message)) {
    return temporary('access_refused', 'Redis knows no users, or none was given.')
  }
  if (code === 'ERR') return lasting('rejected', 'Redis refused the command.')
  // LOADING, BUSY, MISCONF, OOM, READONLY, MASTERDOWN, CLUSTERDOWN, NOREPLICAS and what may be added to them.
  return temporary('unavailable', 'Redis takes no messages for now.')
}
