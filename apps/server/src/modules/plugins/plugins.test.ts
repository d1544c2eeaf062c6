import { readFileSync } from 'node:fs'
import type { AuditEntry } from '@koble/contract/activity'
import type { Problem } from '@koble/contract/errors'
import type { PluginDetail, PluginTrial, PluginVersion, PluginVersionDetail } from '@koble/contract/plugins'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openOwnEndpoint } from '../../testing/own-endpoint.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let otherKey: string

beforeAll(async () => {
  koble = await startTestKoble()
  otherKey = (await createOrganization(await signUpOwner(koble), 'Another one')).ownerKey
})
afterAll(() => koble.stop())

const code = 'export default () => {}'
let made = 0
const create = <Body = PluginDetail>(body: object = {}) =>
  koble.request<Body>('POST', '/api/plugins', { body: { name: `Plugin ${made++}`, code, ...body } })
const get = async (id: string) => (await koble.request<PluginDetail>('GET', `/api/plugins/${id}`)).body
const change = <Body = PluginDetail>(id: string, body: object) =>
  koble.request<Body>('PATCH', `/api/plugins/${id}`, { body })
const attempt = (body: object) => koble.request<PluginTrial>('POST', '/api/plugins/try', { body })

describe('plugins', () => {
  test('are made, listed, changed and removed, and each of these is in the audit log', async () => {
    const { status, body: plugin } = await create({ name: 'Filter' })
    expect(status).toBe(201)
    const asMade = { name: 'Filter', hook: 'webhook.event', enabled: true, timeoutMs: 500, version: 1, code }
    expect(plugin).toMatchObject({ ...asMade, endpoints: [] })
    const list = await koble.request<{ data: object[] }>('GET', '/api/plugins')
    expect(list.body.data).toContainEqual(expect.objectContaining({ id: plugin.id, name: 'Filter' }))
    const changed = await change(plugin.id, { name: 'Filter 2', enabled: false, timeoutMs: 50 })
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'Filter 2', enabled: false, timeoutMs: 50, version: 1 },
    })
    expect(await koble.request('DELETE', `/api/plugins/${plugin.id}`)).toMatchObject({ status: 204 })
    expect(await koble.request('GET', `/api/plugins/${plugin.id}`)).toMatchObject({ status: 404 })
    const log = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?limit=200')
    const actions = log.body.data.filter(({ targetId }) => targetId === plugin.id).map(({ action }) => action)
    expect(actions).toEqual(['plugin.deleted', 'plugin.updated', 'plugin.created'])
  })

  test('keep every version, and any of them can be made the one that runs', async () => {
    const { body: plugin } = await create()
    const second = `${code}\n// 2`
    const added = await koble.request<PluginDetail>('POST', `/api/plugins/${plugin.id}/versions`, {
      body: { code: second },
    })
    expect(added).toMatchObject({ status: 201, body: { version: 2, code: second } })
    expect(await change(plugin.id, { version: 1 })).toMatchObject({ status: 200, body: { version: 1, code } })
    const { body } = await koble.request<{ data: PluginVersion[] }>('GET', `/api/plugins/${plugin.id}/versions`)
    expect(body.data.map(({ version, codeBytes }) => [version, codeBytes])).toEqual([
      [2, second.length],
      [1, code.length],
    ])
    expect(body.data[0]?.createdBy).toMatchObject({ type: 'api_key' })
    expect(
      (await koble.request<PluginVersionDetail>('GET', `/api/plugins/${plugin.id}/versions/2`)).body,
    ).toMatchObject({ version: 2, code: second })
    expect(await change<Problem>(plugin.id, { version: 3 })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'version' }] },
    })
    const rewritten = koble.testDatabase.query('UPDATE plugin_versions SET code = $1 WHERE plugin_id = $2', [
      '',
      plugin.id,
    ])
    await expect(rewritten).rejects.toThrow('never changes')
  })

  test('have a name of their own', async () => {
    const { body: first } = await create({ name: 'Taken' })
    expect(await create<Problem>({ name: 'Taken' })).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const { body: second } = await create()
    expect(await change<Problem>(second.id, { name: 'Taken' })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect(await change(first.id, { name: 'Taken' })).toMatchObject({ status: 200 })
  })

  test('are not taken with code that cannot be loaded, and it is said where it is wrong', async () => {
    const wrong = 'export default function (event) {\n  const a = 1\n  const a = 2\n}'
    const refused = {
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'code', line: 3, column: expect.any(Number) }] },
    }
    expect(await create<Problem>({ code: wrong })).toMatchObject(refused)
    const { body: plugin } = await create()
    const path = `/api/plugins/${plugin.id}/versions`
    expect(await koble.request<Problem>('POST', path, { body: { code: wrong } })).toMatchObject(refused)
    expect(await get(plugin.id)).toMatchObject({ version: 1, code })
    for (const unusable of ['', 'for (;;) {}', 'export const a = 1', 'x'.repeat(256 * 1024 + 1), 'import "fs"']) {
      expect(await create<Problem>({ code: unusable })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      })
    }
  })

  test.each([{ timeoutMs: 49 }, { timeoutMs: 1001 }, { hook: 'message.send' }, { name: ' ' }])(
    'are not taken with %j',
    async (wrong) => {
      expect(await create<Problem>(wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    },
  )

  test('are not removed while an endpoint runs them, and not named where there are none', async () => {
    const { body: plugin } = await create()
    const handlers = [{ type: 'plugin', pluginId: plugin.id }, { type: 'activity' }]
    const endpoint = await openOwnEndpoint(koble, { name: 'Orders', handlers })
    expect(endpoint.handlers).toEqual(handlers)
    expect((await get(plugin.id)).endpoints).toEqual([{ id: endpoint.id, name: 'Orders', provider: 'api-key' }])
    const remove = () => koble.request<Problem>('DELETE', `/api/plugins/${plugin.id}`)
    const refused = await remove()
    expect(refused).toMatchObject({ status: 409, body: { code: 'plugin_in_use' } })
    expect(refused.body.detail).toContain('Orders')
    await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { handlers: [{ type: 'activity' }] } })
    expect(await remove()).toMatchObject({ status: 204 })
    expect(await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { handlers } })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'handlers.0.pluginId' }] },
    })
  })

  test('of another organization cannot be named', async () => {
    const theirs = await koble.request<PluginDetail>('POST', '/api/plugins', {
      body: { name: 'Theirs', code },
      key: otherKey,
    })
    const endpoint = await openOwnEndpoint(koble)
    const body = { handlers: [{ type: 'activity' }, { type: 'plugin', pluginId: theirs.body.id }] }
    expect(await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'handlers.1.pluginId' }] },
    })
  })
})

