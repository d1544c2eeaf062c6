import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { KobleError } from '../errors/errors.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { createSocketClass } from './socket-class.ts'

let upstream: LocalServer
let handshakes: IncomingMessage[]
let refused: number
beforeAll(async () => {
  upstream = await startLocalServer((_request, response) => response.end())
  // https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2
  upstream.server.on('upgrade', (request: IncomingMessage, socket) => {
    if (request.url !== '/socket') {
      refused += 1
      const status = request.url === '/elsewhere' ? `302 Found\r\nlocation: ${upstream.origin}/socket` : '401 No'
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    handshakes.push(request)
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    const protocol = request.headers['sec-websocket-protocol']
    socket.write(
      `HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
    )
    // One unmasked text frame.
    socket.write(Buffer.from([0x81, 2, 0x68, 0x69]))
    onTestFinished(() => void socket.destroy())
  })
})
afterAll(() => upstream.close())
beforeEach(() => {
  handshakes = []
  refused = 0
})

function open(path: string, allowed: string[] = [`127.0.0.1:${upstream.port}`], host = '127.0.0.1') {
  const agent = createAgent({ allowedPrivateNetworks: allowed })
  onTestFinished(() => agent.destroy())
  const refusals: KobleError[] = []
  let opened = 0
  const Socket = createSocketClass({
    agent,
    headers: { authorization: 'Bearer token', 'x-many': ['a', 'b'] },
    onRefused: (error) => void refusals.push(error),
    onOpen: () => {
      opened += 1
    },
  })
  const socket = new Socket(`ws://${host}:${upstream.port}${path}`, 'a-protocol')
  onTestFinished(() => socket.close())
  return { socket, refusals, opened: () => opened }
}

describe('a guarded socket', () => {
  it('carries its headers and protocol, and brings messages', async () => {
    const { socket, refusals, opened } = open('/socket')
    const [message] = (await once(socket, 'message')) as [MessageEvent]
    expect(message.data).toBe('hi')
    expect(handshakes[0]?.headers).toMatchObject({
      authorization: 'Bearer token',
      'x-many': 'a, b',
      'sec-websocket-protocol': 'a-protocol',
    })
    expect(opened()).toBe(1)
    expect(refusals).toEqual([])
  })

  it.each(['127.0.0.1', 'localhost'])('does not reach an address that the agent refuses (%s)', async (host) => {
    const { socket, refusals } = open('/socket', [], host)
    await once(socket, 'close')
    expect(refusals).toMatchObject([{ code: 'private_address' }])
    expect(handshakes).toEqual([])
  })

  it('tells the status of a handshake that was refused, which is not sent again', async () => {
    const { socket, refusals, opened } = open('/refused')
    await once(socket, 'close')
    expect(refusals).toMatchObject([{ code: 'provider_rejected', details: { status: 401 } }])
    expect(opened()).toBe(0)
    expect(refused).toBe(1)
  })

  it('follows no redirect', async () => {
    const { socket, refusals } = open('/elsewhere')
    await once(socket, 'close')
    expect(refusals).toMatchObject([{ details: { status: 302 } }])
    expect(handshakes).toEqual([])
  })
})
