import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import type { KeyStatus } from '@koble/contract/keys'
import { generateMasterKey } from '@koble/core/crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBrowser } from './testing/browser.ts'
import { connectUrl, createConnectSession, createOAuthIntegration } from './testing/connect.ts'
import { createDataDir } from './testing/data-dir.ts'
import { deliver, type GithubEndpoint } from './testing/github-deliveries.ts'
import { type Answer, type CallOptions, call } from './testing/http-call.ts'
import { type OAuthServer, startOAuthServer } from './testing/oauth-server.ts'
import { cookiesOf } from './testing/people.ts'
import { type Program, startProgram } from './testing/program.ts'

/**
 * Distinctive secrets are planted wherever Koble takes one, the whole loop is run with everything logged, and then all
 * that came out is searched: raw files of the database (its write-ahead log too), rows, logs, and answers of the API.
 */
const canary = (name: string) => `canary-${name}-${randomBytes(18).toString('hex')}`
const planted = {
  masterKey: generateMasterKey(),
  previousMasterKey: generateMasterKey(),
  adminApiKey: `koble_${canary('admin-key')}`,
  clientSecret: canary('client-secret'),
  apiKey: canary('api-key'),
  queryKey: canary('query-key'),
  webhookSecret: canary('webhook-secret'),
  channelToken: canary('channel-token'),
  password: canary('password'),
  wrongPassword: canary('wrong-password'),
  callerCookie: canary('caller-cookie'),
  queryParameter: canary('query-parameter'),
  passphrase: canary('passphrase'),
  importedToken: canary('imported-token'),
  importedKey: canary('imported-key'),
  receiverToken: canary('receiver-token'),
  receiverHeader: canary('receiver-header'),
  receiverPassword: canary('receiver-password'),
}
/** Secrets that come up on the way, by name. */
const met = new Map<string, string>()

const dataDir = createDataDir()
const answers: { what: string; text: string }[] = []
let program: Program
let server: OAuthServer
let owner: { cookie: string }

/** A call whose answer is kept for the search; `showsOnce` says that it is meant to carry a secret. */
async function request<Body = { id: string }>(
  method: string,
  path: string,
  { showsOnce = false, ...options }: CallOptions & { showsOnce?: boolean } = {},
): Promise<Answer<Body>> {
  const answer = await call<Body>(method, program.url + path, { key: planted.adminApiKey, ...options })
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  if (!showsOnce)
    answers.push({ what: `${method} ${path.split('?')[0]}`, text: `${headers}\n${JSON.stringify(answer.body)}` })
  return answer
}

beforeAll(async () => {
  program = await startProgram({
    NODE_ENV: 'production',
    LOG_LEVEL: 'trace',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: planted.masterKey,
    KOBLE_PREVIOUS_MASTER_KEYS: planted.previousMasterKey,
    KOBLE_ADMIN_API_KEY: planted.adminApiKey,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    KOBLE_PUBLIC_URL: 'http://127.0.0.1:1',
  })
  server = await startOAuthServer()
})
afterAll(async () => {
  program.kill('SIGTERM')
  await program.ended
  await server.close()
  await dataDir.remove()
})

async function people(): Promise<void> {
  const link = /http\S+join\?token=(\S+)/.exec(program.output())?.[1] ?? ''
  met.set('invitation token', link)
  const person = { email: 'olav@example.com', password: planted.password }
  const body = { token: link, name: 'Olav', ...person }
  const joined = await request('POST', '/api/invitations/accept', { key: null, body, showsOnce: true })
  expect(joined.status).toBe(200)
  await request('POST', '/api/session', { key: null, body: { ...person, password: planted.wrongPassword } })
  owner = { cookie: cookiesOf(joined) }
  // The cookie is the token and a signature: without the latter the row in the database opens nothing.
  met.set('session cookie', decodeURIComponent(owner.cookie).split('=').slice(1).join('=').split('.')[1] ?? '')
  await request('GET', '/api/session', { key: null, cookie: owner.cookie, showsOnce: true })
  const key = await request<{ key: string }>('POST', '/api/api-keys', {
    body: { name: 'Another', role: 'viewer' },
    headers: { 'idempotency-key': 'another-key' },
    showsOnce: true,
  })
  met.set('another API key', key.body.key)
  await request('GET', '/api/connections', { key: key.body.key })
}

