import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { generateMasterKey } from '@koble/core/crypto'
import { startLocalServer } from '@koble/core/testing'
import { createDataDir } from './data-dir.ts'
import { type CallOptions, call } from './http-call.ts'
import { startProgram } from './program.ts'
import { createKeyConnection } from './tenant.ts'

/** What became of bytes that streamed through the program, and how much memory that took. In bytes. */
export interface StreamThrough {
  /** What arrived at the third party, and at the caller; `isWhole` when it is byte for byte what was sent. */
  up: { arrived: number; isWhole: boolean }
  down: { arrived: number; isWhole: boolean }
  /** What the third party had sent, and taken, when a caller who left had ended its call. */
  left: { sentDown: number; takenUp: number }
  /** Resident memory of the program when it was ready, and the most it ever had (`VmHWM`); of its process alone. */
  readyBytes: number
  peakBytes: number
}

const key = 'koble_streaming_test_key_00000'
// A prime, so that no buffer's size divides it: bytes that change places change the digest.
const block = randomBytes(65_521)
const leaveAfterBytes = 4 * 1024 * 1024

/**
 * Runs the program in a process of its own, streams that many bytes up and then down through its gateway, then has a
 * caller leave in the middle of either. Linux only: the memory is read from `/proc`. The database is another process.
 */
export async function streamThrough(bytes: number, environment: Record<string, string> = {}): Promise<StreamThrough> {
  const dataDir = createDataDir()
  const thirdParty = createThirdParty(bytes)
  const server = await startLocalServer(thirdParty.listener)
  const program = await startProgram({
    NODE_ENV: 'production',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: key,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    ...environment,
  })
  try {
    const readyBytes = memoryOf(program.pid, 'VmRSS')
    const koble = {
      request: <Body>(method: string, path: string, options: CallOptions = {}) =>
        call<Body>(method, program.url + path, { ...options, key }),
    }
    const connectionId = await createKeyConnection(koble, server.origin)
    const open = (method: string) => {
      const { hostname, port } = new URL(program.url)
      const headers = { authorization: `Bearer ${key}`, 'koble-connection': connectionId }
      return httpRequest({ hostname, port, method, path: '/api/proxy/stream', headers, agent: false })
    }
    const expected = await digest(source(bytes))

    const upload = open('POST')
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>
    await pipeline(source(bytes), upload)
    const [answer] = await answered
    await digest(answer)
    const taken = await thirdParty.taken()
    const up = { arrived: taken.bytes, isWhole: taken.digest === expected.digest }

    const download = open('GET')
    download.end()
    const [stream] = (await once(download, 'response')) as [IncomingMessage]
    const got = await digest(stream)
    const down = { arrived: got.bytes, isWhole: got.digest === expected.digest }

    const left = { sentDown: await leaveDownload(), takenUp: await leaveUpload() }
    return { up, down, left, readyBytes, peakBytes: memoryOf(program.pid, 'VmHWM') }

    async function leaveDownload(): Promise<number> {
      const leaving = open('GET')
      leaving.on('error', () => {}).end()
      const [begun] = (await once(leaving, 'response')) as [IncomingMessage]
      let read = 0
      begun.on('error', () => {})
      for await (const chunk of begun) {
        read += chunk.length
        if (read >= leaveAfterBytes) break
      }
      leaving.destroy()
      return await thirdParty.sendingEnded()
    }

    async function leaveUpload(): Promise<number> {
      const leaving = open('POST')
      await pipeline(source(leaveAfterBytes), leaving, { end: false })
      leaving.on('error', () => {}).destroy()
      return (await thirdParty.taken()).bytes
    }
  } finally {
    program.kill('SIGTERM')
    await program.ended
    await server.close()
    await dataDir.remove()
  }
}

/** Takes what is sent to it, and sends that many bytes to who asks; either end can be waited for. */
function createThirdParty(bytes: number) {
  const takings: ReturnType<typeof digest>[] = []
  const sendings: Promise<number>[] = []
  let heard = Promise.withResolvers<void>()
  const take = async (request: IncomingMessage, reply: ServerResponse) => {
    takings.push(digest(request))
    heard.resolve()
    await takings.at(-1)
    reply.end('{}')
  }
  const send = async (reply: ServerResponse) => {
    let sent = 0
    const counted = source(bytes).on('data', (chunk: Buffer) => {
      sent += chunk.length
    })
    const sending = pipeline(counted, reply).then(
      () => sent,
      () => sent,
    )
    sendings.push(sending)
    heard.resolve()
    await sending
  }
  const listener: RequestListener = (request, reply) => {
    void (request.method === 'POST' ? take(request, reply) : send(reply))
  }
  const next = async <One>(list: Promise<One>[]): Promise<One> => {
    while (list.length === 0) {
      heard = Promise.withResolvers<void>()
      await heard.promise
    }
    return (await list.shift()) as One
  }
  return {
    listener,
    /** What the next upload brought, once it is over, in whatever way. */
    taken: () => next(takings),
    /** How much the newest download was sent when it ended. */
    async sendingEnded(): Promise<number> {
      const newest = sendings.splice(-1)
      sendings.length = 0
      return await next(newest)
    },
  }
}

function source(bytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= block.length) yield left < block.length ? block.subarray(0, left) : block
    })(),
    { objectMode: false },
  )
}

/** Reads a stream until it ends or breaks off. */
async function digest(stream: Readable): Promise<{ bytes: number; digest: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of stream) {
      hash.update(chunk)
      bytes += chunk.length
    }
  } catch {
    // Whoever sent it went away.
  }
  return { bytes, digest: hash.digest('hex') }
}

function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) * 1024
}
