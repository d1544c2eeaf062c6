import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pagesOf } from '../build-pages.ts'
import { servePortal } from './portal-page.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  const listed: Record<string, string[]> = { fjord: ['https://app.fjord.example', 'https://fjord.example'] }
  await servePortal(app, pagesOf('portal') ?? '', async (organizationId) => listed[organizationId] ?? [])
})
afterAll(() => app.close())

const policyOf = async (url: string) => {
  const { statusCode, headers } = await app.inject({ url })
  expect(statusCode).toBe(200)
  return String(headers['content-security-policy']).split('; ')
}

test('only the origins of the organization in the address may show the page in a frame', async () => {
  const policy = await policyOf('/portal/fjord')
  expect(policy).toContain('frame-ancestors https://app.fjord.example https://fjord.example')
  for (const url of ['/portal', '/portal/unknown']) expect(await policyOf(url)).toContain("frame-ancestors 'none'")
})

test('the page runs its own files alone, and tells nobody where it was', async () => {
  const policy = await policyOf('/portal/fjord')
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]))
  expect(policy.join()).not.toContain('unsafe')
  const { headers, body } = await app.inject({ url: '/portal/fjord' })
  expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' })
  expect(body).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\son\w+=/)
})

test('its files come compressed and are kept for a year; the page itself cannot be had without its policy', async () => {
  const script = /src="([^"]+)"/.exec((await app.inject({ url: '/portal/fjord' })).body)?.[1] ?? ''
  const file = await app.inject({ url: script, headers: { 'accept-encoding': 'br' } })
  expect(file.headers).toMatchObject({
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  expect((await app.inject({ url: '/portal/index.html' })).headers['content-security-policy']).toBeDefined()
  expect((await app.inject({ url: '/portal/assets/index.html' })).statusCode).toBe(404)
})
