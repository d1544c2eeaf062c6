import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createEventParser } from './event-stream.ts'
import { createKoble, type StreamState } from './koble.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** A server whose n-th connection is answered by the n-th handler; the last answers all later ones. */
async function startStream(...handlers: ((response: ServerResponse) => void)[]) {
  const lastEventIds: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(lastEventIds.length, handlers.length - 1)]
    lastEventIds.push(request.headers['last-event-id'] as string | undefined)
    handler?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { koble: createKoble({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }), lastEventIds }
}

const lines = (...ids: string[]) => ids.map((id) => `id: ${id}\ndata: {"id":"${id}"}\n\n`).join('')

test('continues after the last line received when the connection breaks', async () => {
  const { koble, lastEventIds } = await startStream(
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`retry: 10\n\n: hello\n\n${lines('1', '2')}`, () => response.destroy())
    },
    (response) => response.writeHead(503).end(),
    (response) => response.writeHead(200).write(lines('3')),
  )
  const states: StreamState[] = []
  const seen: string[] = []
  for await (const line of koble.activity.stream(
    { type: 'request' },
    { onStateChange: (state) => states.push(state) },
  )) {
    seen.push(line.id)
    if (seen.length === 3) break
  }
  expect(seen).toEqual(['1', '2', '3'])
  expect(lastEventIds).toEqual([undefined, '2', '2'])
  expect(states).toEqual(['connecting', 'open', 'reconnecting', 'reconnecting', 'open'])
})

test('starts after the line it is told', async () => {
  const { koble, lastEventIds } = await startStream((response) => response.writeHead(200).write(lines('8')))
  for await (const line of koble.connections.streamLogs('c', {}, { lastEventId: '7' })) {
    expect(line.id).toBe('8')
    break
  }
  expect(lastEventIds).toEqual(['7'])
})

test('ends without an error when it is aborted, while open and while waiting to reconnect', async () => {
  const open = await startStream((response) => response.writeHead(200).write(lines('1')))
  const stop = new AbortController()
  let count = 0
  for await (const _ of open.koble.activity.stream({}, { signal: stop.signal })) {
    count++
    stop.abort()
  }
  expect(count).toBe(1)

  const later = new AbortController()
  const down = await startStream((response) => {
    response.writeHead(503).end(() => setTimeout(() => later.abort(), 20))
  })
  for await (const _ of down.koble.activity.stream({}, { signal: later.signal })) expect.unreachable()
  expect(down.lastEventIds).toHaveLength(1)
})

test('rejects, and does not try again, when the server refuses', async () => {
  const { koble, lastEventIds } = await startStream((response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ type: 'about:blank', title: 'No', status: 403, code: 'forbidden' }))
  })
  await expect(koble.activity.stream().next()).rejects.toMatchObject({ code: 'forbidden', status: 403 })
  expect(lastEventIds).toHaveLength(1)
})

test.each(['\n', '\r\n', '\r'])('gives the same events however the text is cut (line end %j)', (end) => {
  const source = [
    'id: 1',
    'event: line',
    'data: a',
    'data:b: c',
    '',
    ': comment',
    '',
    'data',
    '',
    'retry: 50',
    '',
    '',
  ].join(end)
  for (let cut = 0; cut <= source.length; cut++) {
    const parse = createEventParser()
    // A lone carriage return at the end is held back until the next character comes.
    const events = [...parse(source.slice(0, cut)), ...parse(source.slice(cut)), ...parse(':')]
    expect(events).toEqual([{ id: '1', name: 'line', data: 'a\nb: c' }, { data: '' }, { retryMs: 50 }])
  }
})
