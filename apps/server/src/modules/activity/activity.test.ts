import type { Activity } from '@koble/contract/activity'
import type { Problem } from '@koble/contract/errors'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import type { Line } from './service.ts'

let koble: TestKoble
let thirdParty: LocalServer

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
})
afterAll(async () => {
  await koble.stop()
  await thirdParty.close()
})

type Logs = { data: Activity[]; nextCursor: string | null }
const list = async (path: string) => (await koble.request<Logs & Problem>('GET', path)).body

/** A connection of its own, so that each test sees only its own lines. */
async function connection(): Promise<{ connectionId: string; integrationId: string }> {
  const connectionId = await createKeyConnection(koble, thirdParty.origin)
  const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
  return { connectionId, integrationId: body.integrationId }
}

const record = (line: Partial<Line> & { summary: string }) =>
  koble.services.activity.record({
    organizationId: koble.organization.id,
    integrationId: null,
    connectionId: null,
    provider: 'api-key',
    type: 'system',
    action: 'tested',
    status: 'info',
    ...line,
  })

async function request(
  target: { connectionId: string; integrationId: string },
  endpoint: string,
  outcome: { status: number | null; errorCode: string | null },
): Promise<void> {
  const asked = { provider: 'api-key', method: 'GET', endpoint, requestId: 'r' }
  const call = { ...asked, durationMs: 1.5, timing: null, attempts: 1, cacheHit: false }
  koble.services.activity.noteRequest({ organizationId: koble.organization.id, ...target, ...call, ...outcome })
  await koble.services.activity.flush()
}

describe('filters', () => {
  let target: { connectionId: string; integrationId: string }
  let middle: string
  beforeAll(async () => {
    target = await connection()
    await koble.testDatabase.query('DELETE FROM activities WHERE connection_id = $1', [target.connectionId])
    await record({ ...target, type: 'webhook', status: 'success', summary: 'Invoice 100% paid' })
    await request(target, '/users_list', { status: 200, errorCode: null })
    // So that nothing else is in the millisecond that divides.
    await new Promise((resolve) => setTimeout(resolve, 5))
    middle = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await request(target, '/userslist', { status: 404, errorCode: null })
    await request(target, '/down', { status: null, errorCode: 'provider_unreachable' })
    await record({ ...target, type: 'connection', status: 'failure', summary: 'Token was refused' })
    await record({ summary: 'Of no connection' })
  })

  const names = {
    paid: 'Invoice 100% paid',
    ok: 'GET /users_list',
    missing: 'GET /userslist',
    down: 'GET /down',
    refused: 'Token was refused',
  }
  test.each<[string, string[]]>([
    ['', [names.refused, names.down, names.missing, names.ok, names.paid]],
    ['type=request', [names.down, names.missing, names.ok]],
    ['type=webhook', [names.paid]],
    ['type=system', []],
    ['status=success', [names.ok, names.paid]],
    ['status=failure', [names.refused, names.down, names.missing]],
    ['status=info', []],
    ['type=request&status=failure', [names.down, names.missing]],
    ['search=TOKEN', [names.refused]],
    ['search=users_l', [names.ok]],
    ['search=100%25', [names.paid]],
    ['search=%25paid', []],
    ['search=get%20/USERS', [names.missing, names.ok]],
    ['from=MIDDLE', [names.refused, names.down, names.missing]],
    ['to=MIDDLE', [names.ok, names.paid]],
    ['from=MIDDLE&type=request&search=down', [names.down]],
  ])('"%s" finds what it says in activities and gateway calls alike', async (query, expected) => {
    const filter = query.replace('MIDDLE', encodeURIComponent(middle))
    for (const path of [
      `/api/connections/${target.connectionId}/logs?${filter}`,
      `/api/activity?connectionId=${target.connectionId}&${filter}`,
      `/api/activity?integrationId=${target.integrationId}&${filter}`,
    ]) {
      expect(
        (await list(path)).data.map((line) => line.summary),
        path,
      ).toEqual(expected)
    }
  })

  test('that make no sense are refused, never ignored', async () => {
    for (const query of [
      'type=else',
      'status=bad',
      'from=yesterday',
      'connectionId=1',
      'limit=0',
      'limit=201',
      'cursor=x',
    ]) {
      expect(await list(`/api/activity?${query}`), query).toMatchObject({ status: 400, code: 'invalid_request' })
    }
  })

  test('a gateway call tells its facts', async () => {
    const { data } = await list(`/api/connections/${target.connectionId}/logs?search=down`)
    expect(data[0]).toMatchObject({
      type: 'request',
      action: 'request',
      provider: 'api-key',
      durationMs: 1.5,
      details: { method: 'GET', path: '/down', statusCode: null, attempts: 1, errorCode: 'provider_unreachable' },
    })
  })
})

