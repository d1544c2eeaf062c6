import type { Problem } from '@koble/contract/errors'
import type { Organization } from '@koble/contract/organizations'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { timedId } from '../../database/uuid-time.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { retentionTasks } from './jobs.ts'
import { createRetentionStore } from './store.ts'

let koble: TestKoble
let other: { id: string; ownerKey: string }
let integrationId: string
const otherIntegrationId = '01900000-0000-7000-8000-000000000001'
const dayMs = 86_400_000

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  other = await createOrganization(await signUpOwner(koble), 'Another one')
  const body = { provider: 'github', credentials: { clientId: 'a', clientSecret: 'b' } }
  integrationId = (await koble.request<{ id: string }>('POST', '/api/integrations', { body })).body.id
})
afterAll(() => koble.stop())
beforeEach(async () => {
  for (const table of ['webhook_events', 'integration_requests', 'activities'])
    await koble.testDatabase.query(`DELETE FROM ${table}`)
  await setRetention({ requests: null, events: null, activity: null })
  await setProcessing(null)
})

const setRetention = (retention: object) =>
  koble.request<Organization & Problem>('PATCH', '/api/organization', { body: { policies: { retention } } })
const setProcessing = async (retentionDays: number | null) => {
  const processing = retentionDays && { purpose: 'Support', legalBasis: 'contract', retentionDays }
  const answer = await koble.request('PATCH', `/api/integrations/${integrationId}`, { body: { processing } })
  expect(answer.status).toBe(200)
}
/** Runs the job, and all that it leaves to another run. */
async function sweep(limits?: { batchRows: number; batchesMax: number }): Promise<number> {
  const store = createRetentionStore(koble.database)
  let runs = 0
  let isOver = false
  const goOn = async () => {
    isOver = false
  }
  const task = retentionTasks({ ...store, goOn }, koble.services.audit, { warn: () => {} }, limits)['retention.hourly']
  while (!isOver) {
    isOver = true
    runs += 1
    await task?.({})
  }
  return runs
}

interface Place {
  organizationId?: string
  integrationId?: string
}
const at = (days: number) => timedId(Date.now() - days * dayMs)
async function addEvent(days: number, status: string, place: Place = {}): Promise<string> {
  const { id, at: receivedAt } = at(days)
  await koble.testDatabase.query(
    `INSERT INTO webhook_events (id, received_at, organization_id, endpoint_id, integration_id, provider_id, event_type,
       external_event_id, headers, body, status) VALUES ($1::uuid, $2, $3, $4, $4, 'github', 'push', $1::uuid::text, '{}', '', $5)`,
    [id, receivedAt, place.organizationId ?? koble.organization.id, place.integrationId ?? otherIntegrationId, status],
  )
  return id
}
async function addRequest(days: number, place: Place = {}): Promise<string> {
  const { id, at: calledAt } = at(days)
  await koble.testDatabase.query(
    `INSERT INTO integration_requests (id, at, organization_id, integration_id, connection_id, provider_id, method,
       endpoint, duration_ms, attempts) VALUES ($1, $2, $3, $4, $4, 'github', 'GET', '/', 1, 1)`,
    [id, calledAt, place.organizationId ?? koble.organization.id, place.integrationId ?? otherIntegrationId],
  )
  return id
}
async function addActivity(days: number): Promise<string> {
  const { id, at: happenedAt } = at(days)
  await koble.testDatabase.query(
    `INSERT INTO activities (id, at, organization_id, type, action, status, summary)
     VALUES ($1, $2, $3, 'system', 'tested', 'info', 'Tested')`,
    [id, happenedAt, koble.organization.id],
  )
  return id
}
const left = async (table: string) =>
  (await koble.testDatabase.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).map((row) => row.id).sort()

test('without a policy nothing is deleted before its partition is', async () => {
  const kept = [await addEvent(29, 'completed'), await addEvent(1, 'failed')].sort()
  await sweep()
  expect(await left('webhook_events')).toEqual(kept)
})

