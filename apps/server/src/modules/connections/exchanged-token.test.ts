import { startLocalServer } from '@koble/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { exchangedToken } from './exchanged-token.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'RS256' })}.${part({ exp: 2_000_000_000 })}.c2lnbmF0dXJl`
const granted = { slots: { default: { accessToken: 'first', scopes: ['read'], tokenType: 'bearer' } } }

async function exchange(status: number, body: string) {
  const seen: (string | undefined)[] = []
  const server = await startLocalServer((request, response) => {
    seen.push(request.method, request.headers.authorization)
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  onTestFinished(() => server.close())
  return { seen, exchanging: exchangedToken(`${server.origin}/exchange`, granted, fetch, 5_000) }
}

test('takes the token out of a JSON string or of plain text, and its end out of itself', async () => {
  for (const body of [JSON.stringify(token), `${token}\n`]) {
    const { exchanging, seen } = await exchange(200, body)
    expect((await exchanging).slots['default']).toEqual({
      accessToken: token,
      scopes: ['read'],
      tokenType: 'bearer',
      expiresAt: new Date(2_000_000_000_000),
    })
    expect(seen).toEqual(['GET', 'Bearer first'])
  }
})

test('tells a refusal from trouble, and neither from an answer that is no token', async () => {
  for (const [status, body, code] of [
    [401, '', 'token_rejected'],
    [429, '', 'provider_throttled'],
    [503, '', 'provider_unavailable'],
    [200, '', 'provider_malformed'],
    [200, '<p>not a token</p>', 'provider_malformed'],
  ] as const) {
    const { exchanging } = await exchange(status, body)
    await expect(exchanging, `${status} ${body}`).rejects.toMatchObject({ code })
  }
})