describe('a trial', () => {
  const event = { provider: 'acme', eventType: 'order.paid', body: { amount: 12 } }

  test('says what code makes of an event, and what it wrote', async () => {
    const changing =
      'export default ({ eventType, body }) => { console.log(eventType); return { data: { twice: body.amount * 2 } } }'
    expect((await attempt({ code: changing, event })).body).toMatchObject({
      outcome: 'changed',
      result: { data: { twice: 24 } },
      error: null,
      log: ['order.paid'],
    })
    const dropping = 'export default () => ({ drop: true, reason: "too small" })'
    expect((await attempt({ code: dropping, event })).body).toMatchObject({
      outcome: 'dropped',
      result: { drop: true, reason: 'too small' },
    })
    expect((await attempt({ code, event })).body).toMatchObject({ outcome: 'unchanged', result: null, error: null })
  })

  test.each([
    ['{ dropp: true }', /dropp/],
    ['{ drop: "yes" }', /drop/],
    ['{ drop: true, data: 1 }', /data/],
    ['{ drop: true, reason: 1 }', /reason/],
    ['{ eventType: "" }', /eventType/],
    ['{ eventType: "a b" }', /eventType/],
    ['{ eventType: "koble.connection.created" }', /reserved/],
    ['[1]', /object/],
  ])('refuses %s as a result', async (result, reason) => {
    const { body } = await attempt({ code: `export default () => (${result})`, event })
    expect(body).toMatchObject({ outcome: 'failed', result: null, error: { code: 'plugin_output_invalid' } })
    expect(body.error?.message).toMatch(reason)
  })

  test('makes of the example in the documents what they say', async () => {
    const document = readFileSync(new URL('../../../../../docs/plugins.md', import.meta.url), 'utf8')
    const example = /```text\n(export default[\s\S]+?)```/.exec(document)?.[1] ?? ''
    const outcomeOf = async (eventType: string, amount: number) => {
      const { body } = await attempt({ code: example, event: { eventType, body: { id: 'a', amount } } })
      return [body.outcome, body.result]
    }
    expect(await outcomeOf('order.sent', 1)).toEqual(['unchanged', null])
    expect(await outcomeOf('order.paid', 9)).toEqual(['dropped', { drop: true, reason: 'too small' }])
    const made = { eventType: 'invoice.paid', data: { order: 'a', total: 10 } }
    expect(await outcomeOf('order.paid', 10)).toEqual(['changed', made])
  })

  test('says what went wrong and where', async () => {
    const failing = 'export default (event) => {\n  return event.body.customer.name\n}'
    expect((await attempt({ code: failing, event })).body).toMatchObject({
      outcome: 'failed',
      error: { code: 'plugin_failed', message: expect.stringContaining('TypeError'), line: 2 },
    })
    const loop = await attempt({ code: 'export default () => { for (;;); }', event, timeoutMs: 50 })
    expect(loop.body.error).toMatchObject({ code: 'plugin_timeout' })
  })
})
