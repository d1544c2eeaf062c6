import type { AuditEntry } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { KeyStatus } from '@koble/contract/keys'
import { generateMasterKey } from '@koble/core/crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { createKeyConnection, createTenants, type Tenants } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'
import { createEncryptionStore } from './store.ts'

let koble: TestKoble
let beside: TestKoble
let tenants: Tenants
let server: OAuthServer

beforeAll(async () => {
  koble = await startTestKoble()
  beside = await startTestKoble({ beside: koble, jobs: false })
  tenants = await createTenants(koble)
  server = await startOAuthServer()
  // Which moves the secret of now to `previous_secret`.
  await koble.request('POST', `/api/webhooks/${tenants.endpoint.id}/rotate-secret`)
})
afterAll(async () => {
  await server.close()
  await tenants.thirdParty.close()
  await beside.stop()
  await koble.stop()
})

const status = async () => (await koble.request<KeyStatus>('GET', '/api/keys')).body
const newestVersion = async () => (await status()).versions[0]?.version ?? 0

/** A whole rotation, from the request to the end of the job. */
async function rotate(body = {}): Promise<KeyStatus> {
  const answer = await koble.request<KeyStatus>('POST', '/api/keys/rotate', { body })
  expect(answer.status).toBe(202)
  return await vi.waitFor(
    async () => {
      const now = await status()
      expect(now.rotation).toMatchObject({ id: answer.body.rotation?.id, status: 'completed' })
      return now
    },
    { timeout: 15_000 },
  )
}

/** The versions that the organization's values are under, for each sealed column. */
/** Values stand there only while an operation is under way. */
const fleeting = ['bulk_batches.items', 'bulk_batches.output', 'bulk_operations.input']

async function versionsInUse(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const { table, column } of sealedColumns) {
    if (fleeting.includes(`${table}.${column}`)) continue
    const rows = await koble.testDatabase.query<{ version: string }>(
      `SELECT DISTINCT split_part(${column}, '.', 3) AS version FROM ${table}
       WHERE organization_id = '${koble.organization.id}' AND ${column} IS NOT NULL ORDER BY 1`,
    )
    found[`${table}.${column}`] = rows.map((row) => row.version)
  }
  return found
}
const readSecret = async () =>
  (await koble.request<{ secret: string }>('GET', `/api/webhooks/${tenants.endpoint.id}/secret`)).body.secret
const readToken = async (id: string, node = koble) =>
  (await node.request<{ accessToken: string }>('GET', `/api/connections/${id}/token`)).body.accessToken

