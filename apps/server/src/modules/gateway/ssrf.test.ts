import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { type AddressInfo, createServer, isIPv6, type LookupFunction, type Server } from 'node:net'
import type { Problem } from '@koble/contract/errors'
import type { QueuedRequest } from '@koble/contract/queued-requests'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hostileAddresses, hostileNames, malformedAddresses } from '../../testing/hostile-addresses.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** May reach no private address at all. */
let closed: TestKoble
/** May reach the third party, which is at one port of this machine, and nothing else. */
let koble: TestKoble
let thirdParty: LocalServer
let respond: RequestListener
/** A connection to the third party. */
let connectionId: string
/** A service that must not be reached: it listens at a port of every address of this machine. */
let decoy: Server
let decoyPort = 0
let decoyConnections = 0
/** What the resolver was asked, and what it says the next times, the last one from then on. */
let asked: string[] = []
const answers = new Map<string, (readonly string[])[]>()

const lookup: LookupFunction = (hostname, _options, callback) => {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  asked.push(name)
  const left = answers.get(name)
  const said = (left && left.length > 1 ? left.shift() : left?.[0]) ?? namesBySpelling[name]
  const error = Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
  if (said === undefined) callback(error, [])
  else callback(null, said.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })) as never)
}
const namesBySpelling = Object.fromEntries(
  Object.entries(hostileNames).map(([name, said]) => [name.toLowerCase().replace(/\.$/, ''), said]),
)

// The decoy's port is part of the titles' addresses, which are made before it listens.
const portMark = 54_321
const atDecoy = (address: string) => address.replace(`:${portMark}`, `:${decoyPort}`)
const hostile = hostileAddresses(portMark)
const malformed = malformedAddresses(portMark)

beforeAll(async () => {
  decoy = createServer((socket) => {
    decoyConnections += 1
    socket.destroy()
  })
  // No address: on all of them, in IPv4 and IPv6.
  await once(decoy.listen(0), 'listening')
  decoyPort = (decoy.address() as AddressInfo).port
  thirdParty = await startLocalServer((request, reply) => respond(request, reply))
  closed = await startTestKoble({ jobs: false, allowedPrivateNetworks: [], lookup })
  const allowedPrivateNetworks = [`127.0.0.1/32:${thirdParty.port}`]
  koble = await startTestKoble({ beside: closed, jobs: false, allowedPrivateNetworks, lookup })
  connectionId = await createKeyConnection(koble, thirdParty.origin)
})
afterAll(async () => {
  await koble.stop()
  await closed.stop()
  await thirdParty.close()
  decoy.close()
})
beforeEach(() => {
  respond = (_request, reply) => reply.end('{}')
  asked = []
  decoyConnections = 0
})
afterEach(() => {
  expect(decoyConnections).toBe(0)
})

type Told = Partial<Problem>
const refusal = { status: 400, body: { code: 'private_address' } }
const notOfProvider = { status: 400, body: { code: 'url_not_of_provider' } }

const through = (of: TestKoble, as: string, headers: Record<string, string> = {}, method = 'GET') =>
  of.request<Told>(method, '/api/proxy/x', { headers: { 'koble-connection': as, ...headers } })

const createIntegration = (of: TestKoble, body: object) =>
  of.request<Told & { id: string }>('POST', '/api/integrations', { body })

/** Connects an account, for which the service is called: the answer to that. */
async function connectTo(of: TestKoble, integration: object, credentials: object) {
  const { status, body } = await createIntegration(of, integration)
  expect(status, JSON.stringify(body)).toBe(201)
  const connection = { integrationId: body.id, externalUserId: 'u1', credentials }
  return await of.request<Told>('POST', '/api/connections', { body: connection })
}
const stripeKey = { apiKey: 'sk_test_0123456789abcdef' }
const clientCredentials = { clientId: 'client', clientSecret: 'secret' }

