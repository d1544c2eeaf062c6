import type { Activity } from '@koble/contract/activity'
import type { Endpoint, EventDetail } from '@koble/contract/webhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { eventIn, installFailures, openOwnEndpoint, openOwnIntegration, takenIn } from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let failures: Awaited<ReturnType<typeof installFailures>>
let integrationId: string
let connectionId: string

beforeAll(async () => {
  koble = await startTestKoble()
  failures = await installFailures(koble)
  integrationId = await openOwnIntegration(koble)
  connectionId = await connectAccount('customer-1', 'acct_1')
})
afterAll(() => koble.stop())

async function connectAccount(externalUserId: string, account: string): Promise<string> {
  const { body } = await koble.request<{ id: string }>('POST', '/api/connections', {
    body: { integrationId, externalUserId, credentials: { apiKey: 'key' } },
  })
  await koble.testDatabase.query('UPDATE connections SET account_id = $2 WHERE id = $1', [body.id, account])
  return body.id
}

interface StoredMessage {
  id: string
  event_type: string
  external_user_id: string | null
  connection_id: string | null
  source: string
}
const messagesOf = (eventId: string) =>
  koble.testDatabase.query<StoredMessage>(
    'SELECT id, event_type, external_user_id, connection_id, source FROM messages WHERE event_id = $1 ORDER BY id',
    [eventId],
  )
const open = (input: object = {}) => openOwnEndpoint(koble, input, integrationId)
const retryPolicy = { attempts: 2, firstWaitSeconds: 0.1 }
let number = 0
let id: string
beforeEach(() => {
  number += 1
  id = `event-${number}`
})

describe('an event', () => {
  test('of a known account becomes a message of its user, in the transaction that completes it', async () => {
    const eventId = await takenIn(await open(), { id, type: 'order.paid', account: 'acct_1' })
    const event = await eventIn(koble, eventId, 'completed')
    expect(event.connectionId).toBe(connectionId)
    const messages = await messagesOf(eventId)
    expect(messages).toMatchObject([
      {
        event_type: 'api-key.order.paid',
        external_user_id: 'customer-1',
        connection_id: connectionId,
        source: 'webhook',
      },
    ])
    expect(event.attemptLog).toMatchObject([
      { number: 1, replay: 0, outcome: 'completed', error: null, connectionId, messageId: messages[0]?.id },
    ])
  })

  test('that names no account is forwarded without a connection', async () => {
    const eventId = await takenIn(await open(), { id, type: 'ping' })
    expect(await eventIn(koble, eventId, 'completed')).toMatchObject({ connectionId: null })
    expect(await messagesOf(eventId)).toMatchObject([{ external_user_id: null, connection_id: null }])
  })

  test('of an account without a connection is unroutable, visible, and goes through once there is one', async () => {
    const endpoint = await open()
    const eventId = await takenIn(endpoint, { id, type: 'order.paid', account: 'acct_later' })
    const event = await eventIn(koble, eventId, 'unroutable')
    expect(event.errorMessage).toContain('acct_later')
    expect(await messagesOf(eventId)).toEqual([])
    const { body: log } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=webhook&status=failure')
    expect(log.data.find((line) => line.details.eventId === eventId)).toMatchObject({ action: 'webhook.unroutable' })
    const { body } = await koble.request<Endpoint>('GET', `/api/webhooks/${endpoint.id}`)
    expect(body).toMatchObject({ received24h: 1, unroutable24h: 1, completed24h: 0, successRate24h: 0 })
    const later = await connectAccount('customer-later', 'acct_later')
    await koble.request('POST', `/api/events/${eventId}/replay`)
    expect(await eventIn(koble, eventId, 'completed')).toMatchObject({ connectionId: later, replays: 1, attempts: 1 })
    expect(await messagesOf(eventId)).toMatchObject([{ external_user_id: 'customer-later' }])
  })

  test('of an account without a connection is forwarded where the endpoint has it so', async () => {
    const eventId = await takenIn(await open({ unmatched: 'forward' }), { id, type: 'x', account: 'acct_nobody' })
    await eventIn(koble, eventId, 'completed')
    expect(await messagesOf(eventId)).toMatchObject([{ connection_id: null }])
  })

  test('belongs to the connection of its endpoint, whatever account it names', async () => {
    const eventId = await takenIn(await open({ connectionId }), { id, type: 'x', account: 'acct_nobody' })
    expect(await eventIn(koble, eventId, 'completed')).toMatchObject({ connectionId })
    expect(await messagesOf(eventId)).toMatchObject([{ external_user_id: 'customer-1' }])
  })

  test('is forwarded to nobody where the endpoint only logs, and logged by nobody where it only forwards', async () => {
    const logged = await takenIn(await open({ handlers: [{ type: 'activity' }] }), { id, type: 'x' })
    await eventIn(koble, logged, 'completed')
    expect(await messagesOf(logged)).toEqual([])
    const forwarded = await takenIn(await open({ handlers: [{ type: 'forward' }] }), { id, type: 'x' })
    await eventIn(koble, forwarded, 'completed')
    expect(await messagesOf(forwarded)).toHaveLength(1)
    const { body: log } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=webhook&limit=200')
    const ids = log.data.map((line) => line.details.eventId)
    expect(ids).toContain(logged)
    expect(ids).not.toContain(forwarded)
  })
})