async function oauth(): Promise<void> {
  const integration = await createOAuthIntegration({ request, url: program.url }, server, {
    clientId: 'client',
    clientSecret: planted.clientSecret,
  })
  const koble = {
    url: program.url,
    request: <Body>(method: string, path: string, options?: CallOptions) =>
      request<Body>(method, path, { ...options, showsOnce: path === '/api/connect-sessions' }),
  }
  // The public address leads nowhere here, so the browser is sent on by hand.
  const go = async () => {
    const session = await createConnectSession(koble)
    met.set(`connect session ${met.size}`, session.token)
    const browser = createBrowser()
    const there = await browser.open(connectUrl(koble, session, integration), { follow: () => false })
    const state = new URL(there.location ?? '').searchParams.get('state') ?? ''
    met.set(`state ${met.size}`, state)
    met.set(`browser cookie ${met.size}`, browser.cookiesFor(program.url).split('=')[1] ?? '')
    const back = await browser.open(there.location ?? '', { follow: () => false })
    const callback = new URL(back.location ?? '')
    met.set(`code ${met.size}`, callback.searchParams.get('code') ?? '')
    const page = await browser.open(program.url + callback.pathname + callback.search)
    answers.push({ what: 'callback page', text: page.html })
    const verifier = server.tokenRequests.at(-1)?.get('code_verifier')
    met.set(`verifier ${met.size}`, verifier ?? '')
    return (await koble.request<{ connections: { id: string }[] }>('GET', `/api/connect-sessions/${session.id}`)).body
  }
  // A token endpoint that repeats what it was sent, in an error.
  server.onToken = (form) => ({ status: 400, body: { error: 'invalid_request', error_description: form.toString() } })
  await go()
  server.onToken = (form) => ({ status: 500, body: `<pre>${form}</pre>` })
  await go()
  server.onToken = null
  const [connection] = (await go()).connections
  expect(connection).toBeDefined()
  const remember = () => {
    met.set(`access token ${met.size}`, server.accessToken)
    met.set(`refresh token ${met.size}`, server.refreshToken)
  }
  remember()

  const headers = { 'koble-connection': connection?.id ?? '', cookie: planted.callerCookie }
  expect((await request('GET', `/api/proxy/things?key=${planted.queryParameter}`, { headers })).status).toBe(200)
  const refreshed = await request('POST', `/api/connections/${connection?.id}/refresh`)
  expect(refreshed.status).toBe(200)
  remember()
  await request('POST', `/api/connections/${connection?.id}/test`)
  await request('GET', `/api/connections/${connection?.id}/token`, { showsOnce: true })
  server.onToken = (form) => ({ status: 400, body: { error: 'invalid_grant', error_description: form.toString() } })
  await request('POST', `/api/connections/${connection?.id}/refresh`)
  await request('PATCH', `/api/integrations/${integration.id}`, {
    body: { credentials: { clientSecret: planted.clientSecret } },
  })
  await request('DELETE', `/api/connections/${connection?.id}`)
}

