import type { CreatedPortalSession } from '@koble/contract/portal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOrganization, signUpOwner } from '../testing/people.ts'
import { startTestKoble, type TestKoble } from '../testing/test-koble.ts'

const product = 'https://product.example'
let koble: TestKoble
let token: string

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  await koble.request('PATCH', '/api/organization', { body: { allowedOrigins: [product] } })
  token = await tokenOf(koble.ownerKey)
})
afterAll(() => koble.stop())

const tokenOf = async (key: string) =>
  (
    await koble.request<CreatedPortalSession>('POST', '/api/portal-sessions', {
      key,
      body: { externalUserId: 'anna' },
    })
  ).body.token
const call = (bearer: string, origin: string, path = '/api/portal-session') =>
  fetch(koble.url + path, { headers: { authorization: `Bearer ${bearer}`, origin } })
const allowed = (response: Response) => response.headers.get('access-control-allow-origin')

test('a page of an origin that the organization lists may read what an end user’s token gets', async () => {
  const response = await call(token, product)
  expect(response.status).toBe(200)
  expect(allowed(response)).toBe(product)
  expect(response.headers.get('vary')).toContain('Origin')
  expect(response.headers.get('access-control-allow-credentials')).toBeNull()
})

test('a refusal can be read there too, and that a token has run out', async () => {
  const refused = await call(token, product, '/api/members')
  expect([refused.status, allowed(refused)]).toEqual([403, product])
  const expired = await call('koble_ps_gone', product)
  expect([expired.status, allowed(expired)]).toEqual([401, product])
})

test('no other origin may, and none with the token of another organization', async () => {
  for (const origin of ['https://evil.example', 'http://product.example', 'https://product.example.evil.example']) {
    expect(allowed(await call(token, origin))).toBeNull()
  }
  const { ownerKey } = await createOrganization(await signUpOwner(koble), 'Another')
  expect(allowed(await call(await tokenOf(ownerKey), product))).toBeNull()
})

test('an API key is of no use on a page of another origin, listed or not', async () => {
  const response = await call(koble.ownerKey, product, '/api/destinations')
  expect([response.status, allowed(response)]).toEqual([200, null])
})

test('a browser that asks ahead is told what may be sent, which the mark against forgery is not', async () => {
  const headers = {
    origin: product,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,koble-csrf',
  }
  const response = await fetch(`${koble.url}/api/destinations`, { method: 'OPTIONS', headers })
  expect(response.status).toBe(204)
  expect(allowed(response)).toBe(product)
  expect(response.headers.get('access-control-allow-headers')).toBe('authorization, content-type, idempotency-key')
  expect(response.headers.get('access-control-allow-credentials')).toBeNull()
})