test('events are deleted after the days of the policy, but never while they are worked on', async () => {
  await setRetention({ events: 5 })
  await addEvent(6, 'completed')
  await addEvent(20, 'failed')
  const kept = [await addEvent(4, 'completed'), await addEvent(0, 'failed')]
  for (const status of ['pending', 'processing', 'retrying']) kept.push(await addEvent(20, status))
  kept.push(await addEvent(20, 'completed', { organizationId: other.id }))
  const requests = [await addRequest(20)]
  await sweep()
  expect(await left('webhook_events')).toEqual(kept.sort())
  expect(await left('integration_requests')).toEqual(requests)
})

test('each kind has days of its own', async () => {
  await setRetention({ requests: 3, activity: 10 })
  await addRequest(4)
  await addActivity(11)
  const kept = { request: await addRequest(2), activity: await addActivity(9), event: await addEvent(20, 'completed') }
  await sweep()
  expect(await left('integration_requests')).toEqual([kept.request])
  expect(await left('activities')).toEqual([kept.activity])
  expect(await left('webhook_events')).toEqual([kept.event])
})

test('an integration’s own days count when they are fewer, for its events and calls alone', async () => {
  await setRetention({ events: 10 })
  await setProcessing(2)
  await addEvent(3, 'completed', { integrationId })
  await addRequest(3, { integrationId })
  await addEvent(11, 'completed')
  const kept = {
    events: [
      await addEvent(1, 'completed', { integrationId }),
      await addEvent(3, 'completed'),
      await addEvent(9, 'pending', { integrationId }),
    ],
    requests: [await addRequest(3), await addRequest(1, { integrationId })],
  }
  await sweep()
  expect(await left('webhook_events')).toEqual(kept.events.sort())
  expect(await left('integration_requests')).toEqual(kept.requests.sort())
  await setProcessing(20)
  await sweep()
  expect(await left('webhook_events')).toHaveLength(3)
})

test('a backlog larger than a batch goes too, in several runs, past what must stay', async () => {
  await setRetention({ requests: 1, events: 1 })
  const stays = await addEvent(9, 'pending')
  const old = Array.from({ length: 2500 }, (_, index) => at(9 - index / 1000))
  await koble.testDatabase.query(
    `INSERT INTO integration_requests (id, at, organization_id, integration_id, connection_id, provider_id, method,
       endpoint, duration_ms, attempts)
     SELECT id, at, $1, $2, $2, 'github', 'GET', '/', 1, 1 FROM unnest($3::uuid[], $4::timestamptz[]) AS old (id, at)`,
    [koble.organization.id, otherIntegrationId, old.map(({ id }) => id), old.map((entry) => entry.at)],
  )
  const kept = await addRequest(0)
  expect(await sweep({ batchRows: 100, batchesMax: 10 })).toBe(3)
  expect(await left('integration_requests')).toEqual([kept])
  expect(await left('webhook_events')).toEqual([stays])
})

test('a policy keeps nothing longer than the instance does, except for the audit log, which is kept a month at least', async () => {
  const tooLong = await setRetention({ events: 31 })
  expect(tooLong).toMatchObject({ status: 400, body: { errors: [{ path: 'policies.retention.events' }] } })
  expect((await setRetention({ events: 0 })).status).toBe(400)
  const tooShort = await setRetention({ audit: 29 })
  expect(tooShort).toMatchObject({ status: 400, body: { errors: [{ path: 'policies.retention.audit' }] } })
  const usual = await setRetention({ events: 30 })
  expect(usual.body.policies.retention).toEqual({ requests: null, events: 30, activity: null, audit: null })
  expect((await setRetention({ audit: 365 })).body.policies.retention).toMatchObject({ events: 30, audit: 365 })
  expect((await setRetention({ audit: null })).body.policies.retention).toMatchObject({ audit: null })
})
