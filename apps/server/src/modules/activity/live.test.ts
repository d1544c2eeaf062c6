import type { Activity } from '@koble/contract/activity'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import type { Line } from './service.ts'

let koble: TestKoble
let beside: TestKoble
let thirdParty: LocalServer
let connectionId: string
let other: { id: string; ownerKey: string }

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  beside = await startTestKoble({ beside: koble, jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
  connectionId = await createKeyConnection(koble, thirdParty.origin)
  other = await createOrganization(await signUpOwner(koble), 'Another one')
})
afterAll(async () => {
  await beside.stop()
  await koble.stop()
  await thirdParty.close()
})

const lineOf = (summary: string, more: Partial<Line> = {}): Line => ({
  organizationId: koble.organization.id,
  integrationId: null,
  connectionId: null,
  provider: null,
  type: 'system',
  action: 'tested',
  status: 'info',
  summary,
  ...more,
})
const record = (summary: string, more: Partial<Line> = {}, node = koble) =>
  node.services.activity.record(lineOf(summary, more))

/** What an EventSource would hand on. */
interface Reader {
  lines: Activity[]
  ids: string[]
  summaries(): string[]
  close(): void
}

async function follow(
  path: string,
  options: { node?: TestKoble; key?: string; lastEventId?: string } = {},
): Promise<Reader> {
  const { node = koble, key = koble.ownerKey, lastEventId } = options
  const gone = new AbortController()
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId && { 'last-event-id': lastEventId }) }
  const response = await fetch(node.url + path, { headers, signal: gone.signal })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const lines: Activity[] = []
  const ids: string[] = []
  async function read(): Promise<void> {
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        const [, id, data] = /^id: (.+)\ndata: (.+)$/.exec(part) ?? []
        if (id && data) {
          ids.push(id)
          lines.push(JSON.parse(data))
        }
      }
    }
  }
  read().catch(() => {})
  return { lines, ids, summaries: () => lines.map((line) => line.summary), close: () => gone.abort() }
}

/** Waits for a line that is written last: what should have come before it has come by then. */
async function reaches(reader: Reader, last: string): Promise<void> {
  await expect.poll(() => reader.summaries(), { timeout: 8000, interval: 20 }).toContain(last)
}

