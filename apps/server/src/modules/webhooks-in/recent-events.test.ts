import { expect, test, vi } from 'vitest'
import { timedId } from '../../database/uuid-time.ts'
import { createRecentEvents } from './recent-events.ts'
import type { NewEvent } from './store.ts'

function stored(body = Buffer.from('{}')): NewEvent {
  const { id, at } = timedId()
  return {
    id,
    receivedAt: at,
    organizationId: 'organization',
    endpointId: 'endpoint',
    integrationId: 'integration',
    connectionId: null,
    provider: 'github',
    eventType: 'push',
    externalEventId: 'delivery',
    orderingKey: null,
    headers: '{"x-github-event":"push"}',
    contentType: 'application/json',
    body,
  }
}

test('nothing is kept where nobody works on events', () => {
  const recent = createRecentEvents()
  const event = stored()
  recent.remember([event])
  expect(recent.take([event.id])).toEqual([])
})

test('an event is handed out once, as the database would tell it', () => {
  const recent = createRecentEvents()
  recent.take([])
  const event = stored()
  recent.remember([event])
  expect(recent.take(['another', event.id])).toEqual([
    {
      id: event.id,
      organization_id: 'organization',
      integration_id: 'integration',
      endpoint_id: 'endpoint',
      connection_id: null,
      provider_id: 'github',
      event_type: 'push',
      external_event_id: 'delivery',
      attempts: 0,
      replays: 0,
      logged: 0,
      ordering_key: null,
      received_at: event.receivedAt,
      headers: { 'x-github-event': 'push' },
      content_type: 'application/json',
      body: event.body,
    },
  ])
  expect(recent.take([event.id])).toEqual([])
})

test('the oldest make room when there are too many bytes', () => {
  const recent = createRecentEvents()
  recent.take([])
  const events = Array.from({ length: 5 }, () => stored(Buffer.alloc(4 * 1024 * 1024)))
  for (const event of events) recent.remember([event])
  expect(recent.take(events.map((event) => event.id)).map((event) => event.id)).toEqual(
    events.slice(1).map((event) => event.id),
  )
})

test('what nobody took for five seconds is given up', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const recent = createRecentEvents()
    recent.take([])
    const [old, fresh] = [stored(), stored()]
    recent.remember([old])
    vi.advanceTimersByTime(4_000)
    recent.take([])
    vi.advanceTimersByTime(1_001)
    recent.remember([fresh])
    expect(recent.take([old.id, fresh.id]).map((event) => event.id)).toEqual([fresh.id])
  } finally {
    vi.useRealTimers()
  }
})
