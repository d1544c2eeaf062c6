import type { Problem } from '@koble/contract/errors'
import type { Operation, OperationResult } from '@koble/contract/operations'
import { authMethodOf } from '@koble/providers/auth-methods'
import { catalogue } from '@koble/providers/catalogue'
import type { Operations } from '@koble/providers/define-operation'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { operationsOf } from '@koble/providers/operations'
import { createKoble } from '@koble/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

const withOperations = []
for (const { id, sandbox } of catalogue.values()) {
  const operations = await operationsOf(id)
  if (sandbox && Object.keys(operations).length > 0) withOperations.push([id, sandbox, operations] as const)
}

describe.each(withOperations)('the sandbox of %s', (provider, sandbox, operations) => {
  test('is connected, and takes the example of every operation that it knows', async () => {
    const scopes = scopesFor(provider, operations)
    const connection = await connectInSandbox(koble, provider, scopes)
    const listed = await koble.request<{ data: Operation[] }>('GET', `/api/connections/${connection.id}/operations`)
    expect(listed.body.data.map(({ name }) => name)).toEqual(Object.keys(operations))
    if (scopes) expect(listed.body.data.flatMap(({ missingScopes }) => missingScopes)).toEqual([])
    for (const { name, example } of listed.body.data) {
      if (sandbox.lacks?.includes(name)) continue
      const path = `/api/connections/${connection.id}/operations/${name}`
      const answer = await koble.request<OperationResult>('POST', path, { body: { input: example } })
      expect(answer.status, `${name}: ${JSON.stringify(answer.body)}`).toBe(200)
      expect(answer.body.calls > 0, name).toBe(!operations[name]?.local)
    }
  })
})

/** What an account has to grant for all of its operations, beside what is asked for anyway. */
function scopesFor(provider: string, operations: Operations): string[] | undefined {
  const method = authMethodOf(catalogue.get(provider) as CatalogueEntry)
  if (method.type !== 'oauth2') return undefined
  const usual = method.scopes.filter((scope) => scope.default).map((scope) => scope.name)
  return [...new Set([...usual, ...Object.values(operations).flatMap(({ scopes = [] }) => scopes)])]
}

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