describe('a live stream', () => {
  test('brings what any node writes, soon and with its id', async () => {
    const readers = [await follow('/api/activity/stream'), await follow('/api/activity/stream', { node: beside })]
    const startedAt = performance.now()
    await record('written here')
    await record('written there', {}, beside)
    for (const reader of readers) {
      await reaches(reader, 'written there')
      expect(reader.summaries()).toEqual(['written here', 'written there'])
      expect(reader.ids).toEqual(reader.lines.map((line) => line.id))
      reader.close()
    }
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('brings gateway calls within a second', async () => {
    const reader = await follow('/api/activity/stream?type=request', { node: beside })
    await koble.request('GET', '/api/proxy/things', { headers: { 'koble-connection': connectionId } })
    await expect.poll(() => reader.summaries(), { timeout: 1000 }).toEqual(['GET /things'])
    expect(reader.lines[0]?.details).toMatchObject({ statusCode: 200, path: '/things' })
    reader.close()
  })

  test('obeys its filters', async () => {
    const reader = await follow(`/api/activity/stream?connectionId=${connectionId}&status=failure&type=webhook`)
    await record('of another connection', { type: 'webhook', status: 'failure' })
    await record('of another status', { type: 'webhook', status: 'success', connectionId })
    await record('of another type', { type: 'connection', status: 'failure', connectionId })
    await record('fits', { type: 'webhook', status: 'failure', connectionId })
    await reaches(reader, 'fits')
    expect(reader.summaries()).toEqual(['fits'])
    reader.close()
  })

  test('of one connection brings nothing of the others', async () => {
    const reader = await follow(`/api/connections/${connectionId}/logs/stream`)
    await record('of none')
    await record('its own', { connectionId })
    await reaches(reader, 'its own')
    expect(reader.summaries()).toEqual(['its own'])
    reader.close()
  })

  test('never brings a line of another organization', async () => {
    const [mine, theirs] = [
      await follow('/api/activity/stream'),
      await follow('/api/activity/stream', { key: other.ownerKey }),
    ]
    await record('theirs', { organizationId: other.id })
    await record('mine')
    await record('theirs again', { organizationId: other.id })
    await reaches(mine, 'mine')
    await reaches(theirs, 'theirs again')
    expect(mine.summaries()).toEqual(['mine'])
    expect(theirs.summaries()).toEqual(['theirs', 'theirs again'])
    mine.close()
    theirs.close()
    const answer = await koble.request('GET', `/api/connections/${connectionId}/logs/stream`, { key: other.ownerKey })
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('outlives the loss of the connection on which changes are announced', async () => {
    const reader = await follow('/api/activity/stream')
    await koble.testDatabase.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    await record('after the loss')
    await reaches(reader, 'after the loss')
    reader.close()
  })
})

describe('a stream that is resumed', () => {
  test('brings what was missed, in order, on another node too', async () => {
    const before = await follow('/api/activity/stream')
    await record('seen')
    await reaches(before, 'seen')
    before.close()
    await record('missed 1')
    await record('missed 2', {}, beside)
    for (const node of [koble, beside]) {
      const after = await follow('/api/activity/stream', { node, lastEventId: before.ids.at(-1) })
      await reaches(after, 'missed 2')
      const fresh = after.lines.filter((line) => !before.ids.includes(line.id))
      expect(fresh.map((line) => line.summary).slice(-2)).toEqual(['missed 1', 'missed 2'])
      expect(after.ids).not.toContain(before.ids.at(-1))
      after.close()
    }
  })

  test('brings all of many lines, those of one millisecond too, each once', async () => {
    await record('mark')
    const { body } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?search=mark')
    const msecs = Date.now()
    const summaries = Array.from({ length: 1800 }, (_, index) => `many ${index}`)
    await koble.testDatabase.query(
      `INSERT INTO activities (id, at, organization_id, type, action, status, summary)
       SELECT id, to_timestamp($3 / 1000.0), $4, 'system', 'tested', 'info', summary
       FROM unnest($1::uuid[], $2::text[]) AS line (id, summary)`,
      [summaries.map((_, seq) => uuidv7({ msecs, seq })), summaries, msecs, koble.organization.id],
    )
    const reader = await follow('/api/activity/stream', { lastEventId: body.data[0]?.id })
    await expect
      .poll(() => reader.summaries().filter((summary) => summary.startsWith('many ')).length, { timeout: 8000 })
      .toBe(summaries.length)
    await record('after the many')
    await reaches(reader, 'after the many')
    const many = reader.summaries().filter((summary) => summary.startsWith('many '))
    expect(many).toEqual(summaries)
    reader.close()
  })

  test('a line that is committed late is not skipped', async () => {
    const reader = await follow('/api/activity/stream')
    const client = await koble.database.ownerPool.connect()
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO activities (id, at, organization_id, type, action, status, summary)
       VALUES (uuidv7(), now(), $1, 'system', 'tested', 'info', 'committed late')`,
      [koble.organization.id],
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    await record('younger, but there first')
    await reaches(reader, 'younger, but there first')
    await client.query('COMMIT')
    client.release()
    await record('the last')
    await reaches(reader, 'the last')
    expect(reader.summaries()).toEqual(['younger, but there first', 'committed late', 'the last'])
    reader.close()
  })

  test.each(['nonsense', '6fa459ea-ee8a-4ca4-894e-db77e160355e', 'ffffffff-ffff-7fff-bfff-ffffffffffff'])(
    'from an id that is none of ours (%s) still goes on live',
    async (lastEventId) => {
      const reader = await follow('/api/activity/stream', { lastEventId })
      await record(`after ${lastEventId}`)
      await reaches(reader, `after ${lastEventId}`)
      reader.close()
    },
  )
})
