import type { Problem } from '@koble/contract/errors'
import type { ApiKey, CreatedApiKey } from '@koble/contract/organizations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { createMaintenanceStore } from '../maintenance/store.ts'

let koble: TestKoble
let beside: TestKoble

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  beside = await startTestKoble({ beside: koble, jobs: false })
})
afterAll(async () => {
  await beside.stop()
  await koble.stop()
})

/** Makes an API key, which is shown once: the worst kind of answer to lose, and to repeat to the wrong one. */
const create = (
  idempotencyKey: string,
  name: string,
  options: { node?: TestKoble; key?: string; role?: string } = {},
) => {
  const { node = koble, key, role = 'viewer' } = options
  const headers = { 'idempotency-key': idempotencyKey }
  return node.request<CreatedApiKey & Problem>('POST', '/api/api-keys', { key, body: { name, role }, headers })
}
const countOf = async (name: string) => {
  const { body } = await koble.request<{ data: ApiKey[] }>('GET', '/api/api-keys?limit=200')
  return body.data.filter((entry) => entry.name === name).length
}

describe('a repeated request', () => {
  test('is answered as the first was, on any node, and does nothing again', async () => {
    const first = await create('repeat', 'Repeated')
    expect(first.status).toBe(201)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    for (const node of [koble, beside]) {
      const again = await create('repeat', 'Repeated', { node })
      expect({ status: again.status, body: again.body }).toEqual({ status: 201, body: first.body })
      expect(again.headers.get('idempotent-replayed')).toBe('true')
    }
    expect(await countOf('Repeated')).toBe(1)
  })

  test('without a key is a new request', async () => {
    for (const name of ['Plain', 'Plain']) await koble.request('POST', '/api/api-keys', { body: { name } })
    expect(await countOf('Plain')).toBe(2)
  })

  test('with another body, or to another path, is refused', async () => {
    await create('reused', 'One')
    const refusal = { status: 409, body: { code: 'idempotency_key_reused' } }
    expect(await create('reused', 'Two')).toMatchObject(refusal)
    expect(await create('reused', 'One', { role: 'admin' })).toMatchObject(refusal)
    const headers = { 'idempotency-key': 'reused' }
    const body = { externalUserId: 'u1' }
    expect(await koble.request('POST', '/api/connect-sessions', { body, headers })).toMatchObject(refusal)
    expect(await countOf('Two')).toBe(0)
  })

  test('from another caller is refused: the answer may not be meant for it', async () => {
    await create('of the owner', 'Mighty', { role: 'owner' })
    const answer = await create('of the owner', 'Mighty', { role: 'owner', key: await koble.createKey('admin') })
    expect(answer).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
  })

  test('of another organization is another request', async () => {
    const other = await createOrganization(await signUpOwner(koble), 'Another one')
    const mine = await create('the same', 'Mine')
    const theirs = await create('the same', 'Mine', { key: other.ownerKey })
    expect(theirs.status).toBe(201)
    expect(theirs.body.key).not.toBe(mine.body.key)
  })
})

describe('requests with one key at the same time', () => {
  test('do their work once; the others are told to wait or get the answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => create('at once', 'At once', { node: index % 2 ? koble : beside })),
    )
    expect(await countOf('At once')).toBe(1)
    const made = answers.filter((answer) => answer.status === 201)
    expect(made.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1)
    expect(new Set(made.map((answer) => answer.body.key)).size).toBe(1)
    for (const answer of answers.filter((candidate) => candidate.status !== 201)) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
    }
    expect((await create('at once', 'At once')).body.key).toBe(made[0]?.body.key)
  })

  test('that fail let go of it: no later one goes without its protection', async () => {
    const { idempotency } = koble.services
    const once = { organizationId: koble.organization.id, key: 'let go', content: 'same' }
    let runs = 0
    const attempt = async (fails: boolean) =>
      await idempotency.once(once, 201, async () => {
        runs += 1
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (fails) throw new Error('failed')
        return 'done'
      })
    for (let round = 0; round < 20; round += 1) await Promise.allSettled([attempt(true), attempt(true), attempt(true)])
    await attempt(false)
    const before = runs
    expect(await attempt(false)).toEqual({ status: 201, body: 'done', replayed: true })
    expect(runs).toBe(before)
  })
})

test('a request that failed may be sent again, corrected or not', async () => {
  expect((await create('failing', '')).status).toBe(400)
  expect((await create('failing', 'Now right')).status).toBe(201)
  const admin = await koble.createKey('admin')
  expect((await create('too high', 'High', { role: 'owner', key: admin })).status).toBe(403)
  expect((await create('too high', 'High', { role: 'admin', key: admin })).status).toBe(201)
})

test('a key has 1 to 255 characters', async () => {
  expect(await create('', 'Empty')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(await create('k'.repeat(256), 'Long')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect((await create('k'.repeat(255), 'Just right')).status).toBe(201)
})

test('what is shown once is stored sealed', async () => {
  const { body } = await create('sealed', 'Sealed')
  const [row] = await koble.testDatabase.query("SELECT * FROM idempotency_keys WHERE key = 'sealed'")
  expect(JSON.stringify(row)).not.toContain(body.key)
  expect(row?.sealed_body).toEqual(expect.any(String))
})

test('is forgotten after a day, and after five minutes when the node died in the middle', async () => {
  const maintenance = createMaintenanceStore(koble.database)
  const age = (key: string, interval: string, more = '') =>
    koble.testDatabase.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '${interval}' ${more} WHERE key = $1`,
      [key],
    )
  const { body } = await create('young', 'Young')
  await create('old', 'Old')
  await create('cut short', 'Cut short')
  await age('young', '23 hours')
  await age('old', '25 hours')
  await age('cut short', '6 minutes', ', status = NULL, sealed_body = NULL')
  expect(await create('cut short', 'Cut short')).toMatchObject({ status: 409, body: { code: 'conflict' } })
  await maintenance.purgeIdempotencyKeys()
  expect((await create('young', 'Young')).body.key).toBe(body.key)
  expect((await create('old', 'Old')).headers.get('idempotent-replayed')).toBeNull()
  expect((await create('cut short', 'Cut short')).status).toBe(201)
})