describe('paging', () => {
  test('brings every line once, newest first, however many are written meanwhile', async () => {
    const target = await connection()
    for (let index = 0; index < 40; index += 1) {
      if (index % 2) await record({ ...target, summary: `line ${index}` })
      else await request(target, `/${index}`, { status: 200, errorCode: null })
    }
    const seen: Activity[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Logs = await list(
        `/api/connections/${target.connectionId}/logs?limit=7&${cursor && `cursor=${cursor}`}`,
      )
      expect(page.data.length).toBeLessThanOrEqual(7)
      seen.push(...page.data)
      cursor = page.nextCursor
      await record({ ...target, summary: 'written meanwhile' })
    }
    // The connection was made, which is a line too.
    expect(seen).toHaveLength(41)
    expect(new Set(seen.map((line) => line.id)).size).toBe(41)
    expect(seen.map((line) => line.at)).toEqual(
      seen
        .map((line) => line.at)
        .sort()
        .reverse(),
    )
    expect(seen.map((line) => line.id)).toEqual(
      seen
        .map((line) => line.id)
        .sort()
        .reverse(),
    )
  })
})

describe('the CSV export', () => {
  const download = async (connectionId: string) => {
    const answer = await koble.request<string>('GET', `/api/connections/${connectionId}/logs.csv`)
    return { ...answer, rows: parseCsv(answer.body) }
  }

  test('is a file with a header row and one row per line, newest first', async () => {
    const target = await connection()
    await request(target, '/first', { status: 200, errorCode: null })
    await record({ ...target, summary: 'second', durationMs: 3 })
    const { status, headers, rows } = await download(target.connectionId)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toBe(`attachment; filename="connection-${target.connectionId}.csv"`)
    expect(rows[0]).toEqual(['at', 'type', 'action', 'status', 'summary', 'durationMs', 'id'])
    expect(rows.slice(1).map((row) => [row[4], row[5]])).toEqual([
      ['second', '3'],
      ['GET /first', '1.5'],
      [expect.stringContaining('connected'), ''],
    ])
  })

  test.each(['=HYPERLINK("http://evil")', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '＝1'])(
    'a summary that begins with %j is text to a spreadsheet, never a formula',
    async (summary) => {
      const target = await connection()
      await record({ ...target, summary })
      const { rows } = await download(target.connectionId)
      expect(rows[1]?.[4]).toBe(`'${summary}`)
    },
  )

  test('quotes, commas and line breaks stay within their cell', async () => {
    const target = await connection()
    const summary = 'He said "no", twice\r\nand = left'
    await record({ ...target, summary })
    const { rows } = await download(target.connectionId)
    expect(rows).toHaveLength(3)
    expect(rows[1]?.[4]).toBe(summary)
  })

  test('ends after the newest 10,000 lines', async () => {
    const target = await connection()
    await koble.testDatabase.query(
      `INSERT INTO activities (id, at, organization_id, connection_id, type, action, status, summary)
       SELECT uuidv7(n * interval '1 millisecond'), now() + n * interval '1 millisecond', $1, $2, 'system', 'tested', 'info', 'line ' || n
       FROM generate_series(1, 10050) AS n`,
      [koble.organization.id, target.connectionId],
    )
    const { rows } = await download(target.connectionId)
    expect(rows).toHaveLength(10_001)
    expect([rows[1]?.[4], rows.at(-1)?.[4]]).toEqual(['line 10050', 'line 51'])
  })
})

/** Reads CSV as RFC 4180 defines it; every row ends with CRLF. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