describe('an attempt', () => {
  test('that cannot be written leaves no message behind, and spoils none of its neighbours', async () => {
    const endpoint = await open({ retryPolicy })
    await failures.doom(`${id}-doomed`)
    const ids = await Promise.all(
      ['a', 'doomed', 'b'].map((name) => takenIn(endpoint, { id: `${id}-${name}`, type: 'x' })),
    )
    const [first = '', doomed = '', last = ''] = ids
    await eventIn(koble, first, 'completed')
    await eventIn(koble, last, 'completed')
    const failed = await eventIn(koble, doomed, 'failed')
    expect(failed).toMatchObject({ attempts: 2, errorMessage: 'This one is doomed', nextAttemptAt: null })
    expect(await messagesOf(doomed)).toEqual([])
    expect(await messagesOf(first)).toHaveLength(1)
    await vi.waitFor(async () => {
      const { body } = await koble.request<Endpoint>('GET', `/api/webhooks/${endpoint.id}`)
      expect(body).toMatchObject({ received24h: 3, completed24h: 2, failed24h: 1 })
      expect(body.successRate24h).toBeCloseTo(2 / 3)
    })
  })

  test('is repeated as often as the endpoint says; every one stands in the log, with what came of it', async () => {
    const endpoint = await open({ retryPolicy: { attempts: 3, schedule: [0.1] } })
    await failures.doom(id)
    const eventId = await takenIn(endpoint, { id, type: 'x' })
    await eventIn(koble, eventId, 'failed')
    await failures.spare(id)
    await koble.request('POST', `/api/events/${eventId}/replay`)
    const event: EventDetail = await eventIn(koble, eventId, 'completed')
    expect(event).toMatchObject({ attempts: 1, replays: 1, errorMessage: null })
    expect(event.attemptLog.map(({ number: at, replay, outcome }) => [at, replay, outcome])).toEqual([
      [1, 0, 'retrying'],
      [2, 0, 'retrying'],
      [3, 0, 'failed'],
      [4, 1, 'completed'],
    ])
    const [message] = await messagesOf(eventId)
    expect(event.attemptLog.at(-1)?.messageId).toBe(message?.id)
    expect(event.attemptLog[0]?.error).toBe('This one is doomed')
  })

  test('is followed by the next after two seconds by default, and by the schedule where there is one', async () => {
    const due = async (policy: object | undefined) => {
      const endpoint = await open(policy && { retryPolicy: policy })
      const doomed = `${id}-${endpoint.id}`
      await failures.doom(doomed)
      const event = await eventIn(koble, await takenIn(endpoint, { id: doomed, type: 'x' }), 'retrying')
      const [attempt] = event.attemptLog
      return Math.round((Date.parse(event.nextAttemptAt ?? '') - Date.parse(attempt?.at ?? '')) / 1000)
    }
    expect(await due(undefined)).toBe(2)
    expect(await due({ attempts: 3, firstWaitSeconds: 60, factor: 3 })).toBe(60)
    expect(await due({ attempts: 3, schedule: [300, 600] })).toBe(300)
  })
})
