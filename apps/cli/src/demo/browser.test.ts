import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator } from 'emulate'
import { afterEach, expect, test } from 'vitest'
import { createBrowser } from './browser.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Answer {
  status?: number
  headers?: OutgoingHttpHeaders
  body?: string
}

async function serve(answer: (request: IncomingMessage) => Answer) {
  const requests: { url: string; cookie: string | undefined }[] = []
  const server = createServer((request, reply) => {
    requests.push({ url: request.url ?? '', cookie: request.headers.cookie })
    const { status = 200, headers = {}, body = '' } = answer(request)
    reply.writeHead(status, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

test('gives consent at the stand-in for GitHub and brings the code back with the state', async () => {
  const github = await createEmulator({ service: 'github', port: 0 })
  closing.push(() => github.close())
  const { origin, requests } = await serve(() => ({ body: 'welcome back' }))
  const browser = createBrowser()
  const query = new URLSearchParams({
    client_id: 'any',
    redirect_uri: `${origin}/callback`,
    scope: 'repo',
    state: 'a&b"c',
  })
  const consent = await browser.open(`${github.url}/login/oauth/authorize?${query}`)
  const form = consent.forms.at(0)
  expect(form?.fields).toMatchObject({ state: 'a&b"c', client_id: 'any' })
  const end = await browser.submit(form!)
  expect(end).toMatchObject({ status: 200, text: 'welcome back' })
  const callback = new URL(requests[0]?.url ?? '', origin)
  expect(callback.pathname).toBe('/callback')
  expect(callback.searchParams.get('code')).toMatch(/^[0-9a-f]{40}$/)
  expect(callback.searchParams.get('state')).toBe('a&b"c')
})

test('sends a cookie back to the host that set it, until it is taken away', async () => {
  const { origin, requests } = await serve((request) => {
    if (request.url === '/set')
      return { status: 302, headers: { location: '/see', 'set-cookie': ['a=1; Path=/', 'b=2'] } }
    if (request.url === '/drop') return { headers: { 'set-cookie': 'a=; Max-Age=0' } }
    return {}
  })
  const browser = createBrowser()
  await browser.open(`${origin}/set`)
  await browser.open(`${origin}/drop`)
  await browser.open(`${origin}/see`)
  expect(requests.map(({ cookie }) => cookie)).toEqual([undefined, 'a=1; b=2', 'a=1; b=2', 'b=2'])
})

test('gives up on a redirect that leads in circles', async () => {
  const { origin } = await serve(() => ({ status: 302, headers: { location: '/again' } }))
  await expect(createBrowser().open(origin)).rejects.toThrow('in circles')
})
