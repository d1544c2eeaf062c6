import type { AuditEntry, AuditVerification } from '@koble/contract/activity'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '../../http/actor.ts'
import { openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { createOrganization, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { auditHash } from './store.ts'

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
const verify = async () => (await koble.request<AuditVerification>('GET', '/api/audit-log/verification')).body
const whole = { ok: true, firstBroken: null }

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
    const checkedAt = expect.stringMatching(/^20.+Z$/)
    expect(await verify()).toEqual({ ...whole, entries: data.length, removed: null, checkedAt })
  })

  test('has no fork and no gap when two nodes write at the same time', async () => {
    const before = await verify()
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? koble : beside).services.audit.record(actor(), null, { action: 'tested', details: { index } }),
      ),
    )
    expect(await verify()).toMatchObject({ ...whole, entries: before.entries + 60 })
  })

  test('verifies while others add to it, however long it is', async () => {
    const before = await verify()
    // A few writers: each waits for its turn with a connection in its hand.
    const write = async () => {
      for (let index = 0; index < 300; index += 1) {
        await koble.services.audit.record(actor(), null, { action: 'tested', details: { index } })
      }
    }
    const done = Promise.all([write(), write(), write(), write()])
    for (let times = 0; times < 5; times += 1) expect(await verify()).toMatchObject(whole)
    await done
    expect(await verify()).toMatchObject({ ...whole, entries: before.entries + 1200 })
  }, 60_000)

  test('is verified for admins alone', async () => {
    const developer = await koble.createKey('developer')
    const answer = await koble.request('GET', '/api/audit-log/verification', { key: developer })
    expect(answer.status).toBe(403)
  })

  const swap = `UPDATE audit_log SET sequence = -sequence WHERE sequence IN (3, 4);
    UPDATE audit_log SET sequence = CASE sequence WHEN -3 THEN 4 ELSE 3 END WHERE sequence < 0`
  const close = `DELETE FROM audit_log WHERE sequence = 3; UPDATE audit_log SET sequence = -sequence;
    UPDATE audit_log SET sequence = CASE WHEN sequence < -3 THEN -sequence - 1 ELSE -sequence END`
  test.each([
    ['a changed action', "UPDATE audit_log SET action = 'harmless' WHERE sequence = 3", 'content'],
    ['a changed detail', `UPDATE audit_log SET details = '{"index": 99}' WHERE sequence = 3`, 'content'],
    ['a changed time', "UPDATE audit_log SET at = at + interval '1 millisecond' WHERE sequence = 3", 'content'],
    ['another actor', "UPDATE audit_log SET actor_id = 'somebody else' WHERE sequence = 3", 'content'],
    ['a changed hash', "UPDATE audit_log SET hash = repeat('a', 64) WHERE sequence = 3", 'content'],
    ['two rows in each other’s place', swap, 'content'],
    ['a removed row', 'DELETE FROM audit_log WHERE sequence = 3', 'missing'],
    ['a removed row whose place was closed', close, 'content'],
  ])('gives away %s', async (_what, statement, reason) => {
    await tampering(async () => {
      await koble.testDatabase.query(statement)
      const [row] = await koble.testDatabase.query<{ id: string }>(
        `SELECT id FROM audit_log WHERE organization_id = '${koble.organization.id}' AND sequence = 3`,
      )
      const firstBroken = { sequence: 3, id: row?.id ?? null, reason }
      expect(await verify()).toMatchObject({ ok: false, entries: 2, firstBroken })
    })
    expect(await verify()).toMatchObject(whole)
  })

  /** A row such as somebody would put in who knows how the hashes are made; its id, its place and its hash. */
  async function forge(sequence: number, previousHash: string): Promise<{ id: string; hash: string }> {
    const row = {
      organization_id: koble.organization.id,
      sequence,
      id: '01900000-0000-7000-8000-00000000f06e',
      at: new Date(),
      actor_type: 'system',
      actor_id: null,
      actor_label: 'Koble',
      action: 'forged',
      target_type: null,
      target_id: null,
      ip: null,
      request_id: null,
      details: {},
      previous_hash: previousHash,
    }
    const values = Object.values({ ...row, hash: auditHash(row) })
    await koble.testDatabase.query(
      `INSERT INTO audit_log (${Object.keys(row).join(', ')}, hash)
       VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
      values,
    )
    return { id: row.id, hash: auditHash(row) }
  }
  const rowAt = async (sequence: number) => {
    const [row] = await koble.testDatabase.query<{ hash: string }>(
      `SELECT hash FROM audit_log WHERE organization_id = '${koble.organization.id}' AND sequence = ${sequence}`,
    )
    return row?.hash ?? ''
  }

  test('gives away a row that was put in at its end with hashes that fit', async () => {
    const { entries } = await verify()
    await tampering(async () => {
      const { id } = await forge(entries + 1, await rowAt(entries))
      const firstBroken = { sequence: entries + 1, id, reason: 'not_recorded' }
      expect(await verify()).toMatchObject({ ok: false, entries, firstBroken })
    })
  })

  test('gives away a row that took the place of the last one, or of one before, with hashes that fit', async () => {
    const { entries } = await verify()
    for (const [sequence, broken, reason] of [
      [entries, entries, 'not_recorded'],
      [3, 4, 'order'],
    ] as const) {
      await tampering(async () => {
        await koble.testDatabase.query(
          `DELETE FROM audit_log WHERE organization_id = '${koble.organization.id}' AND sequence = ${sequence}`,
        )
        await forge(sequence, await rowAt(sequence - 1))
        expect(await verify()).toMatchObject({ ok: false, firstBroken: { sequence: broken, reason } })
      })
    }
  })

  test.each([1, 5])('gives away that %i rows were cut off at its end', async (count) => {
    const { entries } = await verify()
    await tampering(async () => {
      await koble.testDatabase.query(
        `DELETE FROM audit_log WHERE organization_id = '${koble.organization.id}' AND sequence > ${entries - count}`,
      )
      const firstBroken = { sequence: entries - count + 1, id: null, reason: 'missing' }
      expect(await verify()).toMatchObject({ ok: false, entries: entries - count, firstBroken })
    })
  })

  test('gives away that all of it was removed', async () => {
    await tampering(async () => {
      await koble.testDatabase.query('DELETE FROM audit_log')
      expect(await verify()).toMatchObject({ firstBroken: { sequence: 1, id: null, reason: 'missing' } })
    })
  })
})

describe.each(['koble_app', 'koble_system'])('the database, to the role %s,', (role) => {
  test.each([
    ["UPDATE audit_log SET action = 'harmless'"],
    ['DELETE FROM audit_log'],
    ['TRUNCATE audit_log'],
    ['ALTER TABLE audit_log DISABLE ROW LEVEL SECURITY'],
    ['DELETE FROM audit_heads'],
    ['UPDATE audit_heads SET sequence = sequence - 1'],
    ['ALTER TABLE audit_heads DISABLE TRIGGER ALL'],
  ])('refuses %s', async (statement) => {
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL koble.organization_id = '${koble.organization.id}'`)
      await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner|moves forward only/)
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
