import type { AuditEntry, AuditVerification } from '@koble/contract/activity'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Actor } from '../../http/actor.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { auditHash } from './store.ts'

let koble: TestKoble
let owner: Awaited<ReturnType<typeof signUpOwner>>
let organizationId: string
let key: string
let name = 0

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  owner = await signUpOwner(koble)
})
afterAll(() => koble.stop())

/** An organization of its own for each test, with thirty entries, the first twenty of which are old. */
let boundary: Date
beforeEach(async () => {
  name += 1
  const other = await createOrganization(owner, `Organization ${name}`)
  organizationId = other.id
  key = other.ownerKey
  await write(18)
  await new Promise((resolve) => setTimeout(resolve, 5))
  boundary = new Date()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await write(10)
})

async function write(count: number): Promise<void> {
  const actor: Actor = { type: 'api_key', id: 'k', label: 'Key', organizationId, role: 'owner' }
  for (let index = 0; index < count; index += 1) {
    await koble.services.audit.record(actor, null, { action: 'tested', details: { index } })
  }
}
const trim = (before = boundary) => koble.services.audit.trim(organizationId, before)
const verify = async () => (await koble.request<AuditVerification>('GET', '/api/audit-log/verification', { key })).body
const query = <Row extends object>(statement: string) =>
  koble.testDatabase.query<Row>(statement.replaceAll('$organization', `'${organizationId}'`))
const sequences = async () =>
  (
    await query<{ sequence: number }>('SELECT sequence FROM audit_log WHERE organization_id = $organization ORDER BY 1')
  ).map((row) => Number(row.sequence))

test('a log whose old entries were removed is verified from there, and says how many went', async () => {
  expect(await verify()).toMatchObject({ ok: true, entries: 30, removed: null })
  const [last] = await query<{ hash: string }>(
    'SELECT hash FROM audit_log WHERE organization_id = $organization AND sequence = 20',
  )
  expect(await trim()).toMatchObject({ removed: 20, broken: null, upTo: { sequence: 20, hash: last?.hash } })
  expect((await sequences())[0]).toBe(21)
  // The removal is an entry itself.
  expect(await verify()).toMatchObject({ ok: true, entries: 11, removed: { entries: 20, at: expect.any(String) } })
  const { body } = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?action=audit.trimmed', { key })
  expect(body.data).toMatchObject([
    { actorType: 'system', details: { entries: 20, sequence: 20, hash: last?.hash, before: boundary.toISOString() } },
  ])

  await write(3)
  const before = new Date()
  expect(await trim(before)).toMatchObject({ removed: 13 })
  await write(1)
  expect(await verify()).toMatchObject({ ok: true, entries: 3, removed: { entries: 33 } })
})

test('the newest entry stays however old it is, so that the chain goes on from it', async () => {
  await trim(new Date(Date.now() + 1000))
  expect(await sequences()).toEqual([30, 31])
  await write(2)
  expect(await verify()).toMatchObject({ ok: true, entries: 4, removed: { entries: 29 } })
})

test('a second removal of the same entries removes nothing and writes nothing', async () => {
  await trim()
  const before = await sequences()
  expect(await trim()).toEqual({ removed: 0, upTo: null, broken: null })
  expect(await sequences()).toEqual(before)
})

test('a log that is trimmed while it is verified is whole all the same', async () => {
  const [verified] = await Promise.all([Promise.all(Array.from({ length: 5 }, verify)), trim(), write(20)])
  for (const one of verified) expect(one).toMatchObject({ ok: true, firstBroken: null })
})

test('entries from where somebody tampered are never removed', async () => {
  await query("UPDATE audit_log SET action = 'harmless' WHERE organization_id = $organization AND sequence = 7")
  expect(await trim()).toMatchObject({ removed: 6, broken: 7 })
  expect((await sequences())[0]).toBe(7)
  expect(await trim()).toMatchObject({ removed: 0, broken: 7 })
  expect(await verify()).toMatchObject({ ok: false, firstBroken: { sequence: 7, reason: 'content' } })
})

