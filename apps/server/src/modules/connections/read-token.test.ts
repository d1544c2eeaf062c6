import type { AuditEntry } from '@koble/contract/activity'
import type { Integration } from '@koble/contract/integrations'
import type { Role } from '@koble/contract/organizations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let id: string

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  id = await createKeyConnection(koble, koble.url, { apiKey: 'the-api-key' })
})
afterAll(async () => {
  await koble.stop()
})

const entries = async () =>
  (await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?action=connection.token_read')).body.data

test('a token is shown to admins, is kept by no cache, and every reading is audited with request and address', async () => {
  const key = await koble.createKey('admin')
  const headers = { 'x-request-id': 'request-17' }
  const answer = await koble.request('GET', `/api/connections/${id}/token`, { key, headers })
  expect(answer).toMatchObject({ status: 200, body: { accessToken: 'the-api-key', tokenExpiresAt: null } })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await entries()).toEqual([
    {
      id: expect.any(String),
      at: expect.any(String),
      actorType: 'api_key',
      actorId: expect.any(String),
      actorLabel: 'A admin',
      action: 'connection.token_read',
      targetType: 'connection',
      targetId: id,
      ip: '127.0.0.1',
      requestId: 'request-17',
      details: {},
    },
  ])
})

test.each(['viewer', 'developer'] satisfies Role[])('a %s is refused, and no reading is audited', async (role) => {
  const before = await entries()
  const key = await koble.createKey(role)
  const answer = await koble.request('GET', `/api/connections/${id}/token`, { key })
  expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect(JSON.stringify(answer.body)).not.toContain('the-api-key')
  expect(await entries()).toEqual(before)
})

test('the client secret of an integration is written and never shown, not even to owners', async () => {
  const credentials = { clientId: 'client', clientSecret: 'written-only' }
  const made = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'github', credentials },
  })
  const path = `/api/integrations/${made.body.id}`
  const answers = [
    made,
    await koble.request('GET', path),
    await koble.request('PATCH', path, { body: { credentials: { clientSecret: 'written-only' } } }),
    await koble.request('GET', '/api/integrations?limit=200'),
  ]
  for (const answer of answers) {
    expect(answer.status).toBeLessThan(300)
    expect(JSON.stringify(answer.body)).not.toContain('written-only')
  }
})