describe('the list of sealed columns', () => {
  const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`).sort()

  test('is that of the columns marked as sealed in the schema', async () => {
    const marked = await koble.testDatabase.query<{ name: string }>(`
      SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND col_description(c.oid, a.attnum) LIKE 'sealed%'`)
    expect(marked.map((row) => row.name).sort()).toEqual(listed)
  })

  test('has every column of the database in which a sealed value stands', async () => {
    const columns = await koble.testDatabase.query<{ table: string; column: string }>(`
      SELECT table_name AS table, column_name AS column FROM information_schema.columns
      JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('text', 'jsonb', 'ARRAY', 'bytea')`)
    const found: string[] = []
    for (const { table, column } of columns) {
      const rows = await koble.testDatabase.query(
        `SELECT 1 FROM "${table}" WHERE "${column}"::text ~ 'v1\\.[0-9A-Za-z_-]{16,}\\.[0-9]+\\.[0-9A-Za-z_-]{20}' LIMIT 1`,
      )
      if (rows.length > 0) found.push(`${table}.${column}`)
    }
    expect(found.sort()).toEqual(listed.filter((name) => !fleeting.includes(name)))
  })
})

describe('a rotation', () => {
  test('moves every sealed value to the new version, and all of them still open', async () => {
    const before = { secret: await readSecret(), token: await readToken(tenants.connectionId) }
    const previous = await newestVersion()
    const after = await rotate()
    expect(after.rotation).toMatchObject({ toVersion: previous + 1, unreadable: 0, errorCode: null })
    expect(after.rotation?.moved).toBe(after.rotation?.total)
    expect(after.versions[0]).toMatchObject({ version: previous + 1, sealsNew: true, underActiveKey: true })
    for (const [column, versions] of Object.entries(await versionsInUse())) {
      expect({ column, versions }).toEqual({ column, versions: [String(previous + 1)] })
    }
    expect({ secret: await readSecret(), token: await readToken(tenants.connectionId) }).toEqual(before)
    // The secret before the last rotation of its own is accepted for a day, so it must have been moved rightly too.
    const row = await koble.testDatabase.query<Record<string, string>>(
      `SELECT secret, previous_secret FROM webhook_endpoints WHERE id = '${tenants.endpoint.id}'`,
    )
    const context = { organizationId: koble.organization.id, table: 'webhook_endpoints', row: tenants.endpoint.id }
    const { encryption } = koble.services
    const open = (value = '') => encryption.decrypt({ ...context, column: 'secret' }, value)
    expect(await open(row[0]?.['previous_secret'])).toBe(tenants.endpoint.secret)
    // And an answer that is repeated.
    const again = { body: { name: 'Reader', role: 'viewer' }, headers: { 'idempotency-key': 'make-a-key' } }
    const repeated = await koble.request<{ id: string }>('POST', '/api/api-keys', again)
    expect({ id: repeated.body.id, replayed: repeated.headers.get('idempotent-replayed') }).toEqual({
      id: tenants.apiKeyId,
      replayed: 'true',
    })
  })

  test('is for owners to begin and for admins to see, and both its steps are audited', async () => {
    const [admin, developer] = [await koble.createKey('admin'), await koble.createKey('developer')]
    expect((await koble.request('GET', '/api/keys', { key: developer })).status).toBe(403)
    expect((await koble.request('GET', '/api/keys', { key: admin })).status).toBe(200)
    expect((await koble.request('POST', '/api/keys/rotate', { key: admin, body: {} })).status).toBe(403)
    await rotate()
    // A quick job may be done, and say so, before the request that began it has said its part.
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?limit=200')
      expect(body.data).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ action: 'keys.rotated', actorType: 'system' }),
          expect.objectContaining({ action: 'keys.rotation_requested', actorType: 'api_key', ip: '127.0.0.1' }),
        ]),
      )
    }, 10_000)
  })

  test('of the wraps alone leaves versions and values as they are', async () => {
    const before = { versions: await versionsInUse(), newest: await newestVersion() }
    const { rotation } = await rotate({ rewrapOnly: true })
    expect(rotation).toMatchObject({ toVersion: null, moved: 0, total: 0 })
    expect({ versions: await versionsInUse(), newest: await newestVersion() }).toEqual(before)
  })

  test('of one organization leaves the keys of another alone', async () => {
    const other = { key: tenants.other.ownerKey }
    const connection = await createKeyConnection(koble, tenants.thirdParty.origin, other)
    const before = (await koble.request<KeyStatus>('GET', '/api/keys', other)).body
    await rotate()
    expect((await koble.request<KeyStatus>('GET', '/api/keys', other)).body).toEqual(before)
    expect((await koble.request('GET', `/api/connections/${connection}/token`, other)).status).toBe(200)
  })

  test('asked for again while it runs goes on, and is carried out by one process alone', async () => {
    const before = await newestVersion()
    const client = await koble.database.ownerPool.connect()
    const lock = ['koble-keys', koble.organization.id]
    await client.query('SELECT pg_advisory_lock(hashtext($1), hashtext($2))', lock)
    try {
      const ask = (node: TestKoble) => node.request<KeyStatus>('POST', '/api/keys/rotate', { body: {} })
      const answers = await Promise.all([koble, beside, koble, beside].map(ask))
      expect(new Set(answers.map((answer) => answer.body.rotation?.id)).size).toBe(1)
      expect(await beside.services.keyRotation.rotate(koble.organization.id, { rewrapOnly: false })).toBe('busy')
      expect((await status()).rotation).toMatchObject({ status: 'running', moved: 0 })
    } finally {
      await client.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', lock)
      client.release()
    }
    await koble.services.keyRotation.tend()
    expect((await status()).rotation).toMatchObject({ status: 'completed', toVersion: before + 1 })
    expect(await newestVersion()).toBe(before + 1)
  })

  test('replaces only the very value it read, and waits for no row in use', async () => {
    const column = sealedColumns.find(({ table }) => table === 'connections') as SealedColumn
    const store = createEncryptionStore(koble.database)
    const row = tenants.connectionId
    const read = async () => {
      const found = await koble.testDatabase.query<{ credentials: string }>(
        `SELECT credentials FROM connections WHERE id = '${row}'`,
      )
      return found[0]?.credentials ?? ''
    }
    const value = await read()
    const replace = (from: string, moved: string) =>
      store.replaceSealed(column, koble.organization.id, [{ row, value: from, moved }])
    expect(await replace(`${value}-stale`, 'v1.x.9.lost')).toBe(0)
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SELECT 1 FROM connections WHERE id = $1 FOR UPDATE', [row])
      expect(await replace(value, 'v1.x.9.lost')).toBe(0)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
    expect(await store.replaceSealed(column, tenants.other.id, [{ row, value, moved: 'v1.x.9.lost' }])).toBe(0)
    expect(await read()).toBe(value)
    // The control: with nothing in the way it is replaced.
    expect(await replace(value, `${value}-moved`)).toBe(1)
    expect(await replace(`${value}-moved`, value)).toBe(1)
  })

  test('counts what cannot be read, leaves it as it is, and keeps the key it names', async () => {
    const { connectionId } = tenants
    const column = `SELECT credentials FROM connections WHERE id = '${connectionId}'`
    const [good] = await koble.testDatabase.query<{ credentials: string }>(column)
    const broken = `${good?.credentials.slice(0, -4)}AAAA`
    const write = (value = '') =>
      koble.testDatabase.query(`UPDATE connections SET credentials = $1 WHERE id = '${connectionId}'`, [value])
    await write(broken)
    const version = await newestVersion()
    expect((await rotate()).rotation).toMatchObject({ unreadable: 1 })
    expect(await koble.testDatabase.query(column)).toEqual([{ credentials: broken }])
    await age()
    await koble.services.keyRotation.tend()
    expect((await status()).versions.map((key) => key.version)).toEqual([version + 1, version])
    await write(good?.credentials)
    expect(await readToken(connectionId)).toBe('third-party-key')
  })
})

/** Lets the data keys be made long ago. */
const age = () => koble.testDatabase.query("UPDATE data_keys SET created_at = now() - interval '61 minutes'")

describe('a replaced version', () => {
  test('is kept for an hour, and then deleted when nothing refers to it', async () => {
    await rotate()
    await koble.services.keyRotation.tend()
    const before = (await status()).versions.map((key) => key.version)
    expect(before.length).toBeGreaterThan(1)
    await age()
    await koble.services.keyRotation.tend()
    expect((await status()).versions.map((key) => key.version)).toEqual([before[0]])
    expect(await readToken(tenants.connectionId)).toBe('third-party-key')
  })

  test('is not deleted before a value that came late was moved', async () => {
    const { connectionId } = tenants
    const column = `SELECT credentials FROM connections WHERE id = '${connectionId}'`
    const [late] = await koble.testDatabase.query<{ credentials: string }>(column)
    await rotate()
    await koble.testDatabase.query(`UPDATE connections SET credentials = $1 WHERE id = '${connectionId}'`, [
      late?.credentials,
    ])
    await age()
    await koble.services.keyRotation.tend()
    expect(await versionsInUse()).toMatchObject({ 'connections.credentials': [String(await newestVersion())] })
    expect((await status()).versions).toHaveLength(1)
    expect(await readToken(connectionId)).toBe('third-party-key')
  })
})

describe('two nodes', () => {
  const context = (row: string) => ({ organizationId: koble.organization.id, table: 't', row, column: 'c' })

  test('read at once what the other sealed with a version made a moment ago', async () => {
    const warm = await beside.services.encryption.encrypt(context('warm'), 'before')
    expect(await koble.services.encryption.decrypt(context('warm'), warm)).toBe('before')
    for (let round = 0; round < 5; round += 1) {
      await koble.services.keyRotation.rotate(koble.organization.id, { rewrapOnly: false })
      const sealed = await koble.services.encryption.encrypt(context('fresh'), `round ${round}`)
      expect(await beside.services.encryption.decrypt(context('fresh'), sealed)).toBe(`round ${round}`)
    }
  })

  test('hear of a new version, and seal with it', async () => {
    await beside.services.encryption.encrypt(context('warm'), 'before')
    await rotate()
    const expected = String(await newestVersion())
    await vi.waitFor(async () => {
      expect((await beside.services.encryption.encrypt(context('w'), 'x')).split('.')[2]).toBe(expected)
    })
  })
})

describe('while everything goes on', () => {
  test('no call fails and no refreshed token is lost, however often keys are rotated', async () => {
    const integration = await createOAuthIntegration(koble, server)
    const { connection } = await connect(koble, integration, { externalUserId: 'busy' })
    const id = connection?.id ?? ''
    const keyed = await Promise.all(
      ['a', 'b', 'c'].map((externalUserId) =>
        createKeyConnection(koble, tenants.thirdParty.origin, { externalUserId, apiKey: `key-of-${externalUserId}` }),
      ),
    )
    let stopped = false
    const refused: unknown[] = []
    const counts = { refreshes: 0, calls: 0 }
    // Each refresh token works once: one that was overwritten by an older value would be the end of the connection.
    const refreshing = (async () => {
      while (!stopped) {
        const answer = await koble.request<Connection>('POST', `/api/connections/${id}/refresh`)
        counts.refreshes += 1
        if (answer.status !== 200) refused.push(answer.body)
      }
    })()
    const calling = [koble, beside].map(async (node, index) => {
      while (!stopped) {
        const headers = { 'koble-connection': keyed[index] ?? '' }
        const answer = await node.request('GET', '/api/proxy/things', { headers })
        counts.calls += 1
        if (answer.status !== 200) refused.push(answer.body)
      }
    })
    const first = await newestVersion()
    for (let times = 0; times < 4; times += 1) await rotate()
    stopped = true
    await Promise.all([refreshing, ...calling])
    expect(refused).toEqual([])
    expect(counts.refreshes).toBeGreaterThan(4)
    expect(counts.calls).toBeGreaterThan(8)
    expect(await newestVersion()).toBe(first + 4)
    expect(await readToken(id)).toBe(server.accessToken)
    expect(await readToken(id, beside)).toBe(server.accessToken)
    expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(200)
  })
})

test('nothing of a key was logged, nor any value', async () => {
  const masterKey = koble.keys.active.type === 'local' ? koble.keys.active.masterKey : ''
  const log = [...koble.log, ...beside.log].join('\n')
  expect(masterKey).toHaveLength(generateMasterKey().length)
  const bytes = Buffer.from(masterKey, 'base64')
  for (const secret of [masterKey, bytes.toString('hex'), bytes.toString('base64url'), server.accessToken]) {
    expect(log).not.toContain(secret)
  }
  expect(log).not.toMatch(/v1\.[0-9a-f-]{36}\.\d+\./)
})
