import { generateMasterKey } from '@koble/core/crypto'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startCrashableDatabase } from '../../testing/crashable-database.ts'
import { deliver, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { call } from '../../testing/http-call.ts'
import { eventIn, openOwnEndpoint, takenIn } from '../../testing/own-endpoint.ts'
import { startProgram } from '../../testing/program.ts'
import { createReceiver } from '../../testing/receiver.ts'
import { startTestKoble } from '../../testing/test-koble.ts'

test('what an event became is on disk before it is sent on: the receiver never sees it under a second id', {
  timeout: 90_000,
}, async () => {
  // Whatever nobody waits for stays in memory for as long as PostgreSQL can be told to keep it there.
  const database = await startCrashableDatabase(['wal_writer_delay=10000'])
  onTestFinished(() => database.remove())
  const receiver = await createReceiver()
  onTestFinished(() => receiver.close())
  const key = 'koble_crash_test_key_0000000000'
  const environment = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: key,
    KOBLE_PUBLIC_URL: 'http://koble.invalid',
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
  }
  const program = await startProgram(environment)
  onTestFinished(async () => {
    program.kill('SIGKILL')
    await program.ended
  })
  const request = <Body>(method: string, path: string, options: { body?: unknown } = {}) =>
    call<Body>(method, program.url + path, { key, ...options })
  const endpoint = await openGithubEndpoint(request)
  const destination = await request('POST', '/api/destinations', {
    body: { name: 'A receiver', type: 'https', config: { url: receiver.url('/hook') }, secrets: {} },
  })
  expect(destination.status, JSON.stringify(destination.body)).toBe(201)
  const here = { ...endpoint, url: program.url + new URL(endpoint.url).pathname }

  expect((await deliver(here, 'delivery-1')).status).toBe(200)
  await receiver.received('/hook', 1)
  await database.crash('SIGKILL')
  await database.restart()
  // It may come again, since nobody knows any more how the attempt ended: within seconds, and not when its lease ends.
  const message = await vi.waitFor(
    async () => {
      const events = await request<{ data: { status: string }[] }>('GET', '/api/events')
      expect(events.body).toMatchObject({ data: [{ status: 'completed' }] })
      const messages = await request<{ data: { id: string; counts: object }[] }>('GET', '/api/messages')
      expect(messages.body).toMatchObject({ data: [{ counts: { delivered: 1 } }] })
      return messages.body.data[0]
    },
    { timeout: 60_000, interval: 200 },
  )
  const arrived = receiver.at('/hook').map(({ headers }) => headers['webhook-id'])
  expect(new Set(arrived)).toEqual(new Set([message?.id]))
})

test('an event whose job runs twice at the same time, as after a lost lock, becomes one message and is counted once', async () => {
  const koble = await startTestKoble()
  onTestFinished(() => koble.stop())
  const endpoint = await openOwnEndpoint(koble, { handlers: [{ type: 'forward' }, { type: 'activity' }] })
  const gate = new pg.Client({ connectionString: koble.testDatabase.url })
  await gate.connect()
  onTestFinished(() => gate.end())
  // Both have read the event by the time that one of them may write.
  await gate.query('BEGIN')
  await gate.query('LOCK TABLE webhook_endpoint_stats IN ACCESS EXCLUSIVE MODE')
  const eventId = await takenIn(endpoint, { id: 'once' })
  const expectWaiting = (count: number) =>
    vi.waitFor(async () => {
      const waiting = await koble.testDatabase.query(
        `SELECT FROM pg_locks WHERE relation = 'webhook_endpoint_stats'::regclass AND NOT granted`,
      )
      expect(waiting).toHaveLength(count)
    }, 20_000)
  await expectWaiting(1)
  const item = { eventId, organizationId: koble.organization.id }
  await koble.testDatabase.query("SELECT add_job('webhooks-in.process', $1::json)", [JSON.stringify([item])])
  await expectWaiting(2)
  await gate.query('ROLLBACK')

  await eventIn(koble, eventId, 'completed')
  await vi.waitFor(async () => {
    expect(await koble.testDatabase.query('SELECT FROM graphile_worker._private_jobs')).toEqual([])
  }, 20_000)
  const [counts] = await koble.testDatabase.query(
    `SELECT (SELECT count(*)::int FROM messages WHERE event_id = $1) AS messages,
       (SELECT count(*)::int FROM activities WHERE details ->> 'eventId' = $1::text) AS lines,
       (SELECT jsonb_array_length(attempt_log) FROM webhook_events WHERE id = $1) AS attempts,
       received::int, completed::int FROM webhook_endpoint_stats WHERE endpoint_id = $2`,
    [eventId, endpoint.id],
  )
  expect(counts).toEqual({ messages: 1, lines: 1, attempts: 1, received: 1, completed: 1 })
})
