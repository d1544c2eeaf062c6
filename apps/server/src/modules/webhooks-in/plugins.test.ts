import type { Activity } from '@koble/contract/activity'
import type { MessageDetail } from '@koble/contract/messages'
import type { PluginDetail } from '@koble/contract/plugins'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eventIn, openOwnEndpoint, openOwnIntegration, statesOf, takenIn } from '../../testing/own-endpoint.ts'
import { addDestination, createReceiver, type Receiver } from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver
let integrationId: string
let destinationId: string

beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
  integrationId = await openOwnIntegration(koble)
  destinationId = await addDestination(koble, receiver.url('/all'))
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

let made = 0
/** A plugin whose function has this body. */
async function plug(body: string, more: object = {}): Promise<string> {
  const code = `export default (event) => { ${body} }`
  const plugin = { name: `Plugin ${made++}`, code, ...more }
  const answer = await koble.request<PluginDetail>('POST', '/api/plugins', { body: plugin })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body.id
}
const retryPolicy = { attempts: 2, firstWaitSeconds: 0.1, factor: 1 }
/** An endpoint that runs these plugins, forwards and notes. */
const open = (pluginIds: string[], more: object = {}) =>
  openOwnEndpoint(
    koble,
    {
      retryPolicy,
      handlers: [
        { type: 'forward', destinationIds: [destinationId] },
        ...pluginIds.map((pluginId) => ({ type: 'plugin', pluginId })),
        { type: 'activity' },
      ],
      ...more,
    },
    integrationId,
  )
let sent = 0
const send = (endpoint: Parameters<typeof takenIn>[0], body: object = {}) =>
  takenIn(endpoint, { id: `event-${sent++}`, type: 'order.paid', ...body })
async function messageOf(eventId: string): Promise<MessageDetail | null> {
  const { attemptLog } = await eventIn(koble, eventId, 'completed')
  const id = attemptLog.at(-1)?.messageId ?? null
  return id === null ? null : (await koble.request<MessageDetail>('GET', `/api/messages/${id}`)).body
}
const lastAttempt = async (id: string) => (await eventIn(koble, id, 'completed', 'failed', 'parked')).attemptLog.at(-1)
const newVersion = (id: string, body: string) =>
  koble.request('POST', `/api/plugins/${id}/versions`, { body: { code: `export default (event) => { ${body} }` } })

