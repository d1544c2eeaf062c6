import { generateMasterKey } from '@koble/core/crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startCrashableDatabase } from '../../testing/crashable-database.ts'
import { deliver, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { call } from '../../testing/http-call.ts'
import { startProgram } from '../../testing/program.ts'
import { createReceiver } from '../../testing/receiver.ts'

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
