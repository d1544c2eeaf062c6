import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Stands between a client of Kafka and a mock cluster with one broker, at a port that stays when the cluster behind it is
 * another. It adds what the mock cannot do: signing in, topics that are missing, messages that are too large, brokers
 * that are advertised elsewhere. It never holds more than the frames under way.
 */
export interface KafkaProxy {
  port: number
  /** Where the mock cluster listens now. */
  upstreamPort: number
  /** What clients are told that the broker's host is. */
  advertisedHost: string
  /** And its port: that of the proxy, unless something stands before it. */
  advertisedPort: number
  /** Whoever connects has to sign in with this password, by PLAIN. */
  password: string | undefined
  /** Bytes that make a message too large. */
  oversized: string | undefined
  /** How many requests to produce have come. */
  produced: number
  close(): Promise<void>
}

/** A topic that is not there. */
export const missingTopic = 'missing'

/** https://kafka.apache.org/protocol.html#protocol_api_keys */
const api = { produce: 0, metadata: 3, saslHandshake: 17, apiVersions: 18, initProducerId: 22, saslAuthenticate: 36 }
const errorCodes = { unknownTopic: 3, messageTooLarge: 10, saslFailed: 58 }

export async function startKafkaProxy(upstreamPort: number): Promise<KafkaProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(proxy.upstreamPort, '127.0.0.1')
    const answers = new Map<number, (frame: Buffer) => Buffer>()
    const end = () => {
      client.destroy()
      upstream.destroy()
      sockets.delete(client)
    }
    sockets.add(client)
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    eachFrame(client, (frame) => {
      const request = readRequest(frame)
      const answer = answerOf(proxy, request)
      if (answer !== undefined) {
        client.write(framed(Buffer.concat([int32(request.correlation), answer])))
        return
      }
      if (request.key === api.produce) proxy.produced += 1
      if (request.key === api.apiVersions) answers.set(request.correlation, withSasl)
      if (request.key === api.metadata) answers.set(request.correlation, (found) => changeMetadata(proxy, found))
      upstream.write(framed(request.key === api.initProducerId ? withoutProducer(request) : frame))
    })
    eachFrame(upstream, (frame) => {
      const correlation = frame.readInt32BE(0)
      const change = answers.get(correlation)
      answers.delete(correlation)
      client.write(framed(change?.(frame) ?? frame))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: KafkaProxy = {
    port,
    upstreamPort,
    advertisedHost: '127.0.0.1',
    advertisedPort: port,
    password: undefined,
    oversized: undefined,
    produced: 0,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return proxy
}

interface Request {
  key: number
  version: number
  correlation: number
  frame: Buffer
  /** Where what follows the client's id begins. */
  bodyAt: number
}

function readRequest(frame: Buffer): Request {
  const [key, version, correlation] = [frame.readInt16BE(0), frame.readInt16BE(2), frame.readInt32BE(4)]
  return { key, version, correlation, frame, bodyAt: 10 + Math.max(0, frame.readInt16BE(8)) }
}

/** What the proxy answers by itself, without the correlation id. */
function answerOf(proxy: KafkaProxy, request: Request): Buffer | undefined {
  const { key, frame, bodyAt } = request
  if (key === api.saslHandshake) return Buffer.concat([int16(0), int32(1), string('PLAIN')])
  if (key === api.saslAuthenticate) {
    const given = frame.subarray(bodyAt).toString().split('\0').at(-1)
    const error = given === proxy.password ? 0 : errorCodes.saslFailed
    // What a broker says may hold what it was told; none of it may get out.
    return Buffer.concat([
      int16(error),
      error === 0 ? int16(-1) : string(`no user with ${given}`),
      int32(0),
      lifetime(request),
    ])
  }
  if (key === api.produce && proxy.oversized !== undefined && frame.includes(proxy.oversized)) return tooLarge(request)
  return undefined
}

const lifetime = ({ version }: Request) => Buffer.alloc(version === 0 ? 0 : 8)

/** Refuses every partition of a request to produce, version 3 to 7. */
function tooLarge({ frame, bodyAt, version }: Request): Buffer {
  let at = bodyAt + 2 + Math.max(0, frame.readInt16BE(bodyAt)) + 2 + 4
  const read32 = () => {
    at += 4
    return frame.readInt32BE(at - 4)
  }
  const topics: Buffer[] = []
  const topicCount = read32()
  for (let topic = 0; topic < topicCount; topic += 1) {
    const name = frame.subarray(at, at + 2 + frame.readInt16BE(at))
    at += name.length
    const count = read32()
    const partitions: Buffer[] = []
    for (let partition = 0; partition < count; partition += 1) {
      const index = read32()
      const size = read32()
      at += size
      // Index, error, offset, time of the log, and since version 5 the offset at which the log begins.
      const offsets = Buffer.alloc(version >= 5 ? 24 : 16, 0xff)
      partitions.push(Buffer.concat([int32(index), int16(errorCodes.messageTooLarge), offsets]))
    }
    topics.push(Buffer.concat([name, int32(count), ...partitions]))
  }
  return Buffer.concat([int32(topicCount), ...topics, int32(0)])
}

/** Adds version 0 and 1 of signing in to the list that the mock answers with, version 0 to 2. */
function withSasl(frame: Buffer): Buffer {
  if (frame.readInt16BE(4) !== 0) return frame
  const count = frame.readInt32BE(6)
  const end = 10 + count * 6
  const own = Buffer.concat([int16(api.saslAuthenticate), int16(0), int16(1)])
  return Buffer.concat([frame.subarray(0, 6), int32(count + 1), frame.subarray(10, end), own, frame.subarray(end)])
}

/** The mock takes a producer's first request only without a producer's id; brokers of Kafka do not look at it there. */
function withoutProducer({ frame, bodyAt, version }: Request): Buffer {
  if (version < 3) return frame
  const changed = Buffer.from(frame)
  // Tags of the header, the transaction's id (compact, of one byte of length here), the timeout.
  const idAt = bodyAt + 1 + Math.max(1, frame.readUInt8(bodyAt + 1)) + 4
  changed.writeBigInt64BE(-1n, idAt)
  changed.writeInt16BE(-1, idAt + 8)
  return changed
}

/** Advertises the proxy in place of the broker behind it, and takes the missing topic away. */
function changeMetadata(proxy: KafkaProxy, frame: Buffer): Buffer {
  const broker = Buffer.concat([string('127.0.0.1'), int32(proxy.upstreamPort)])
  const advertised = Buffer.concat([string(proxy.advertisedHost), int32(proxy.advertisedPort)])
  const at = frame.indexOf(broker)
  const changed =
    at < 0 ? frame : Buffer.concat([frame.subarray(0, at), advertised, frame.subarray(at + broker.length)])
  const topicAt = changed.indexOf(string(missingTopic))
  if (topicAt > 0) changed.writeInt16BE(errorCodes.unknownTopic, topicAt - 2)
  return changed
}

function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const size = pending.readInt32BE(0)
      const frame = pending.subarray(4, 4 + size)
      pending = pending.subarray(4 + size)
      take(frame)
    }
  })
}

const framed = (frame: Buffer) => Buffer.concat([int32(frame.length), frame])
const string = (text: string) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