describe('somebody with the database but without the key', () => {
  const broken = (sequence: number, reason: string) => ({ ok: false, firstBroken: { sequence, reason } })

  test('cannot pretend that retention removed more', async () => {
    await trim()
    const [row] = await query<{ hash: string }>(
      'SELECT hash FROM audit_log WHERE organization_id = $organization AND sequence = 25',
    )
    await query('DELETE FROM audit_log WHERE organization_id = $organization AND sequence <= 25')
    expect(await verify()).toMatchObject(broken(21, 'missing'))
    await query(`UPDATE audit_anchors SET sequence = 25, hash = '${row?.hash}' WHERE organization_id = $organization`)
    expect(await verify()).toMatchObject(broken(25, 'anchor'))
    expect(await trim(new Date())).toMatchObject({ removed: 0, broken: 25 })
  })

  test('cannot write an anchor where there was none', async () => {
    await query('DELETE FROM audit_log WHERE organization_id = $organization AND sequence <= 5')
    expect(await verify()).toMatchObject(broken(1, 'missing'))
    const [row] = await query<{ hash: string }>(
      'SELECT previous_hash AS hash FROM audit_log WHERE organization_id = $organization AND sequence = 6',
    )
    for (const seal of ['', 'seal', 'v1.0000000000000000.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      await query('DELETE FROM audit_anchors WHERE organization_id = $organization')
      await query(
        `INSERT INTO audit_anchors (organization_id, sequence, hash, seal) VALUES ($organization, 5, '${row?.hash}', '${seal}')`,
      )
      expect(await verify(), seal).toMatchObject(broken(5, 'anchor'))
    }
  })

  test('cannot take the anchor away, nor use that of another organization', async () => {
    await trim()
    await query('CREATE TABLE anchor_before AS SELECT * FROM audit_anchors WHERE organization_id = $organization')
    await query('DELETE FROM audit_anchors WHERE organization_id = $organization')
    expect(await verify()).toMatchObject(broken(1, 'missing'))
    const first = organizationId
    const other = await createOrganization(owner, 'Not this one')
    organizationId = other.id
    key = other.ownerKey
    await write(30)
    await query('INSERT INTO audit_anchors SELECT $organization, sequence, hash, seal, removed_at FROM anchor_before')
    await query('DROP TABLE anchor_before')
    expect(first).not.toBe(organizationId)
    expect(await verify()).toMatchObject(broken(20, 'anchor'))
  })

  test('cannot put an entry back that was removed, or one of their own in its place', async () => {
    await trim()
    const row = {
      organization_id: organizationId,
      sequence: 4,
      id: '01900000-0000-7000-8000-00000000f06f',
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
      previous_hash: 'x',
    }
    await koble.testDatabase.query(
      `INSERT INTO audit_log (${Object.keys(row).join(', ')}, hash)
       VALUES (${Object.keys(row).map((_, index) => `$${index + 1}`)}, $${Object.keys(row).length + 1})`,
      [...Object.values(row), auditHash(row)],
    )
    expect(await verify()).toMatchObject(broken(4, 'not_recorded'))
    await query('DELETE FROM audit_log WHERE organization_id = $organization AND sequence = 4')
    expect(await verify()).toMatchObject({ ok: true })
  })
})

test('a rotation of keys seals the anchor anew', async () => {
  await trim()
  const seal = async () =>
    (await query<{ seal: string }>('SELECT seal FROM audit_anchors WHERE organization_id = $organization'))[0]?.seal
  const before = await seal()
  expect(await koble.services.keyRotation.rotate(organizationId, { rewrapOnly: false })).not.toBe('busy')
  expect(await seal()).not.toBe(before)
  expect(await verify()).toMatchObject({ ok: true, removed: { entries: 20 } })
})

describe.each(['koble_app', 'koble_system'])('the database, to the role %s,', (role) => {
  test.each([
    ['DELETE FROM audit_anchors'],
    ["INSERT INTO audit_anchors (organization_id, sequence, hash, seal) VALUES (gen_random_uuid(), 1, '', '')"],
    ['UPDATE audit_anchors SET sequence = sequence + 1'],
    ["UPDATE audit_anchors SET hash = ''"],
  ])('refuses %s', async (statement) => {
    await trim()
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL koble.organization_id = '${organizationId}'`)
      expect((await client.query('SELECT 1 FROM audit_anchors')).rowCount).toBeGreaterThan(0)
      await expect(client.query(statement)).rejects.toThrow(/permission denied/)
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  })
})
