import { exchangeCode, type OAuthSettings, refreshToken } from '@koble/core/oauth'
import { startLocalServer } from '@koble/core/testing'
import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { nextCursorOf } from '../../query-cursor.ts'
import { type ResolvedOAuth2, resolveProvider } from '../../resolve-provider.ts'
import { runOperation, type WireRequest } from '../../run-operation.ts'
import { sandboxSeed } from '../../sandbox.ts'
import { github } from './github.ts'
import { operations } from './operations.ts'

const repository = { owner: 'octocat', repo: 'hello-world' }

let emulator: Emulator
beforeAll(async () => {
  emulator = await createEmulator({ service: 'github', port: 0, seed: sandboxSeed('http://127.0.0.1:3000') })
})
afterAll(() => emulator.close())

async function exchange({ method, path, headers, body }: WireRequest) {
  const authorized = { ...github.api.headers, ...headers, authorization: 'Bearer any' }
  const response = await fetch(emulator.url + path, { method, headers: authorized, body: body as Buffer<ArrayBuffer> })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  }
}

const run = async <Output = Record<string, unknown>>(name: keyof typeof operations, input: object) => {
  const context = { config: {}, accountId: null, idempotencyKey: 'k', now: () => new Date(), wait: async () => {} }
  return (await runOperation(operations[name], input, { ...context, exchange, errors: github.api.errors })) as Output
}

describe('lists', () => {
  test('give each item once when they are followed page by page, and then end', async () => {
    const made = []
    for (const title of ['One', 'Two', 'Three']) made.push(await run('createIssue', { ...repository, title }))
    const found: unknown[] = []
    let cursor: string | null | undefined
    let pages = 0
    do {
      const input = { ...repository, limit: 2, ...(cursor && { cursor }) }
      const page = await run<{ issues: { number: number }[]; nextCursor: string | null }>('listIssues', input)
      found.push(...page.issues.map(({ number }) => number))
      cursor = page.nextCursor
      pages++
    } while (cursor !== null)
    expect(pages).toBe(2)
    expect(found.toSorted()).toEqual(made.map(({ number }) => number).toSorted())
  })

  test('find the next page wherever in the header it is named, and no other', () => {
    const cursor = (link?: string) => nextCursorOf({ headers: { ...(link && { link }) } })
    expect(cursor('<https://h/a?page=1>; rel="prev", <https://h/a?page=3>; rel="next"')).toBe('page=3')
    expect(cursor('<https://h/a?page=3>; rel="next"; title="a, b", <https://h/a?page=9>; rel="last"')).toBe('page=3')
    expect(cursor('<https://h/a?page=1>; rel="prev", <https://h/a?page=1>; rel="first"')).toBeNull()
    expect(cursor('nonsense')).toBeNull()
    expect(cursor()).toBeNull()
  })
})

test('a file that is written on a branch of its own becomes a pull request', async () => {
  const { sha } = (await (await fetch(`${emulator.url}/repos/octocat/hello-world/commits/main`)).json()) as {
    sha: string
  }
  const branch = { ref: 'refs/heads/koble-example', sha }
  const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
  const at = `${emulator.url}/repos/octocat/hello-world/git/refs`
  expect((await fetch(at, { method: 'POST', headers, body: JSON.stringify(branch) })).status).toBe(201)

  const file = { ...repository, path: 'docs/rødt & grønt.md' }
  const change = { ...file, content: 'SGVpLg==', message: 'Say hello', branch: 'koble-example' }
  const written = await run('putFile', change)
  expect(written).toMatchObject({ path: file.path, isNew: true })
  const read = await run('getFile', { ...file, ref: 'koble-example' })
  expect(read).toMatchObject({ type: 'file', content: 'SGVpLg==', sha: written['sha'] })
  await expect(run('putFile', change), 'without the sha of what is there').rejects.toMatchObject({
    code: 'provider_rejected',
  })
  const changed = await run('putFile', { ...change, content: 'SGVpIQ==', sha: written['sha'] })
  expect(changed).toMatchObject({ isNew: false })

  const input = { ...repository, title: 'Say hello', head: 'koble-example', base: 'main', isDraft: true }
  const opened = await run('createPullRequest', input)
  expect(opened).toMatchObject({ state: 'open', isDraft: true, head: { ref: 'koble-example' }, base: { ref: 'main' } })
  const { pullRequests } = await run<{ pullRequests: { number: number }[] }>('listPullRequests', repository)
  expect(pullRequests.map(({ number }) => number)).toEqual([opened['number']])
})

describe('the token endpoint', () => {
  async function settings(answers: object[]): Promise<{ oauth: OAuthSettings; asked: URLSearchParams[] }> {
    const asked: URLSearchParams[] = []
    const server = await startLocalServer(async (request, reply) => {
      asked.push(new URLSearchParams(Buffer.concat(await request.toArray()).toString()))
      reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers.shift()))
    })
    onTestFinished(server.close)
    const endpoints = { tokenUrl: `${server.origin}/login/oauth/access_token` }
    const { clientKey: _key, dpop: _bound, ...auth } = resolveProvider(github, { endpoints }).auth as ResolvedOAuth2
    const client = { clientId: 'Iv1.x', clientSecret: 's3cret', redirectUri: 'https://koble.example/cb', scopes: [] }
    return { oauth: { ...auth, ...client, fetch }, asked }
  }
  const code = {
    callback: new URLSearchParams({ code: 'c', state: 's' }),
    state: 's',
    nonce: 'n',
    codeVerifier: 'v'.repeat(43),
  }

  test('says no with status 200, which is no token', async () => {
    const error = { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' }
    const { oauth } = await settings([error])
    await expect(exchangeCode(oauth, code)).rejects.toMatchObject({ code: 'token_rejected' })
  })

  test('gives user tokens of a GitHub App for eight hours, without scopes, and a new pair with each refresh', async () => {
    const pair = (number: number) => ({
      ...{ access_token: `ghu_${number}`, expires_in: 28_800, refresh_token: `ghr_${number}`, scope: '' },
      ...{ refresh_token_expires_in: 15_897_600, token_type: 'bearer' },
    })
    const { oauth, asked } = await settings([pair(1), pair(2), { error: 'bad_refresh_token' }])
    const first = (await exchangeCode(oauth, code)).slots.default
    expect(first).toMatchObject({ accessToken: 'ghu_1', refreshToken: 'ghr_1', scopes: [] })
    expect(first?.expiresAt).toBeInstanceOf(Date)
    const second = (await refreshToken(oauth, 'ghr_1')).slots.default
    expect(second).toMatchObject({ accessToken: 'ghu_2', refreshToken: 'ghr_2' })
    expect(asked[1]?.get('refresh_token')).toBe('ghr_1')
    await expect(refreshToken(oauth, 'ghr_1'), 'a refresh token works once').rejects.toMatchObject({
      code: 'token_rejected',
    })
  })
})
