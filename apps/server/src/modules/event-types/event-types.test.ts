import type { Problem } from '@koble/contract/errors'
import type { EventTypeDetail } from '@koble/contract/event-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble

beforeAll(async () => {
  koble = await startTestKoble()
})
afterAll(() => koble.stop())

const schema = {
  type: 'object',
  properties: { amount: { type: 'number' }, items: { type: 'array', items: { type: 'object', required: ['name'] } } },
  required: ['amount'],
  additionalProperties: false,
}
const create = <Body = EventTypeDetail>(body: object) => koble.request<Body>('POST', '/api/event-types', { body })
const sendAs = (eventType: string, data: unknown, more: object = {}) =>
  koble.request<Problem & { id: string }>('POST', '/api/messages', { body: { eventType, data, ...more } })

test('a type is registered with its schema, and its versions are kept', async () => {
  const made = await create({ name: 'invoice.paid', description: 'Paid', schema, examples: [{ amount: 1 }] })
  expect(made).toMatchObject({ status: 201, body: { name: 'invoice.paid', version: 1, schema, archived: false } })
  const added = await koble.request<EventTypeDetail>('POST', '/api/event-types/invoice.paid/versions', {
    body: { schema: { type: 'object', required: ['total'] }, examples: [{ total: 2 }] },
  })
  expect(added.status).toBe(201)
  const { body } = await koble.request<EventTypeDetail>('GET', '/api/event-types/invoice.paid')
  expect(body).toMatchObject({ version: 2, description: 'Paid', examples: [{ total: 2 }] })
  expect(body.versions.map(({ version, schema }) => [version, schema?.['required']])).toEqual([
    [2, ['total']],
    [1, ['amount']],
  ])
  const list = await koble.request<{ data: EventTypeDetail[] }>('GET', '/api/event-types?search=VOICE')
  expect(list.body.data).toMatchObject([{ name: 'invoice.paid', version: 2 }])
})

test('a name that is taken, reserved or none is refused', async () => {
  await create({ name: 'taken' })
  expect(await create<Problem>({ name: 'taken' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  for (const name of ['koble', 'koble.mine', 'a..b', '.a', 'a b', 'a-b', '', 'æ', 'a'.repeat(201)]) {
    expect(await create<Problem>({ name }), name).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  }
})

test.each([
  ['a keyword used wrongly', { type: 'nonsense' }, []],
  ['a reference that leads out of it', { $ref: 'https://example.com/schema.json' }, []],
  ['a broken pattern', { type: 'string', pattern: '(' }, []],
  ['an example that does not fit', { type: 'string' }, ['fits', 12]],
])('a schema with %s is refused', async (_what, schema, examples) => {
  const answer = await create<Problem>({ name: 'wrong', schema, examples })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(answer.body.errors?.[0]?.path).toBe(examples.length > 0 ? 'examples.1' : 'schema')
  expect((await koble.request('GET', '/api/event-types/wrong')).status).toBe(404)
})

test('a schema that is too large is refused', async () => {
  const answer = await create<Problem>({ name: 'large', schema: { description: 'x'.repeat(70_000) } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('data that is not what the newest version describes is refused, and each field is named', async () => {
  await create({ name: 'order.placed', schema })
  expect(await sendAs('order.placed', { amount: 12, items: [{ name: 'x' }] })).toMatchObject({ status: 201 })
  const refused = await sendAs('order.placed', { amount: 'much', items: [{}], more: 1 })
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(refused.body.errors?.map(({ path }) => path).sort()).toEqual(['data', 'data.amount', 'data.items.0'])
  expect(refused.body.detail).toContain('more')
})

test('a new version counts at once, and an older one where it is named', async () => {
  await create({ name: 'moved', schema: { type: 'string' } })
  expect((await sendAs('moved', 'text')).status).toBe(201)
  expect((await sendAs('moved', 1)).status).toBe(400)
  await koble.request('POST', '/api/event-types/moved/versions', { body: { schema: { type: 'integer' } } })
  expect((await sendAs('moved', 1)).status).toBe(201)
  expect((await sendAs('moved', 'text')).status).toBe(400)
  expect((await sendAs('moved', 'text', { eventTypeVersion: 1 })).status).toBe(201)
  const unknown = await sendAs('moved', 1, { eventTypeVersion: 3 })
  expect(unknown).toMatchObject({ status: 400, body: { errors: [{ path: 'eventTypeVersion' }] } })
  const sent = await sendAs('moved', 2)
  expect((await koble.request('GET', `/api/messages/${sent.body.id}`)).body).toMatchObject({ eventTypeVersion: 2 })
})

test('a type without a schema, and one that nobody registered, take anything', async () => {
  await create({ name: 'free' })
  for (const data of [null, 0, 'x', [], { deep: { er: true } }]) {
    expect((await sendAs('free', data)).status).toBe(201)
    expect((await sendAs('never.registered', data)).status).toBe(201)
  }
})

test('a pattern that takes forever refuses the message, and holds up nobody for long', async () => {
  await create({ name: 'slow', schema: { type: 'string', pattern: '^(a+)+$' } })
  const [slow, other] = await Promise.all([sendAs('slow', `${'a'.repeat(40)}!`), sendAs('quick', {})])
  expect(slow).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(other.status).toBe(201)
})

test('what is archived can be brought back, and what is deleted binds nobody', async () => {
  await create({ name: 'old', schema: { type: 'string' } })
  const archive = (archived: boolean) => koble.request('PATCH', '/api/event-types/old', { body: { archived } })
  expect(await archive(true)).toMatchObject({ status: 200, body: { archived: true } })
  const listed = async (query: string) =>
    (await koble.request<{ data: EventTypeDetail[] }>('GET', `/api/event-types?${query}`)).body.data.map(
      ({ name }) => name,
    )
  expect(await listed('archived=true')).toEqual(['old'])
  expect(await listed('archived=false&limit=200')).not.toContain('old')
  expect(await archive(false)).toMatchObject({ body: { archived: false } })
  expect((await sendAs('old', 1)).status).toBe(400)
  expect((await koble.request('DELETE', '/api/event-types/old')).status).toBe(204)
  expect((await koble.request('DELETE', '/api/event-types/old')).status).toBe(404)
  expect((await sendAs('old', 1)).status).toBe(201)
})

test('examples can be changed as long as they fit', async () => {
  await create({ name: 'shown', schema: { type: 'string' } })
  const set = (examples: unknown[]) => koble.request<Problem>('PATCH', '/api/event-types/shown', { body: { examples } })
  expect(await set(['x'])).toMatchObject({ status: 200, body: { examples: ['x'] } })
  expect(await set([1])).toMatchObject({ status: 400, body: { errors: [{ path: 'examples.0' }] } })
})