describe('the service that must not be reached', () => {
  test('would have noticed, whether called in IPv4 or in IPv6', async () => {
    for (const host of ['127.0.0.1', '[::1]']) await fetch(`http://${host}:${decoyPort}`).catch(() => {})
    expect(decoyConnections).toBe(2)
    decoyConnections = 0
  })

  test('is behind more than sixty addresses', () => {
    expect(new Set(hostile).size).toBe(hostile.length)
    expect(hostile.length).toBeGreaterThanOrEqual(60)
  })
})

describe.each(hostile)('%s', (marked) => {
  test('is not called as the base of an API', async () => {
    const as = await createKeyConnection(closed, atDecoy(marked))
    expect(await through(closed, as)).toMatchObject(refusal)
    expect(await through(closed, as, {}, 'POST')).toMatchObject(refusal)
  })

  test('is not called for the account of a moved service', async () => {
    const endpoints = { apiUrl: atDecoy(marked) }
    expect(await connectTo(closed, { provider: 'stripe', endpoints }, stripeKey)).toMatchObject(refusal)
  })

  test('is not called for a token', async () => {
    const config = { tokenUrl: atDecoy(marked), apiUrl: 'https://api.example.com' }
    const integration = { provider: 'client-credentials', config }
    expect(await connectTo(closed, integration, clientCredentials)).toMatchObject(refusal)
  })

  test('is no address of the provider’s, for a call or an envelope or a GraphQL document', async () => {
    const address = atDecoy(marked)
    expect(await through(koble, connectionId, { 'koble-url': encodeHeader(address) })).toMatchObject(notOfProvider)
    const { integrationId } = (
      await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
    ).body
    const envelope = { connectionId, endpoint: address, method: 'GET' }
    const path = `/api/integrations/${integrationId}/requests`
    expect(await koble.request('POST', path, { body: envelope })).toMatchObject(notOfProvider)
    const document = { query: '{ viewer { name } }', endpoint: address, validate: false }
    const graphql = `/api/connections/${connectionId}/graphql`
    expect(await koble.request('POST', graphql, { body: document })).toMatchObject(notOfProvider)
    const subscription = { ...document, query: 'subscription { ticks }', transport: 'graphql-ws' }
    expect(await koble.request('POST', `${graphql}/subscriptions`, { body: subscription })).toMatchObject(notOfProvider)
  })
})

/** Header fields hold no more than Latin-1. */
const encodeHeader = (address: string) => (/^[ -~]*$/.test(address) ? address : encodeURI(address))

test.each(malformed)('%s cannot be entered', async (marked) => {
  const address = atDecoy(marked)
  for (const integration of [
    { provider: 'api-key', config: { apiUrl: address } },
    { provider: 'stripe', endpoints: { apiUrl: address } },
    { provider: 'client-credentials', config: { tokenUrl: address, apiUrl: 'https://api.example.com' } },
  ]) {
    const answer = await createIntegration(closed, integration)
    expect(answer, JSON.stringify(integration)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  }
  const { status } = await through(koble, connectionId, { 'koble-url': address })
  expect(status).toBe(400)
})

describe('a redirect to a private address', () => {
  const redirects = [301, 302, 303, 307, 308].flatMap((status) =>
    [
      `http://127.0.0.1:${portMark}/`,
      `http://[::ffff:7f00:1]:${portMark}/`,
      `//127.0.0.1:${portMark}/`,
      `https://localhost:${portMark}/`,
      '/again',
    ].map((location) => ({ status, location })),
  )

  test.each(redirects)('$status to $location is handed to the caller, not followed', async ({ status, location }) => {
    const target = atDecoy(location)
    const seen: string[] = []
    respond = (request, reply) => {
      seen.push(request.url ?? '')
      reply.writeHead(status, { location: target }).end()
    }
    for (const method of ['GET', 'POST']) {
      const answer = await through(koble, connectionId, {}, method)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('location')).toBe(target)
    }
    expect(seen).toEqual(['/x', '/x'])
  })

  test.each(redirects)('$status to $location leads no account call and no token request there', async (redirect) => {
    respond = (request, reply) => {
      const isChain = redirect.location === '/again' && request.url === '/again'
      reply
        .writeHead(redirect.status, {
          location: atDecoy(isChain ? `http://127.0.0.1:${portMark}/` : redirect.location),
        })
        .end()
    }
    const { origin } = thirdParty
    const account = await connectTo(koble, { provider: 'stripe', endpoints: { apiUrl: origin } }, stripeKey)
    const config = { tokenUrl: `${origin}/token`, apiUrl: origin }
    const token = await connectTo(koble, { provider: 'client-credentials', config }, clientCredentials)
    for (const { status, body } of [account, token]) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(body.code).toMatch(/^(provider_|private_address|credentials_|connection_)/)
    }
  })
})

