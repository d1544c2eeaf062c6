import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { GraphqlOperation, GraphqlResponse, GraphqlSchema } from '@koble/contract/graphql'
import type { Integration } from '@koble/contract/integrations'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GraphqlServer, startGraphqlServer } from '../../testing/graphql-server.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** An answer, or a refusal. */
type Answered = GraphqlResponse & Problem

let koble: TestKoble
let upstream: GraphqlServer
let connectionId: string
let integrationId: string

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startGraphqlServer()
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})
beforeEach(async () => {
  upstream.introspection = true
  connectionId = await createKeyConnection(koble, upstream.origin)
  integrationId = (await koble.request<Connection>('GET', `/api/connections/${connectionId}`)).body.integrationId
  await setGraphql({ endpoint: '/graphql' })
  upstream.requests = []
  upstream.added = []
})

const setGraphql = (graphql: Integration['graphql']) =>
  koble.request<Integration>('PATCH', `/api/integrations/${integrationId}`, { body: { graphql } })
const run = (body: object) => koble.request<Answered>('POST', `/api/connections/${connectionId}/graphql`, { body })
const sent = () => upstream.requests.filter(({ operationName }) => operationName !== 'IntrospectionQuery')
const introspections = () => upstream.requests.length - sent().length

describe('a document', () => {
  test('is run as the connected account, and brings data with the status of the third party', async () => {
    const answer = await run({ query: 'query Q($text: String!) { echo(text: $text) }', variables: { text: 'hei' } })
    expect(answer).toMatchObject({
      status: 200,
      body: { data: { echo: 'hei' }, errors: [], extensions: null, status: 200, validated: true },
    })
    expect(sent()[0]?.headers.authorization).toBe('Bearer third-party-key')
    expect(sent()[0]?.operationName).toBe('Q')
  })

  test('with partial data and errors is passed on as it is', async () => {
    const { body } = await run({ query: '{ viewer { name } failing }' })
    expect(body.data).toEqual({ viewer: { name: 'Ada' }, failing: null })
    expect(body.errors).toMatchObject([{ message: 'It failed', path: ['failing'], extensions: { code: 'BROKEN' } }])
    expect(body.failure).toBeUndefined()
  })

  test('needs an endpoint, the provider’s or the call’s', async () => {
    await setGraphql({})
    expect(await run({ query: '{ viewer { name } }' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
    expect((await run({ query: '{ viewer { name } }', endpoint: '/graphql' })).body.data).toEqual({
      viewer: { name: 'Ada' },
    })
    const whole = await run({ query: '{ viewer { name } }', endpoint: `${upstream.origin}/graphql` })
    expect(whole.body.data).toEqual({ viewer: { name: 'Ada' } })
    const elsewhere = await run({ query: '{ viewer { name } }', endpoint: 'http://127.0.0.1:1/graphql' })
    expect(elsewhere).toMatchObject({ status: 400, body: { code: 'url_not_of_provider' } })
  })
})

describe('before anything is sent', () => {
  test('a document that does not fit the schema is refused with the place of each mistake', async () => {
    const answer = await run({ query: '{\n  viewer { name }\n  nothing\n}' })
    expect(answer).toMatchObject({ status: 422, body: { code: 'graphql_invalid' } })
    expect(answer.body.errors).toEqual([
      { path: 'query', message: expect.stringContaining('"nothing"'), line: 3, column: 3 },
    ])
    expect(sent()).toEqual([])
  })

  test('variables are held against their types', async () => {
    const query = 'query ($first: Int!) { things(first: $first) { nodes { name } } }'
    const answer = await run({ query, variables: { first: 'many' } })
    expect(answer).toMatchObject({ status: 422, body: { code: 'graphql_invalid', errors: [{ path: 'variables' }] } })
    expect((await run({ query })).status).toBe(422)
    expect(sent()).toEqual([])
  })

  test.each([
    ['a syntax error', '{ viewer { name }'],
    ['too many levels', `{ ${'viewer: parent { '.repeat(26)} name ${'}'.repeat(26)} }`],
    ['too many levels through fragments', deepFragments(30)],
    ['fragments that hold themselves', 'query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['brackets that would exhaust the parser', '{a'.repeat(4_000)],
    ['lists that would', `{ echo(text: ${'['.repeat(4_000)}`],
    ['too many tokens', `{ ${'viewer { name } '.repeat(3_000)} }`],
    ['definitions of types', 'type Thing { id: ID }'],
    ['no operation', 'fragment A on Query { viewer { name } }'],
    ['several operations and no name', 'query A { viewer { id } } query B { viewer { id } }'],
  ])('%s is refused, also when the schema is not asked for', async (_title, query) => {
    for (const validate of [true, false]) {
      expect(await run({ query, validate })).toMatchObject({ status: 422, body: { code: 'graphql_invalid' } })
    }
    expect(upstream.requests).toEqual([])
  })

  test('variables of any depth are refused rather than worked through', async () => {
    const raw = `{"query":"{ viewer { id } }","validate":false,"variables":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`
    const headers = { 'content-type': 'application/json' }
    const path = `/api/connections/${connectionId}/graphql`
    expect(await koble.request<Problem>('POST', path, { raw, headers })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
  })

  test('a subscription is sent to its own route', async () => {
    expect(await run({ query: 'subscription { ticks(count: 1) }' })).toMatchObject({ status: 400 })
  })
})

describe('the schema', () => {
  const schema = (method = 'GET', path = '') =>
    koble.request<GraphqlSchema>(method, `/api/connections/${connectionId}/graphql/schema${path}`)

  test('is asked for once, also by calls that come together, and is read as SDL', async () => {
    await Promise.all([1, 2, 3].map(() => run({ query: '{ viewer { name } }' })))
    await run({ query: '{ viewer { name } }' })
    expect(introspections()).toBe(1)
    const { body } = await schema()
    expect(body).toMatchObject({ endpoint: '/graphql', notAvailableBecause: null })
    expect(
      buildSchema(body.sdl ?? '')
        .getQueryType()
        ?.getFields(),
    ).toHaveProperty('viewer')
    expect(introspections()).toBe(1)
  })

  test('outlives a restart, and is asked for again on demand', async () => {
    await run({ query: '{ viewer { name } }' })
    const beside = await startTestKoble({ jobs: false, beside: koble })
    try {
      const path = `/api/connections/${connectionId}/graphql`
      const answer = await beside.request<Answered>('POST', path, { body: { query: '{ nothing }' } })
      expect(answer).toMatchObject({ status: 422, body: { code: 'graphql_invalid' } })
      expect(introspections()).toBe(1)
    } finally {
      await beside.stop()
    }
    expect((await schema('POST', '/refresh')).status).toBe(200)
    expect(introspections()).toBe(2)
  })

  test('that is not told leaves documents unchecked, and the answer says so', async () => {
    upstream.introspection = false
    const { body } = await run({ query: '{ viewer { name } }' })
    expect(body).toMatchObject({
      data: { viewer: { name: 'Ada' } },
      validated: false,
      notValidatedBecause: 'introspection_disabled',
    })
    expect((await schema()).body).toMatchObject({ sdl: null, notAvailableBecause: 'introspection_disabled' })
    // What is wrong is found by the third party then.
    expect((await run({ query: '{ nothing }' })).body.errors).toMatchObject([{ locations: [{ line: 1, column: 3 }] }])
    expect(introspections()).toBe(1)

    upstream.introspection = true
    await schema('POST', '/refresh')
    expect((await run({ query: '{ nothing }' })).status).toBe(422)
  })

  test('is not asked for when the caller does not want that', async () => {
    const { body } = await run({ query: '{ viewer { name } }', validate: false })
    expect(body).toMatchObject({ validated: false, notValidatedBecause: 'not_asked' })
    expect(introspections()).toBe(0)
  })
})

describe('operations kept with an integration', () => {
  const path = (name = '') => `/api/integrations/${integrationId}/graphql-operations${name && `/${name}`}`
  const put = (name: string, document: string) =>
    koble.request<GraphqlOperation & Problem>('PUT', path(name), { body: { document, description: 'Says it' } })

  test('are called by name, replaced, listed and forgotten', async () => {
    expect((await put('Echo', 'query Echo($text: String!) { echo(text: $text) }')).body).toMatchObject({
      name: 'Echo',
      kind: 'query',
      description: 'Says it',
    })
    const answer = await run({ operation: 'Echo', variables: { text: 'kept' } })
    expect(answer.body.data).toEqual({ echo: 'kept' })
    await put('Echo', 'query Echo($text: String!) { again: echo(text: $text) }')
    expect((await run({ operation: 'Echo', variables: { text: 'kept' } })).body.data).toEqual({ again: 'kept' })
    const list = await koble.request<{ data: GraphqlOperation[] }>('GET', path())
    expect(list.body.data.map(({ name }) => name)).toEqual(['Echo'])
    expect((await koble.request('DELETE', path('Echo'))).status).toBe(204)
    expect(await run({ operation: 'Echo', variables: { text: 'kept' } })).toMatchObject({ status: 404 })
    expect(await koble.request('DELETE', path('Echo'))).toMatchObject({ status: 404 })
  })

  test('take the variables that they define and no others, whether or not there is a schema', async () => {
    await put('Echo', 'query Echo($text: String!) { echo(text: $text) }')
    for (const validate of [true, false]) {
      for (const variables of [{}, { text: null }, { text: 'a', more: 1 }]) {
        const answer = await run({ operation: 'Echo', variables, validate })
        expect(answer).toMatchObject({
          status: 422,
          body: { code: 'graphql_invalid', errors: [{ path: 'variables' }] },
        })
      }
    }
    expect(sent()).toEqual([])
  })

  test('are exactly one operation each, within the limits of documents', async () => {
    for (const document of ['query A { a } query B { b }', '{ a', '{a'.repeat(4_000)]) {
      expect(await put('Bad', document)).toMatchObject({ status: 422, body: { code: 'graphql_invalid' } })
    }
    expect(await run({ operation: 'Bad', query: '{ a }' })).toMatchObject({ status: 400 })
    expect(await run({})).toMatchObject({ status: 400 })
  })

  test('may be the only ones allowed: not even the proxy takes another document then', async () => {
    await put('Viewer', '{ viewer { name } }')
    await setGraphql({ endpoint: '/graphql', mode: 'persisted_only' })
    expect((await run({ operation: 'Viewer' })).body.data).toEqual({ viewer: { name: 'Ada' } })
    upstream.requests = []
    const refused = { status: 403, body: { code: 'graphql_not_persisted' } }
    expect(await run({ query: '{ viewer { name } }' })).toMatchObject(refused)
    const body = { query: '{ viewer { name } }' }
    const headers = { 'koble-connection': connectionId }
    for (const way of [
      'graphql',
      '/graphql',
      'graphql/',
      'GraphQL',
      '%67raphql',
      'x/../graphql',
      'graphql?query={a}',
    ]) {
      expect(await koble.request('POST', `/api/proxy/${way}`, { body, headers }), way).toMatchObject(refused)
    }
    const envelope = { connectionId, method: 'POST', endpoint: '/graphql', body }
    expect(
      await koble.request('POST', `/api/integrations/${integrationId}/requests`, { body: envelope }),
    ).toMatchObject(refused)
    const subscription = { query: 'subscription { ticks(count: 1) }', transport: 'graphql-ws' }
    const path = `/api/connections/${connectionId}/graphql/subscriptions`
    expect(await koble.request('POST', path, { body: subscription })).toMatchObject(refused)
    expect(upstream.requests).toEqual([])
    expect((await koble.request('POST', '/api/proxy/other', { body, headers })).status).toBe(404)
  })
})

function deepFragments(count: number): string {
  const fragments = Array.from(
    { length: count },
    (_, index) => `fragment F${index} on Thing { parent { ...F${index + 1} } }`,
  )
  return `{ viewer { ...F0 } } ${fragments.join(' ')} fragment F${count} on Thing { id }`
}
