import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pagesOf } from '../build-pages.ts'
import { serveDashboard } from './dashboard.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  const sendPage = await serveDashboard(app, pagesOf('dashboard') ?? '', 'http://koble.test')
  app.setNotFoundHandler((request, reply) => {
    if (!sendPage(request, reply)) reply.status(404).send()
  })
})
afterAll(() => app.close())

test('the page cannot be had without its policy, by none of its names', async () => {
  for (const url of ['/', '/connections', '/index.html']) {
    const { statusCode, headers } = await app.inject({ url, headers: { accept: 'text/html', host: 'koble.test' } })
    expect(statusCode, url).toBe(200)
    expect(headers['content-security-policy'], url).toContain("frame-ancestors 'none'")
  }
  for (const name of ['index.html', 'index.html.br', 'index.html.gz']) {
    expect((await app.inject({ url: `/${name}` })).statusCode, name).toBe(404)
  }
})