async function keys(): Promise<void> {
  for (const [apiKey, placement] of [
    [planted.apiKey, 'bearer'],
    [planted.queryKey, 'query'],
  ] as const) {
    const config = { apiUrl: server.origin, placement, keyName: 'token' }
    const integration = await request('POST', '/api/integrations', {
      body: { provider: 'api-key', config, bodyLogging: 'redacted' },
    })
    const body = { integrationId: integration.body.id, externalUserId: 'u1', credentials: { apiKey } }
    const connection = await request('POST', '/api/connections', { body, headers: { 'idempotency-key': placement } })
    const headers = { 'koble-connection': connection.body.id }
    await request('GET', '/api/proxy/userinfo', { headers })
    // Logged with its body, which carries the key and a password.
    const secretBody = { password: planted.password, note: `the key is ${apiKey}` }
    await request('POST', '/api/proxy/userinfo', { headers, body: secretBody })
    // What cannot be reached is reported with its address, which must not carry the key.
    await request('PATCH', `/api/integrations/${integration.body.id}`, {
      body: { config: { apiUrl: 'http://127.0.0.1:1' } },
    })
    expect((await request('GET', '/api/proxy/userinfo', { headers })).status).toBe(502)
    await request('POST', `/api/connections/${connection.body.id}/test`)
  }
}

async function webhooks(): Promise<void> {
  const open = async (provider: string, secret: string) => {
    const credentials = { clientId: 'client', clientSecret: planted.clientSecret }
    const integration = await request('POST', '/api/integrations', { body: { provider, credentials } })
    const endpoint = await request<GithubEndpoint>('POST', `/api/integrations/${integration.body.id}/webhooks`, {
      body: { secret },
      headers: { 'idempotency-key': `endpoint-${provider}` },
      showsOnce: true,
    })
    return { ...endpoint.body, url: program.url + new URL(endpoint.body.url).pathname }
  }
  const github = await open('github', planted.webhookSecret)
  const delivered = await deliver(github, 'canary-delivery')
  expect(delivered.status).toBe(200)
  expect((await deliver({ ...github, secret: 'another' }, 'canary-delivery-2')).status).toBe(401)
  const unreadable = await deliver(github, 'canary-delivery-3', { body: '{"broken' })
  await request('POST', `/api/events/${delivered.body.eventId}/replay`)
  const google = await open('google', planted.channelToken)
  const pushed = await call<{ eventId: string }>('POST', google.url, {
    headers: {
      'x-goog-channel-token': planted.channelToken,
      'x-goog-resource-state': 'exists',
      'x-goog-channel-id': 'channel',
      'x-goog-message-number': '1',
    },
  })
  expect(pushed.status).toBe(200)
  for (const { eventId } of [delivered.body, unreadable.body, pushed.body]) {
    await vi.waitFor(async () => {
      const { body } = await request<{ status: string }>('GET', `/api/events/${eventId}`)
      expect(['completed', 'failed']).toContain(body.status)
    })
  }
  await request('GET', `/api/webhooks/${github.id}/secret`, { showsOnce: true })
  const rotated = await request<{ secret: string }>('POST', `/api/webhooks/${github.id}/rotate-secret`, {
    showsOnce: true,
  })
  met.set('rotated webhook secret', rotated.body.secret)
}

async function destinations(): Promise<void> {
  const portal = await request<{ token: string }>('POST', '/api/portal-sessions', {
    body: { externalUserId: 'receiver' },
    headers: { 'idempotency-key': 'portal' },
    showsOnce: true,
  })
  met.set('portal token', portal.body.token)
  const make = async (url: string, signing: string) => {
    const config = { url, authentication: { type: 'bearer' } }
    const secrets = { token: planted.receiverToken, headers: { 'x-key': planted.receiverHeader } }
    const { body } = await request<{ id: string; signingSecret: string }>('POST', '/api/destinations', {
      key: portal.body.token,
      body: { name: 'Receiver', type: 'https', config, secrets, signing, retrySchedule: [] },
      showsOnce: true,
    })
    if (body.signingSecret) met.set(`signing secret ${met.size}`, body.signingSecret)
    return body.id
  }
  const reached = await make(`${server.origin}/userinfo`, 'standard')
  const unreachable = await make('http://127.0.0.1:1', 'hex_hmac')
  await make(server.origin, 'ed25519')
  for (const id of [reached, unreachable]) {
    await request('POST', `/api/destinations/${id}/test`, { body: {} })
    await request('GET', `/api/destinations/${id}/secret`, { showsOnce: true })
    const rotated = await request<{ secret: string }>('POST', `/api/destinations/${id}/rotate-secret`, {
      body: {},
      showsOnce: true,
    })
    met.set(`rotated signing secret ${met.size}`, rotated.body.secret)
    const config = { url: server.origin, authentication: { type: 'basic', username: 'koble' } }
    await request('PATCH', `/api/destinations/${id}`, {
      body: { config, secrets: { password: planted.receiverPassword } },
    })
    await request('PATCH', `/api/destinations/${id}`, { body: { secrets: { token: planted.receiverToken } } })
  }
  const message = { eventType: 'canary', data: {}, externalUserId: 'receiver' }
  const { body } = await request('POST', '/api/messages', { body: message })
  await vi.waitFor(
    async () => {
      const { body: found } = await request<{ counts: object }>('GET', `/api/messages/${body.id}`)
      expect(found.counts).not.toHaveProperty('pending')
    },
    { timeout: 10_000 },
  )
  for (const id of [reached, unreachable]) {
    for (const list of ['attempts', 'deliveries']) await request('GET', `/api/destinations/${id}/${list}`)
  }
}