describe('a name whose addresses change', () => {
  const publicAddress = '93.184.215.14'
  const connectByName = (name: string, said: string[][], port = decoyPort) => {
    answers.set(name, said)
    return createKeyConnection(koble, `http://${name}:${port}`)
  }

  test('is judged by the answer that is connected to, which is asked for once', async () => {
    respond = (_request, reply) => reply.setHeader('connection', 'close').end('{}')
    const said = [['127.0.0.1'], ['::1']]
    const as = await connectByName('once.example.com', said, thirdParty.port)
    expect((await through(koble, as)).status).toBe(200)
    expect(asked).toEqual(['once.example.com'])
    expect(await through(koble, as)).toMatchObject(refusal)
    expect(asked).toHaveLength(2)
  })

  test.each(['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1'])(
    'is judged anew when a call is tried again, and then leads to %s',
    async (later) => {
      // Tests reach nothing but this machine, so the first attempt breaks as on a line that is down.
      const as = await connectByName(`again.${later.replaceAll(/[.:]/g, '-')}.example.com`, [[publicAddress], [later]])
      expect(await through(koble, as)).toMatchObject(refusal)
      expect(asked.length).toBeGreaterThanOrEqual(2)
    },
  )

  test('is refused with one private address among public ones, and with none at all', async () => {
    const mixed = await connectByName('mixed.example.com', [[publicAddress, '127.0.0.1', publicAddress]])
    expect(await through(koble, mixed)).toMatchObject(refusal)
    const empty = await connectByName('empty.example.com', [[]])
    expect(await through(koble, empty)).toMatchObject(refusal)
  })
})

describe('the callback of a queued request', () => {
  const addresses = hostile.filter((address) => /^[ -~]*$/.test(address))
  const queue = async (callback: string) => {
    respond = (_request, reply) => reply.writeHead(503).end()
    // An integration of its own, so that the breaker of one test is not the next one's.
    const as = await createKeyConnection(koble, thirdParty.origin)
    const headers = { 'koble-on-failure': 'queue', 'koble-callback-url': callback, 'koble-timeout-ms': '150' }
    return await koble.request<Pick<QueuedRequest, 'id'> & Told>('PUT', '/api/proxy/x', {
      headers: { 'koble-connection': as, ...headers },
      raw: 'x',
    })
  }

  test.each(addresses)('%s is not called', async (marked) => {
    const { status, body } = await queue(atDecoy(marked))
    expect(status, JSON.stringify(body)).toBe(202)
    const job = { organizationId: koble.organization.id, id: body.id }
    expect((await koble.request('POST', `/api/queued-requests/${body.id}/cancel`, { body: {} })).status).toBe(200)
    await expect(koble.services.queued.callBack(job)).rejects.toMatchObject({ code: 'private_address' })
  })

  test.each(malformed.filter((address) => !/^http:\/\/\[::1\]extra/.test(address)))(
    '%s is refused when it is given',
    async (marked) => {
      expect(await queue(atDecoy(marked))).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    },
  )
})
