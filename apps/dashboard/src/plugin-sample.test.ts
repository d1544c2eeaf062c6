import type { EventDetail } from '@koble/contract/webhooks'
import { expect, test } from 'vitest'
import { firstSample, readSample, sampleOf } from './plugin-sample.ts'

const event = {
  id: 'e',
  provider: 'github',
  eventType: 'push',
  receivedAt: '2026-01-01T00:00:00.000Z',
  connectionId: 'c',
  headers: { 'x-github-event': 'push', 'x-hub-signature-256': 'sha256=0', 'x-gitlab-token': 't' },
  body: '{"a":1}',
  bodyEncoding: 'utf8',
} as unknown as EventDetail

test('an event becomes what a plugin sees of it, without headers that may prove something', () => {
  expect(readSample(sampleOf(event, 'user-1'))).toEqual({
    event: {
      id: 'e',
      provider: 'github',
      eventType: 'push',
      receivedAt: '2026-01-01T00:00:00.000Z',
      connection: { id: 'c', externalUserId: 'user-1' },
      headers: { 'x-github-event': 'push' },
      body: { a: 1 },
    },
    error: null,
  })
})

test('a body that is no JSON stays a text', () => {
  expect(readSample(sampleOf({ ...event, body: 'a=1' }, null)).event).toMatchObject({ body: 'a=1', connection: null })
})

test('what cannot be an event is named', () => {
  expect(readSample(firstSample).error).toBeNull()
  expect(readSample('{').error).not.toBeNull()
  expect(readSample('[]').error).toBe('It is no JSON object.')
})