/** Every value is moved to a new data key; those under the old one are left behind in the database's files. */
async function rotation(): Promise<void> {
  expect((await request('POST', '/api/keys/rotate', { body: {} })).status).toBe(202)
  await vi.waitFor(async () => {
    const { body } = await request<KeyStatus>('GET', '/api/keys')
    expect(body.rotation).toMatchObject({ status: 'completed', unreadable: 0 })
    expect(body.rotation?.moved).toBeGreaterThan(5)
  }, 10_000)
  expect((await request('GET', '/api/audit-log/verification')).status).toBe(200)
}

async function moving(): Promise<void> {
  const config = { apiUrl: server.origin }
  const keyed = await request('POST', '/api/integrations', { body: { provider: 'api-key', config } })
  const credentials = { clientId: 'client', clientSecret: planted.clientSecret }
  const oauth = await request('POST', '/api/integrations', { body: { provider: 'github', credentials } })
  const token = { accessToken: planted.importedToken, refreshToken: planted.importedToken }
  const connections = Array.from({ length: 101 }, (_, at) => ({
    integrationId: at === 0 ? keyed.body.id : oauth.body.id,
    externalUserId: `mover-${at}`,
    credentials: at === 0 ? { fields: { apiKey: planted.importedKey } } : at === 1 ? { fields: { token } } : token,
  }))
  const over = async (operation: string | undefined) =>
    await vi.waitFor(
      async () => {
        const { body } = await request<{ status: string; failed: number }>('GET', `/api/bulk-operations/${operation}`)
        expect(['completed', 'failed']).toContain(body.status)
        return body
      },
      { timeout: 30_000, interval: 100 },
    )
  const path = '/api/connections/import'
  await request('POST', path, { body: { connections: connections.slice(0, 3), verify: true } })
  const many = await request<{ operation: { id: string } }>('POST', path, { body: { connections } })
  expect((await over(many.body.operation.id)).failed).toBe(1)
  const { passphrase } = planted
  const bundle = await request<string>('POST', '/api/connections/export', { body: { passphrase } })
  await request('POST', path, { body: { bundle: bundle.body, passphrase, onConflict: 'replace' } })
  await request('POST', path, { body: { bundle: bundle.body, passphrase: `${passphrase}!` } })
  const body = { kind: 'export', filter: {}, passphrase, includeIntegrations: true }
  const started = await request('POST', '/api/bulk-operations', { body, headers: { 'idempotency-key': 'an-export' } })
  await over(started.body.id)
  await request('GET', `/api/bulk-operations/${started.body.id}/bundle`)
  await request('GET', '/api/external-users/mover-0/export')
  const erased = await request('DELETE', '/api/external-users/mover-0')
  await over(erased.body.id)
}

