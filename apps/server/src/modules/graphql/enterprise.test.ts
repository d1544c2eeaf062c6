import type { Problem } from '@koble/contract/errors'
import type { GraphqlResponse } from '@koble/contract/graphql'
import type { Integration } from '@koble/contract/integrations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let enterprise: OAuthServer
let asked: string[]

// GitHub Enterprise Server has its REST API at `/api/v3`, and GraphQL beside it.
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  enterprise = await startOAuthServer()
  asked = []
  enterprise.onApi = (request, reply) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers.authorization === `Bearer ${enterprise.accessToken}`}`,
    )
    const answers: Record<string, object> = {
      '/api/v3/user': { id: 1, login: 'octocat' },
      '/api/graphql': { data: { viewer: { login: 'octocat' } } },
    }
    const answer = answers[request.url ?? '']
    reply.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  }
})
afterAll(async () => {
  await koble.stop()
  await enterprise.close()
})

test('GraphQL of a self-hosted GitHub is called beside its API, and nothing else there', async () => {
  const { authorizationUrl, tokenUrl } = enterprise.config
  const endpoints = { authorizationUrl, tokenUrl, apiUrl: `${enterprise.origin}/api/v3` }
  const credentials = { clientId: 'client', clientSecret: 'client-secret' }
  const { body: integration } = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'github', credentials, endpoints },
  })
  const { connection } = await connect(koble, integration)
  expect(connection?.accountLabel).toBe('octocat')
  const run = () =>
    koble.request<GraphqlResponse & Problem>('POST', `/api/connections/${connection?.id}/graphql`, {
      body: { query: '{ viewer { login } }' },
    })
  expect((await run()).body).toMatchObject({ data: { viewer: { login: 'octocat' } }, status: 200 })
  expect(asked).toContain('POST /api/graphql true')
  expect(asked.filter((line) => line.startsWith('POST') && !line.includes(' /api/graphql '))).toEqual([])

  const call = (url: string) =>
    koble.request<Problem>('POST', '/api/proxy/', {
      headers: { 'koble-connection': connection?.id ?? '', 'koble-url': url },
      body: { query: '{ viewer { login } }' },
    })
  expect((await call(`${enterprise.origin}/api/graphql`)).status).toBe(200)
  expect((await call(`${enterprise.origin}/login`)).body.code).toBe('url_not_of_provider')
  // Where only kept operations may be called, the way round is closed there too.
  const graphql = { mode: 'persisted_only' }
  await koble.request('PATCH', `/api/integrations/${integration.id}`, { body: { graphql } })
  expect((await call(`${enterprise.origin}/api/graphql`)).body.code).toBe('graphql_not_persisted')
})
