import type { Problem } from '@koble/contract/errors'
import type { Operation, OperationResult } from '@koble/contract/operations'
import type { AuthType } from '@koble/providers/auth-method'
import { catalogue } from '@koble/providers/catalogue'
import type { Operations } from '@koble/providers/define-operation'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { fitsMethod } from '@koble/providers/needed-scopes'
import { operationsOf } from '@koble/providers/operations'
import { sandboxMethodsOf } from '@koble/providers/sandbox-methods'
import { createKoble } from '@koble/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

interface Case {
  provider: string
  type: AuthType
  operations: Operations
}

const cases: Case[][] = []
const withOperations: (readonly [provider: string, entry: CatalogueEntry, operations: Operations])[] = []
for (const entry of catalogue.values()) {
  const operations = await operationsOf(entry.id)
  if (!entry.sandbox || Object.keys(operations).length === 0) continue
  withOperations.push([entry.id, entry, operations])
  for (const [round, { type }] of sandboxMethodsOf(entry).entries()) {
    cases[round] = [...(cases[round] ?? []), { provider: entry.id, type, operations }]
  }
}

/** The names of those that are for accounts connected by that method. */
function fitting(operations: Operations, type: AuthType): string[] {
  return Object.entries(operations).flatMap(([name, operation]) => (fitsMethod(operation, type) ? [name] : []))
}

test.each(withOperations)(
  'each operation of %s belongs to a method that its sandbox takes',
  (_id, entry, operations) => {
    const run = new Set(sandboxMethodsOf(entry).flatMap(({ type }) => fitting(operations, type)))
    expect([...run].sort()).toEqual(Object.keys(operations).sort())
  },
)

// The examples of some make what may be there only once, so that each further method finds a fresh sandbox.
describe.each(cases.map((round, index) => [index + 1, round] as const))('sandboxes by method %i', (_number, round) => {
  let koble: TestKoble
  beforeAll(async () => {
    koble = await startTestKoble({ sandbox: true })
  })
  afterAll(() => koble.stop())

  test.each(round.map((one) => [one.provider, one.type, one] as const))(
    'that of %s is connected by %s, and takes the example of every operation for such an account',
    async (provider, type, { operations }) => {
      const names = fitting(operations, type)
      const connection = await connectInSandbox(koble, provider, undefined, type)
      const listed = await koble.request<{ data: Operation[] }>('GET', `/api/connections/${connection.id}/operations`)
      expect(listed.body.data.map(({ name }) => name)).toEqual(names)
      expect(listed.body.data.flatMap(({ missingScopes }) => missingScopes)).toEqual([])
      for (const { name, example } of listed.body.data) {
        const path = `/api/connections/${connection.id}/operations/${name}`
        const answer = await koble.request<OperationResult>('POST', path, { body: { input: example } })
        expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(200)
        expect(answer.body.calls > 0, name).toBe(!operations[name]?.local)
      }
    },
  )
})

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

/** By operation, for an account that granted these. */
async function missingOf(provider: string, scopes: string[]): Promise<Record<string, string[]>> {
  const { id } = await connectInSandbox(koble, provider, scopes)
  const { body } = await koble.request<{ data: Operation[] }>('GET', `/api/connections/${id}/operations`)
  return Object.fromEntries(body.data.map(({ name, missingScopes }) => [name, missingScopes]))
}

describe('an operation', () => {
  const run = async (connectionId: string, name: string, input: object) =>
    await koble.request<Problem>('POST', `/api/connections/${connectionId}/operations/${name}`, { body: { input } })

  test('is called by its name and with types from the SDK', async () => {
    const connection = await connectInSandbox(koble, 'slack')
    const { slack } = createKoble({ baseUrl: koble.url, apiKey: koble.ownerKey }).connection(connection.id)
    expect(await slack.testConnection()).toMatchObject({ workspace: 'Fjord Bikes' })
    const { channels } = await slack.listChannels({ limit: 100 })
    const support = channels.find(({ name }) => name === 'support')
    const sent = await slack.sendMessage({ channel: support?.id ?? '', text: 'Hei' })
    expect(sent).toMatchObject({ channel: support?.id })
  })

  test('names the fields that are wrong, and what is not there', async () => {
    const connection = await connectInSandbox(koble, 'slack')
    const wrong = await run(connection.id, 'sendMessage', { channel: 'general', text: 7, extra: true })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(wrong.body.errors?.map(({ path }) => path)).toContain('input.text')
    expect(await run(connection.id, 'noSuchThing', {})).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await run(connection.id, 'toString', {})).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('lacks no scope that a broader one contains, and names those that it does lack', async () => {
    const missing = async (scopes: string[]) => await missingOf('github', scopes)
    expect(await missing(['read:user', 'repo'])).toMatchObject({
      ...{ createIssue: [], dispatchWorkflow: [], listOrganizations: ['read:org'] },
    })
    expect(await missing(['read:user', 'public_repo'])).toMatchObject({ createIssue: [], dispatchWorkflow: ['repo'] })
    expect(await missing(['read:user'])).toMatchObject({ createIssue: ['public_repo'], getUserInfo: [] })
  })

  test('that needs one scope of several lacks none with any of them, and else the least', async () => {
    const drive = 'https://www.googleapis.com/auth/drive'
    for (const scope of [`${drive}.file`, `${drive}.metadata.readonly`, `${drive}.readonly`, drive]) {
      expect(await missingOf('google', ['openid', scope]), scope).toMatchObject({ listFiles: [] })
    }
    expect(await missingOf('google', ['openid'])).toMatchObject({ listFiles: [`${drive}.file`] })
  })

  test('of another way to connect is not offered, and says which way it needs', async () => {
    const machine = await connectInSandbox(koble, 'auth0')
    const offered = await koble.request<{ data: Operation[] }>('GET', `/api/connections/${machine.id}/operations`)
    expect(offered.body.data.map(({ name }) => name)).not.toContain('getUserInfo')
    const refused = await run(machine.id, 'getUserInfo', {})
    expect(refused).toMatchObject({ status: 409, body: { code: 'auth_method_other' } })
    expect(refused.body.detail).toContain('"Sign in with Auth0" (oauth2)')
    const person = await connectInSandbox(koble, 'auth0', undefined, 'oauth2')
    expect(await run(person.id, 'listUsers', {})).toMatchObject({ status: 409, body: { code: 'auth_method_other' } })
    const { auth0 } = createKoble({ baseUrl: koble.url, apiKey: koble.ownerKey }).connection(person.id)
    expect(await auth0.getUserInfo()).toMatchObject({ email: 'kari@example.com' })
  })

  test('tells what the provider said, apart from our own words', async () => {
    const connection = await connectInSandbox(koble, 'slack')
    const refused = await run(connection.id, 'sendMessage', { channel: 'C0NOWHERE', text: 'Hei' })
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'provider_rejected', provider: { status: 200, code: 'channel_not_found' } },
    })
    expect(refused.body.detail).not.toContain('channel_not_found')
    const { slack } = createKoble({ baseUrl: koble.url, apiKey: koble.ownerKey }).connection(connection.id)
    await expect(slack.sendMessage({ channel: 'C0NOWHERE', text: 'Hei' })).rejects.toMatchObject({
      code: 'provider_rejected',
      provider: { status: 200, code: 'channel_not_found' },
    })
  })
})