async function lists(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 400))
  for (const path of [
    'integrations',
    'connections',
    'webhooks',
    'events',
    'activity',
    'audit-log',
    'api-keys',
    'members',
    'bulk-operations',
    'external-users',
    'destinations',
    'messages',
    'deliveries',
  ]) {
    expect((await request('GET', `/api/${path}?limit=200`)).status).toBe(200)
  }
  const logged = await request<{ data: { id: string; hasExchange: boolean }[] }>('GET', '/api/requests?limit=200')
  const exchanges = logged.body.data.filter(({ hasExchange }) => hasExchange)
  expect(exchanges.length).toBeGreaterThan(3)
  for (const { id } of exchanges) await request('GET', `/api/requests/${id}`)
  await request('GET', '/api/metrics/summary')
  await request('GET', '/metrics', { key: null })
  await request('GET', '/api/openapi.json')
}

/** A secret as text, as hex, and as it would look anywhere inside something that was put into base64. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret)
  const forms = new Set([
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ])
  for (const shift of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
    const text = whole
      .subarray(0, whole.length - (whole.length % 3))
      .toString('base64')
      .slice(shift === 0 ? 0 : 4)
    forms.add(text)
    forms.add(text.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return [...forms].map((form) => Buffer.from(form))
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => joinPath(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
}

test('the search would find a secret in the clear, in hex, and anywhere inside base64', () => {
  const secret = canary('control')
  const finds = (text: string) => formsOf(secret).some((form) => text.includes(form.toString()))
  for (const before of ['', '{', '{"', '{"a']) {
    const bytes = Buffer.from(`${before}${secret}"}`)
    for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
      expect(finds(bytes.toString(encoding)), `${encoding} after ${before.length}`).toBe(true)
    }
  }
  expect(finds(canary('control'))).toBe(false)
})

test('no secret is found in the database’s files, its rows, the log or any answer', { timeout: 90_000 }, async () => {
  await people()
  await oauth()
  await keys()
  await webhooks()
  await destinations()
  await moving()
  await rotation()
  await lists()

  const secrets = new Map([...Object.entries(planted), ...met])
  for (const [name, secret] of secrets) expect(secret.length, name).toBeGreaterThanOrEqual(20)
  const needles = [...secrets].map(([name, secret]) => ({ name, forms: formsOf(secret) }))
  for (const key of [planted.masterKey, planted.previousMasterKey]) {
    needles.push({ name: 'master key, decoded', forms: [Buffer.from(key, 'base64')] })
  }
  const found: string[] = []
  const search = (where: string, haystack: Buffer) => {
    for (const { name, forms } of needles) {
      if (forms.some((form) => haystack.includes(form))) found.push(`${name} in ${where}`)
    }
  }

  const { password, port } = JSON.parse(readFileSync(joinPath(dataDir.path, 'postgres', 'credentials.json'), 'utf8'))
  const client = new pg.Client(`postgres://koble:${password}@127.0.0.1:${port}/postgres`)
  await client.connect()
  await client.query('CHECKPOINT')
  const { rows: tables } = await client.query(
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'graphile_worker')",
  )
  for (const { name } of tables) {
    const { rows } = await client.query(`SELECT row_to_json(t)::text AS line FROM ${name} t`)
    search(`rows of ${name}`, Buffer.from(rows.map((row) => row.line).join('\n')))
  }
  await client.end()

  const files = filesBelow(joinPath(dataDir.path, 'postgres', 'cluster'))
  const marker = Buffer.from('canary-delivery-3')
  expect(files.some((file) => readFileSync(file).includes(marker))).toBe(true)
  for (const file of files) search(file.replace(dataDir.path, ''), readFileSync(file))

  // The owner's link is printed for the person who starts Koble; it was used above and opens nothing any more.
  const printed = program.output().replaceAll(met.get('invitation token') ?? '', '')
  expect(printed.length).toBeGreaterThan(100)
  search('the log', Buffer.from(printed))
  expect(answers.length).toBeGreaterThan(30)
  for (const { what, text } of answers) search(`the answer to ${what}`, Buffer.from(text))
  expect(found).toEqual([])
})
