import type { Problem } from '@koble/contract/errors'
import type { LoggedRequest } from '@koble/contract/requests'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let thirdParty: LocalServer
let target: { connectionId: string; integrationId: string }

const calls: [method: string, endpoint: string, status: number | null, errorCode: string | null, durationMs: number][] =
  [
    ['GET', '/users_list', 200, null, 5],
    ['GET', '/userslist', 404, null, 50],
    ['POST', '/invoices', 201, null, 500],
    ['DELETE', '/invoices/1', null, 'provider_timeout', 30_000],
    ['GET', '/invoices', 200, 'client_closed', 7],
  ]

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
  const connectionId = await createKeyConnection(koble, thirdParty.origin)
  const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
  target = { connectionId, integrationId: body.integrationId }
  for (const [method, endpoint, status, errorCode, durationMs] of calls) {
    const facts = { provider: 'api-key', method, endpoint, status, errorCode, durationMs, attempts: 1 }
    const { id: organizationId } = koble.organization
    const timing = status === null ? null : { queueMs: 1, connectMs: 1, firstByteMs: 2 }
    koble.services.activity.noteRequest({ organizationId, ...target, ...facts, timing, requestId: `id-of-${endpoint}` })
  }
  await koble.services.activity.flush()
})
afterAll(async () => {
  await koble.stop()
  await thirdParty.close()
})

const list = async (query: string) =>
  (await koble.request<{ data: LoggedRequest[]; nextCursor: string | null } & Problem>('GET', `/api/requests?${query}`))
    .body
const names = async (query: string) => (await list(query)).data.map(({ method, path }) => `${method} ${path}`)
const all = calls.map(([method, endpoint]) => `${method} ${endpoint}`).reverse()

describe('the request log', () => {
  test.each<[string, string[]]>([
    ['', all],
    ['status=success', ['POST /invoices', 'GET /users_list']],
    ['status=failure', ['GET /invoices', 'DELETE /invoices/1', 'GET /userslist']],
    ['status=404', ['GET /userslist']],
    ['method=POST', ['POST /invoices']],
    ['search=users_l', ['GET /users_list']],
    ['search=id-of-/userslist', ['GET /userslist']],
    ['search=INVOICES', ['GET /invoices', 'DELETE /invoices/1', 'POST /invoices']],
    ['minDurationMs=500', ['DELETE /invoices/1', 'POST /invoices']],
    ['integrationId=01900000-0000-7000-8000-000000000000', []],
    ['connectionId=01900000-0000-7000-8000-000000000000', []],
    ['to=2020-01-01T00:00:00Z', []],
    ['from=2020-01-01T00:00:00Z', all],
  ])('finds what "%s" says', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  test.each(['status=fine', 'status=99', 'method=BREW', 'minDurationMs=-1', 'from=yesterday', 'search='])(
    'refuses "%s"',
    async (query) => {
      expect(await list(query)).toMatchObject({ code: 'invalid_request' })
    },
  )

  test('comes page by page without leaving anything out or telling it twice', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(`limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...page.data.map(({ method, path }) => `${method} ${path}`))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen).toEqual(all)
  })

  test('splits the time of a call so that the parts are the whole', async () => {
    const [row] = (await list('method=POST')).data
    const { body } = await koble.request('GET', `/api/requests/${row?.id}`)
    expect(body).toMatchObject({
      durationMs: 500,
      timing: { queueMs: 1, connectMs: 1, firstByteMs: 2, downloadMs: 496 },
      requestId: 'id-of-/invoices',
    })
  })

  test('has no call by an id that is none of its own', async () => {
    const answer = await koble.request<Problem>('GET', '/api/requests/01900000-0000-7000-8000-000000000000')
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})
