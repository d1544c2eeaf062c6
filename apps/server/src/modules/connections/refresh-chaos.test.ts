import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { crowdAtExpiry, killAt, type Moment } from '../../testing/refresh-chaos/scenarios.ts'
import { type Chaos, type Subject, startChaos } from '../../testing/refresh-chaos/start-chaos.ts'
import type { Fate } from '../../testing/refresh-chaos/token-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts'

/**
 * Three servers, and a provider that ends a grant whose refresh token is shown twice. `npm run prove:refresh` does the
 * same for longer.
 */
let testDatabase: TestDatabase
let chaos: Chaos
const subjects: Subject[] = []
let slow: { subject: Subject; answers: Promise<Record<number, number>> }

async function connected(...fates: Fate[]): Promise<Subject> {
  const subject = await chaos.connect()
  subjects.push(subject)
  subject.lane.fates.push(...fates)
  return subject
}

beforeAll(async () => {
  expect(inject('databaseServerUrl')).toBeDefined()
  testDatabase = await createTestDatabase()
  chaos = await startChaos({ databaseUrl: testDatabase.url, nodes: 3, accessTokenSeconds: 600 })
  const subject = await connected({ kind: 'delay-answer', ms: 25_000 })
  await chaos.expire(subject)
  // It goes on beside the other tests; its refresh is done by a node that none of them kills.
  slow = { subject, answers: chaos.callThrough(2, subject).then(({ status }) => ({ [status]: 1 })) }
})
afterAll(async () => {
  await chaos.stop()
  await testDatabase.drop()
})

test('1,000 callers on three nodes cause one token request for each expiry', async () => {
  const subject = await connected()
  for (const callers of [1000, 150, 150, 150, 150, 150, 150]) {
    expect(await crowdAtExpiry(chaos, subject, callers)).toEqual({ 200: callers })
  }
  expect(subject.lane.requests).toBe(7)
  expect(new Set(subject.lane.shown).size).toBe(7)
  expect(await chaos.row(subject)).toEqual({ status: 'connected', errorCode: null, version: 8 })
})

describe('a node killed while it refreshes', () => {
  test.each<[Moment, number]>([
    ['before the request', 200],
    ['after storing', 200],
  ])('%s costs nothing: the others go on', async (moment, status) => {
    const subject = await connected()
    expect(await killAt(chaos, subject, moment, 60)).toEqual({ [status]: 60 })
    expect(subject.lane.shown).toHaveLength(1)
    expect(await chaos.row(subject)).toMatchObject({ status: 'connected', errorCode: null })
    expect(await chaos.revoked()).not.toContain(subject.account)
  })

  test.each<Moment>(['during', 'after the answer'])(
    '%s takes the only refresh token along: the account must be connected again, for the provider ended the grant',
    async (moment) => {
      const subject = await connected()
      expect(await killAt(chaos, subject, moment, 60)).toEqual({ 409: 60 })
      expect(subject.lane.shown).toHaveLength(2)
      expect(await chaos.row(subject)).toMatchObject({ status: 'error', errorCode: 'needs_reauth' })
      expect(await chaos.revoked()).toContain(subject.account)
    },
  )
})

describe('an answer in between', () => {
  test.each<[string, number, string, string]>([
    ['500', 500, 'oops', 'provider_unavailable'],
    ['HTML', 200, '<html>maintenance</html>', 'refresh_uncertain'],
  ])('of %s is a warning that passes by itself', async (_title, status, body, errorCode) => {
    const subject = await connected({ kind: 'answer', status, body })
    await chaos.expire(subject)
    const answers = await chaos.callMany(subject, 60)
    expect(answers).not.toHaveProperty('200')
    expect(subject.lane.requests).toBe(1)
    expect(await chaos.row(subject)).toMatchObject({ status: 'warning', errorCode })
    await chaos.endPause(subject)
    expect(await chaos.callMany(subject, 60)).toEqual({ 200: 60 })
    expect(await chaos.row(subject)).toMatchObject({ status: 'connected', errorCode: null, version: 2 })
  })

  test('that is lost is a warning, and ends the connection only because the provider ends the grant', async () => {
    const subject = await connected({ kind: 'lose-answer' })
    await chaos.expire(subject)
    expect(await chaos.callMany(subject, 60)).not.toHaveProperty('409')
    expect(await chaos.row(subject)).toMatchObject({ status: 'warning', errorCode: 'refresh_uncertain' })
    expect(await chaos.revoked()).not.toContain(subject.account)
    await chaos.endPause(subject)
    expect(await chaos.callMany(subject, 60)).toEqual({ 409: 60 })
    expect(await chaos.revoked()).toContain(subject.account)
  })
})

test('an answer that takes 25 seconds is waited for', { timeout: 60_000 }, async () => {
  expect(await slow.answers).toEqual({ 200: 1 })
  expect(slow.subject.lane.requests).toBe(1)
  expect(await chaos.row(slow.subject)).toEqual({ status: 'connected', errorCode: null, version: 2 })
})

test('a connection is in error exactly where the provider ended the grant', async () => {
  const revoked = await chaos.revoked()
  expect(subjects.length).toBeGreaterThan(7)
  for (const subject of subjects) {
    const { status } = await chaos.row(subject)
    expect({ account: subject.account, isError: status === 'error' }).toEqual({
      account: subject.account,
      isError: revoked.has(subject.account),
    })
  }
})
