import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { OperationResult } from '@koble/contract/operations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const repository = { id: 7, name: 'storefront', full_name: 'fjord-bikes/storefront', html_url: 'https://github.com/x' }

let koble: TestKoble
let github: LocalServer
let issued: { at: number; claims: Record<string, unknown> }[]
/** What the next requests for a token are answered with. */
let refusal: { status: number; headers?: Record<string, string> } | undefined

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  github = await startLocalServer((request, reply) => void answer(request, reply))
})
afterAll(async () => {
  await koble.stop()
  await github.close()
})
beforeEach(() => {
  issued = []
  refusal = undefined
})

/** GitHub as far as installations of an app see it: it refuses what it would refuse. */
async function answer({ url, method, headers }: IncomingMessage, reply: ServerResponse): Promise<void> {
  const json = (status: number, body: unknown, more: Record<string, string> = {}) =>
    reply.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body))
  const bearer = headers.authorization?.match(/^Bearer (.+)$/)?.[1] ?? ''
  if (headers['user-agent'] === undefined) return void json(403, { message: 'Request forbidden' })
  if (method === 'POST' && url === '/app/installations/4711/access_tokens') {
    if (refusal) return void json(refusal.status, { message: 'No.' }, refusal.headers)
    try {
      const { payload } = await jwtVerify(bearer, publicKey, { algorithms: ['RS256'], issuer: 'Iv23liKobleApp' })
      const at = Date.now() / 1000
      const { iat = 0, exp = 0 } = payload
      if (iat > at - 30 || exp > at + 600) return void json(401, { message: 'A JSON web token could not be decoded' })
      issued.push({ at, claims: { ...payload } })
      const expires_at = new Date(Date.now() + 3_600_000).toISOString()
      return void json(201, { token: `ghs_${issued.length}`, expires_at, permissions: {}, repository_selection: 'all' })
    } catch {
      return void json(401, { message: 'A JSON web token could not be decoded' })
    }
  }
  if (bearer !== `ghs_${issued.length}`) return void json(401, { message: 'Bad credentials' })
  if (url === '/user') return void json(403, { message: 'Resource not accessible by integration' })
  if (!url?.startsWith('/installation/repositories')) return void json(404, { message: 'Not Found' })
  const owner = { id: 42, login: 'fjord-bikes' }
  json(200, { total_count: 1, repositories: [{ ...repository, owner }] })
}

async function setUp(key = pem): Promise<string> {
  const { status, body } = await koble.request<Integration>('POST', '/api/integrations', {
    body: {
      ...{ provider: 'github', authMethod: 'two_step', endpoints: { apiUrl: github.origin } },
      credentials: { clientId: 'Iv23liKobleApp', privateKey: key },
    },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return body.id
}

const connect = (integrationId: string, installationId = '4711') =>
  koble.request<Connection & Pick<Problem, 'code'>>('POST', '/api/connections', {
    body: { integrationId, externalUserId: crypto.randomUUID(), credentials: { installationId } },
  })

const run = (connection: Connection, name: string) =>
  koble.request<OperationResult>('POST', `/api/connections/${connection.id}/operations/${name}`, {
    body: { input: {} },
  })

test('an installation of a GitHub App is connected by its number, and known by whose it is', async () => {
  const { status, body: connection } = await connect(await setUp())
  expect(status, JSON.stringify(connection)).toBe(201)
  expect(connection).toMatchObject({ accountId: '42', accountLabel: 'fjord-bikes', status: 'connected' })
  const lifetime = Date.parse(connection.tokenExpiresAt ?? '') - Date.now()
  expect(lifetime).toBeGreaterThan(3_500_000)
  expect(lifetime).toBeLessThanOrEqual(3_600_000)
  expect(await run(connection, 'testConnection')).toMatchObject({
    body: { output: { actsAs: 'installation', login: 'fjord-bikes', repositories: 1 } },
  })
  const listed = await run(connection, 'listInstallationRepositories')
  expect(listed.body.output).toMatchObject({ repositories: [{ fullName: 'fjord-bikes/storefront' }] })
  expect(issued).toHaveLength(1)
})

test('its token is renewed by a new signature when it runs out', async () => {
  const { body: connection } = await connect(await setUp())
  await koble.testDatabase.query(
    "UPDATE connections SET token_expires_at = now() + interval '1 second' WHERE id = $1",
    [connection.id],
  )
  expect((await run(connection, 'testConnection')).status).toBe(200)
  expect(issued).toHaveLength(2)
  const [first, second] = issued.map(({ claims }) => claims['jti'])
  expect(first).not.toBe(second)
})

test('a key that is not the one of the app, and an installation that is none, are refused', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const wrong = await setUp(other.export({ type: 'pkcs8', format: 'pem' }) as string)
  expect((await connect(wrong)).body.code).toBe('credentials_rejected')
  const integrationId = await setUp()
  refusal = { status: 404 }
  expect((await connect(integrationId)).body.code).toBe('credentials_rejected')
})

test('a limit that is refused with 403 is no verdict on the credentials', async () => {
  const integrationId = await setUp()
  for (const [name, value] of Object.entries({ 'retry-after': '60', 'x-ratelimit-remaining': '0' })) {
    refusal = { status: 403, headers: { [name]: value } }
    expect((await connect(integrationId)).body.code).toBe('provider_throttled')
  }
})

test('what is entered as the number of an installation cannot lead to another address', async () => {
  const { status, body } = await connect(await setUp(), '4711/../../app')
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' })
  expect(issued).toHaveLength(0)
})