describe('a plugin of an endpoint', () => {
  test('sees the event, without the headers that may prove something', async () => {
    const endpoint = await open([await plug('return { data: event }')])
    const id = await send(endpoint, { amount: 12 })
    const message = await messageOf(id)
    const seen = JSON.parse(message?.body ?? 'null')
    expect(seen).toMatchObject({
      id,
      provider: 'api-key',
      eventType: 'order.paid',
      receivedAt: expect.stringMatching(/Z$/),
      connection: null,
      body: { type: 'order.paid', amount: 12 },
    })
    expect(seen.headers['content-type']).toBe('application/json')
    expect(JSON.stringify(seen)).not.toContain(endpoint.secret)
  })

  test('that returns nothing leaves the event as it came, byte for byte', async () => {
    const id = await send(await open([await plug('console.log("looked at", event.body.id)')]), { large: 1e300 })
    const message = await messageOf(id)
    expect(message).toMatchObject({ eventType: 'api-key.order.paid' })
    const { body } = await eventIn(koble, id, 'completed')
    expect(message?.body).toBe(body)
    expect((await lastAttempt(id))?.plugins).toMatchObject([
      { outcome: 'unchanged', version: 1, error: null, log: [expect.stringMatching(/^looked at event-/)] },
    ])
    const stored = await koble.testDatabase.query('SELECT body FROM messages WHERE id = $1', [message?.id])
    expect(stored).toEqual([{ body: null }])
  })

  test('changes type and body of the message, which is what destinations get, and what is kept', async () => {
    const id = await send(
      await open([await plug('return { eventType: "paid", data: { total: event.body.amount * 2 } }')]),
      {
        amount: 12,
      },
    )
    const message = await messageOf(id)
    expect(message).toMatchObject({ eventType: 'paid', body: '{"total":24}', eventId: id })
    await vi.waitFor(() => {
      const bodies = receiver.at('/all').map(({ body }) => JSON.parse(String(body)))
      expect(bodies).toContainEqual(expect.objectContaining({ type: 'paid', data: { total: 24 } }))
    }, 10_000)
    expect((await lastAttempt(id))?.plugins).toMatchObject([{ outcome: 'changed' }])
    expect(JSON.parse((await eventIn(koble, id, 'completed')).body)).toMatchObject({ amount: 12 })
  })

  test('drops an event: it is completed, nothing is forwarded, and it is told why', async () => {
    const id = await send(await open([await plug('return { drop: true, reason: "too small" }')]))
    expect(await messageOf(id)).toBeNull()
    expect(await lastAttempt(id)).toMatchObject({
      outcome: 'completed',
      messageId: null,
      plugins: [{ outcome: 'dropped', reason: 'too small' }],
    })
    const { body } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=webhook&limit=200')
    const line = body.data.find(({ details }) => details['eventId'] === id)
    expect(line).toMatchObject({ summary: 'Event order.paid was dropped by a plugin', status: 'success' })
  })

  test('sees what the one before it made, up to the one that drops it', async () => {
    const first = await plug('return { eventType: "first", data: { n: 1 } }')
    const off = await plug('throw new Error("never")', { enabled: false })
    const second = await plug('return { data: [event.eventType, event.body.n + 1] }')
    expect(await messageOf(await send(await open([first, off, second])))).toMatchObject({
      eventType: 'first',
      body: '["first",2]',
    })
    const drop = await plug('return { drop: true }')
    const id = await send(await open([first, drop, second]))
    expect((await lastAttempt(id))?.plugins?.map(({ outcome }) => outcome)).toEqual(['changed', 'dropped'])
  })

  test('runs in the version that is current, without a restart', async () => {
    const id = await plug('return { data: 1 }')
    const endpoint = await open([id])
    expect(await messageOf(await send(endpoint))).toMatchObject({ body: '1' })
    await newVersion(id, 'return { data: 2 }')
    expect(await messageOf(await send(endpoint))).toMatchObject({ body: '2' })
    await koble.request('PATCH', `/api/plugins/${id}`, { body: { version: 1 } })
    expect(await messageOf(await send(endpoint))).toMatchObject({ body: '1' })
  })
})

describe('a plugin that fails', () => {
  test.each([
    ['throws', 'plugin_failed', 'throw new Error("no customer")'],
    ['loops', 'plugin_timeout', 'for (;;);'],
    ['takes all memory', 'plugin_memory', 'const a = []; for (;;) a.push({})'],
    ['returns nonsense', 'plugin_output_invalid', 'return { dropp: true }'],
  ])('because it %s has the event tried again, and at last failed', async (_what, code, body) => {
    const id = await send(await open([await plug(body, { timeoutMs: code === 'plugin_timeout' ? 50 : 1000 })]))
    const event = await eventIn(koble, id, 'failed')
    expect(event.attempts).toBe(2)
    expect(event.errorMessage).toMatch(new RegExp(`^${code}: the plugin "Plugin \\d+" in version 1$`))
    expect(event.attemptLog.map(({ outcome, plugins }) => [outcome, plugins?.[0]?.outcome])).toEqual([
      ['retrying', 'failed'],
      ['failed', 'failed'],
    ])
    expect(event.attemptLog.at(-1)).toMatchObject({ messageId: null, plugins: [{ error: { code } }] })
  })

  test('is mended by another version, and the event by a replay', async () => {
    const id = await plug('throw new Error("no")')
    const eventId = await send(await open([id]))
    await eventIn(koble, eventId, 'failed')
    await newVersion(id, 'return { data: "mended" }')
    await koble.request('POST', `/api/events/${eventId}/replay`)
    expect(await messageOf(eventId)).toMatchObject({ body: '"mended"' })
  })

  test('keeps no other event waiting, of a hundred that it gets at once', async () => {
    const slow = await open([await plug('for (;;);', { timeoutMs: 300 })], { retryPolicy: { attempts: 1 } })
    const quick = await open([await plug('return { data: 1 }')])
    const plain = await open([])
    const doomed = await Promise.all(Array.from({ length: 100 }, () => send(slow)))
    const others = await Promise.all(Array.from({ length: 10 }, (_, index) => send(index % 2 ? quick : plain)))
    for (const id of others) await eventIn(koble, id, 'completed')
    // They were through before most of the hundred had their turn.
    const states = Object.values(await statesOf(koble, slow.id))
    expect(states.filter((state) => state === 'pending').length).toBeGreaterThan(50)
    const plugin = slow.handlers.flatMap((handler) => (handler.type === 'plugin' ? [handler.pluginId] : []))[0] ?? ''
    await newVersion(plugin, 'return { drop: true }')
    await eventIn(koble, doomed[0] ?? '', 'failed', 'completed')
  })
})

