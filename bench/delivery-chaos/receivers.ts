import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { freePort } from '../../apps/server/src/free-port.ts'

/** What a receiver does with requests: takes them, answers 500, lets them wait for ever, or is not there. */
export type Mood = 'takes' | 'fails' | 'hangs' | 'refuses'

/** A request that came in whole. */
export interface Arrival {
  /** `webhook-id`: that of the message. */
  messageId: string
  /** What the sender of the event or message called it. */
  ownId: string
  atMs: number
  /** The answer that was sent whole; null for none. */
  answered: number | null
}

export interface Receiver {
  name: string
  url: string
  /** In the order in which they came. */
  arrivals: Arrival[]
  become(mood: Mood): Promise<void>
  close(): Promise<void>
}

export interface Receivers {
  /** With TLS where `secure`; `answer` is its status while it takes requests, 200 unless said otherwise. */
  open(name: string, options?: { secure?: boolean; answer?: (count: number) => number }): Promise<Receiver>
  /** A file with the certificate of those with TLS. */
  certificateFile: string
  close(): Promise<void>
}

/** Makes receivers in this process, with a certificate of their own. */
export function createReceivers(): Receivers {
  const folder = mkdtempSync(join(tmpdir(), 'koble-receivers-'))
  const certificateFile = join(folder, 'certificate.pem')
  const keyFile = join(folder, 'key.pem')
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile]
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', certificateFile, ...subject], { stdio: 'pipe' })
  const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
  const opened: Receiver[] = []
  return {
    certificateFile,
    async open(name, { secure = false, answer = () => 200 } = {}) {
      const server = secure ? createSecureServer(tls) : createPlainServer()
      const receiver = await openReceiver(name, server, secure ? 'https' : 'http', answer)
      opened.push(receiver)
      return receiver
    },
    async close() {
      await Promise.all(opened.map((receiver) => receiver.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openReceiver(
  name: string,
  server: Server,
  scheme: string,
  answer: (count: number) => number,
): Promise<Receiver> {
  const port = await freePort()
  const arrivals: Arrival[] = []
  let mood: Mood = 'takes'
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  const leave = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    take(request, response).catch(() => response.destroy())
  })

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await buffer(request)).toString('utf8')) as { data: { id: string } }
    const messageId = String(request.headers['webhook-id'])
    const arrival: Arrival = { messageId, ownId: body.data.id, atMs: Date.now(), answered: null }
    arrivals.push(arrival)
    if (mood === 'hangs' || mood === 'refuses') return
    const status = mood === 'fails' ? 500 : answer(arrivals.length)
    response.once('finish', () => {
      arrival.answered = status
    })
    response.writeHead(status).end()
  }

  await listen()
  return {
    name,
    url: `${scheme}://127.0.0.1:${port}/hook`,
    arrivals,
    async become(next) {
      const before = mood
      mood = next
      if (next === 'refuses' && before !== 'refuses') await leave()
      if (next !== 'refuses' && before === 'refuses') await listen()
    },
    async close() {
      if (mood !== 'refuses') await leave()
    },
  }
}
