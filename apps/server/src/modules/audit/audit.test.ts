import type { AuditEntry } from '@koble/contract/activity'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../http/actor.ts'
import { openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { createOrganization, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let beside: TestKoble
let owner: Person

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  beside = await startTestKoble({ beside: koble, jobs: false })
  owner = await signUpOwner(koble)
})
afterAll(async () => {
  await beside.stop()
  await koble.stop()
})

type Log = { data: AuditEntry[]; nextCursor: string | null }
const list = async (query = '', key?: string) =>
  (await koble.request<Log>('GET', `/api/audit-log?${query}`, { key })).body
const verify = () => koble.services.audit.verify(koble.organization.id)

/** Statements as the superuser, whose traces are removed afterwards. */
async function tampering(work: () => Promise<void>): Promise<void> {
  await koble.testDatabase.query('CREATE TABLE audit_log_before AS SELECT * FROM audit_log')
  try {
    await work()
  } finally {
    await koble.testDatabase.query('TRUNCATE audit_log')
    await koble.testDatabase.query('INSERT INTO audit_log SELECT * FROM audit_log_before')
    await koble.testDatabase.query('DROP TABLE audit_log_before')
  }
}

describe('an entry', () => {
  test('says who did what to what, from where, in which request', async () => {
    const headers = { 'x-request-id': 'request-17' }
    const { body } = await owner.request<{ id: string }>('POST', '/api/api-keys', { body: { name: 'Reader' }, headers })
    expect((await list('limit=1')).data).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        actorType: 'user',
        actorId: owner.id,
        actorLabel: 'olav',
        action: 'api_key.created',
        targetType: 'api_key',
        targetId: body.id,
        ip: '127.0.0.1',
        requestId: 'request-17',
        details: { name: 'Reader', role: 'developer' },
      },
    ])
  })

  test('is made when a secret is read', async () => {
    const { id } = await openGithubEndpoint(koble.request)
    expect((await koble.request('GET', `/api/webhooks/${id}/secret`)).status).toBe(200)
    expect((await list('action=endpoint.secret_read')).data).toMatchObject([
      { actorType: 'api_key', actorLabel: 'First admin key', targetType: 'endpoint', targetId: id },
    ])
  })

  test('is found by its action, and lists are paged', async () => {
    for (const name of ['A', 'B', 'C']) await koble.request('PATCH', '/api/organization', { body: { name } })
    const first = await list('action=organization.updated&limit=2')
    const second = await list(`action=organization.updated&limit=2&cursor=${first.nextCursor}`)
    expect([...first.data, ...second.data].map((entry) => entry.details.name)).toEqual(['C', 'B', 'A'])
    expect(second.nextCursor).toBeNull()
  })

  test('of another organization is not shown', async () => {
    const other = await createOrganization(owner, 'Another one')
    const theirs = (await list('', other.ownerKey)).data
    expect(theirs.map((entry) => entry.action)).toEqual(['api_key.created', 'organization.created'])
    const ids = new Set((await list('limit=200')).data.map((entry) => entry.id))
    expect(theirs.filter((entry) => ids.has(entry.id))).toEqual([])
  })
})

describe('the chain', () => {
  const actor = (): Actor => ({
    type: 'api_key',
    id: 'k',
    label: 'Key',
    organizationId: koble.organization.id,
    role: 'owner',
  })

  test('verifies, whatever the details hold', async () => {
    for (const details of [
      {},
      { zebra: 1, ape: { y: [1, { b: 2, a: 1 }], x: null }, blåbær: 'ø\u2028"\\', '10': 0.1, '9': 1e21, long_name: -0 },
    ]) {
      await koble.services.audit.record(actor(), null, { action: 'tested', details })
    }
    const { data } = await list('limit=200')
    expect(await verify()).toEqual({ intact: true, length: data.length, head: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test('has no fork and no gap when two nodes write at the same time', async () => {
    const before = await verify()
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? koble : beside).services.audit.record(actor(), null, { action: 'tested', details: { index } }),
      ),
    )
    const after = await verify()
    expect(after).toMatchObject({ intact: true, length: before.intact ? before.length + 60 : 0 })
  })

  test.each([
    ['a changed action', "UPDATE audit_log SET action = 'harmless' WHERE sequence = 3"],
    ['a changed detail', `UPDATE audit_log SET details = '{"index": 99}' WHERE sequence = 3`],
    ['a changed time', "UPDATE audit_log SET at = at + interval '1 millisecond' WHERE sequence = 3"],
    ['another actor', "UPDATE audit_log SET actor_id = 'somebody else' WHERE sequence = 3"],
    ['a removed row', 'DELETE FROM audit_log WHERE sequence = 3'],
    [
      'a removed row whose place was closed',
      'DELETE FROM audit_log WHERE sequence = 3; UPDATE audit_log SET sequence = -sequence; UPDATE audit_log SET sequence = CASE WHEN sequence < -3 THEN -sequence - 1 ELSE -sequence END',
    ],
    ['a changed hash', "UPDATE audit_log SET hash = repeat('a', 64) WHERE sequence = 3"],
  ])('gives away %s', async (_what, statement) => {
    await tampering(async () => {
      await koble.testDatabase.query(statement)
      expect(await verify()).toEqual({ intact: false, brokenAt: 3 })
    })
    expect(await verify()).toMatchObject({ intact: true })
  })

  test('has another head when rows were cut off at its end', async () => {
    const before = await verify()
    await tampering(async () => {
      await koble.testDatabase.query('DELETE FROM audit_log WHERE sequence = (SELECT max(sequence) FROM audit_log)')
      const after = await verify()
      expect(after).toMatchObject({ intact: true })
      expect(after).not.toEqual(before)
    })
  })
})

describe.each(['koble_app', 'koble_system'])('the database, to the role %s,', (role) => {
  test.each([
    ["UPDATE audit_log SET action = 'harmless'"],
    ['DELETE FROM audit_log'],
    ['TRUNCATE audit_log'],
    ['ALTER TABLE audit_log DISABLE ROW LEVEL SECURITY'],
  ])('refuses %s', async (statement) => {
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL koble.organization_id = '${koble.organization.id}'`)
      await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  })

  test('lets the log be read, so that the refusals above mean something', async () => {
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL koble.organization_id = '${koble.organization.id}'`)
      expect((await client.query('SELECT id FROM audit_log')).rowCount).toBeGreaterThan(3)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  })
})