describe('where order is kept', () => {
  const ordering = { key: { field: 'key' } }
  const through = async (endpointId: string, count: number) =>
    await vi.waitFor(
      async () => {
        const states = Object.values(await statesOf(koble, endpointId))
        expect(states.filter((state) => state === 'completed')).toHaveLength(count)
      },
      { timeout: 20_000, interval: 50 },
    )

  test('events of a key go through plugins one after the other', async () => {
    const endpoint = await open([await plug('return { data: event.body.n }')], { ordering })
    for (let n = 0; n < 8; n += 1) await send(endpoint, { key: 'k', n })
    await through(endpoint.id, 8)
    const rows = await koble.testDatabase.query<{ body: string }>(
      `SELECT convert_from(m.body, 'UTF8') AS body FROM messages m JOIN webhook_events e ON e.id = m.event_id
       WHERE e.endpoint_id = $1 ORDER BY m.id`,
      [endpoint.id],
    )
    expect(rows.map(({ body }) => Number(body))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('one that fails parks its event, and another key goes on', async () => {
    const id = await plug('if (event.body.key === "bad") for (;;);', { timeoutMs: 50 })
    const endpoint = await open([id], { ordering })
    const [bad, behind, good] = [
      await send(endpoint, { key: 'bad' }),
      await send(endpoint, { key: 'bad' }),
      await send(endpoint, { key: 'good' }),
    ]
    await eventIn(koble, good, 'completed')
    expect(await eventIn(koble, bad, 'parked')).toMatchObject({
      errorMessage: expect.stringContaining('plugin_timeout'),
    })
    await eventIn(koble, behind, 'pending')
    await newVersion(id, '')
    await koble.request('POST', `/api/events/${bad}/replay`)
    await through(endpoint.id, 3)
  })

  test('what waited for a paused endpoint goes through plugins when it is resumed', async () => {
    const endpoint = await open([await plug('return { data: "resumed" }')])
    await koble.request('POST', `/api/webhooks/${endpoint.id}/pause`)
    const ids = [await send(endpoint), await send(endpoint), await send(endpoint)]
    for (const id of ids) await eventIn(koble, id, 'pending')
    await koble.request('POST', `/api/webhooks/${endpoint.id}/resume`)
    await through(endpoint.id, 3)
    for (const id of ids) expect(await messageOf(id)).toMatchObject({ body: '"resumed"' })
  })
})

test('of a restricted integration, what plugins wrote is kept from those who may not read bodies', async () => {
  const endpoint = await openOwnEndpoint(koble, {
    handlers: [
      {
        type: 'plugin',
        pluginId: await plug('console.log(event.body.secretly); throw new Error(event.body.secretly)'),
      },
    ],
    retryPolicy: { attempts: 1 },
  })
  const change = { body: { classification: 'restricted' } }
  const changed = await koble.request('PATCH', `/api/integrations/${endpoint.integrationId}`, change)
  expect(changed.status, JSON.stringify(changed.body)).toBe(200)
  const id = await send(endpoint, { secretly: 'very-private' })
  await eventIn(koble, id, 'failed')
  const seenBy = async (key?: string) => JSON.stringify((await koble.request('GET', `/api/events/${id}`, { key })).body)
  expect(await seenBy(await koble.createKey('developer'))).not.toContain('very-private')
  expect(await seenBy(await koble.createKey('admin'))).toContain('very-private')
})
