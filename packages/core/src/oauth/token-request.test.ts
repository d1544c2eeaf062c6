import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAgent, createGuardedFetch } from '../http/index.ts'
import { type Answer, html, json, startLocalProvider as provider } from './local-provider.ts'
import type { OAuthSettings } from './settings.ts'
import { clientCredentials, exchangeCode, refreshToken, revokeToken } from './token-request.ts'

const good = { access_token: 'the-access-token', token_type: 'Bearer', expires_in: 3600, scope: 'read' }

const callback = new URLSearchParams({ code: 'the-code', state: 's' })
const exchange = (settings: OAuthSettings) =>
  exchangeCode(settings, { callback, state: 's', codeVerifier: 'the-verifier', nonce: null })

describe('a code exchange', () => {
  it('sends the code with its verifier and proves the client in the body', async () => {
    const { settings, sent } = await provider(json(good))
    const set = await exchange(settings)
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: 'https://koble.example/callback',
      code_verifier: 'the-verifier',
      client_id: 'client',
      client_secret: 'the-client-secret',
    })
    expect(sent[0]?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded/),
    })
    expect(set).toEqual({
      slots: {
        default: {
          accessToken: 'the-access-token',
          expiresAt: new Date('2026-01-01T01:00:00Z'),
          scopes: ['read'],
          tokenType: 'bearer',
        },
      },
      raw: good,
    })
  })

  it('proves the client by HTTP Basic, form-encoded first as RFC 6749 says', async () => {
    const { settings, sent } = await provider(json(good), {
      clientAuthentication: 'basic',
      clientId: 'a:b c',
      clientSecret: 'pä%:+',
    })
    await exchange(settings)
    const credentials = Buffer.from(sent[0]?.headers.authorization?.split(' ')[1] ?? '', 'base64').toString()
    const [id, secret] = credentials.split(':')
    const decode = (text = '') => new URLSearchParams(`v=${text}`).get('v')
    expect([decode(id), decode(secret)]).toEqual(['a:b c', 'pä%:+'])
    expect(sent[0]?.body).not.toContain('client_secret')
  })

  it('names a public client in the body and sends no secret', async () => {
    const { settings, sent } = await provider(json(good), { clientSecret: undefined })
    await exchange(settings)
    const body = new URLSearchParams(sent[0]?.body)
    expect(body.get('client_id')).toBe('client')
    expect(body.has('client_secret')).toBe(false)
  })

  it('writes JSON for a provider that wants it', async () => {
    const { settings, sent } = await provider(json(good), { quirks: { tokenRequestFormat: 'json' } })
    await exchange(settings)
    expect(sent[0]?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({ grant_type: 'authorization_code', code: 'the-code' })
  })
})

describe('a token answer', () => {
  const slotOf = async (body: unknown, changes: Partial<OAuthSettings> = {}) => {
    const { settings } = await provider(json(body), changes)
    return (await exchange(settings)).slots.default
  }

  it('may leave out the token type', async () => {
    expect(await slotOf({ access_token: 't' })).toMatchObject({ tokenType: 'bearer' })
    expect(await slotOf({ access_token: 't', token_type: 'bot' })).toMatchObject({ tokenType: 'bot' })
  })

  it('may give the lifetime as a string, or none', async () => {
    const expiresAt = new Date('2026-01-01T00:02:00Z')
    expect(await slotOf({ access_token: 't', expires_in: '120' })).toMatchObject({ expiresAt })
    expect(await slotOf({ access_token: 't' }, { defaultExpiresInSeconds: 120 })).toMatchObject({ expiresAt })
    for (const expiresIn of [undefined, null, 0, -1, 'soon', '', Number.NaN, 1e300, '9'.repeat(20)]) {
      expect(await slotOf({ access_token: 't', expires_in: expiresIn })).not.toHaveProperty('expiresAt')
    }
  })

  it('falls back on the token’s own word about its end', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const accessToken = `${part({ alg: 'RS256' })}.${part({ exp: 1_767_226_000 })}.c2ln`
    expect(await slotOf({ access_token: accessToken }, { defaultExpiresInSeconds: 5 })).toMatchObject({
      expiresAt: new Date(1_767_226_000_000),
    })
    expect(await slotOf({ access_token: 'a.b.c' })).not.toHaveProperty('expiresAt')
  })

  it('names scopes by space or comma, and stands for those asked for when it names none', async () => {
    expect(await slotOf({ access_token: 't', scope: 'a  b' })).toMatchObject({ scopes: ['a', 'b'] })
    expect(
      await slotOf({ access_token: 't', scope: 'repo,user:email, gist' }, { quirks: { grantedScopeSeparator: ',' } }),
    ).toMatchObject({ scopes: ['repo', 'user:email', 'gist'] })
    expect(await slotOf({ access_token: 't', scope: '' })).toMatchObject({ scopes: [] })
    expect(await slotOf({ access_token: 't' })).toMatchObject({ scopes: ['read', 'write'] })
  })

  it('may be form-encoded', async () => {
    const { settings } = await provider((response) => {
      response.setHeader('content-type', 'application/x-www-form-urlencoded; charset=utf-8')
      response.end('access_token=t&scope=repo%2Cgist&token_type=bearer')
    })
    const { slots } = await exchange({ ...settings, quirks: { grantedScopeSeparator: ',' } })
    expect(slots.default).toMatchObject({ accessToken: 't', scopes: ['repo', 'gist'] })
  })

  it('keeps a bot’s and a user’s token apart', async () => {
    const quirks = {
      okField: 'ok',
      grantedScopeSeparator: ',',
      userToken: { path: 'authed_user', scopeParam: 'user_scope' },
    } as const
    const bot = { ok: true, access_token: 'xoxb', token_type: 'bot', scope: 'chat:write,users:read' }
    const user = {
      id: 'U1',
      access_token: 'xoxp',
      token_type: 'user',
      scope: 'search:read',
      refresh_token: 'r',
      expires_in: 60,
    }
    const { settings } = await provider(json({ ...bot, authed_user: user }), { quirks })
    expect((await exchange(settings)).slots).toEqual({
      default: { accessToken: 'xoxb', tokenType: 'bot', scopes: ['chat:write', 'users:read'] },
      user: {
        accessToken: 'xoxp',
        tokenType: 'user',
        scopes: ['search:read'],
        refreshToken: 'r',
        expiresAt: new Date('2026-01-01T00:01:00Z'),
      },
    })
    const botOnly = await provider(json({ ...bot, authed_user: { id: 'U1' } }), { quirks })
    expect(Object.keys((await exchange(botOnly.settings)).slots)).toEqual(['default'])
    const userOnly = await provider(json({ ok: true, authed_user: user }), { quirks })
    expect(Object.keys((await exchange(userOnly.settings)).slots)).toEqual(['user'])
  })
})

describe('a refused token request', () => {
  const failureOf = async (answer: Answer, changes: Partial<OAuthSettings> = {}) => {
    const { settings } = await provider(answer, changes)
    return exchange(settings).catch((error) => error)
  }

  it('is told by its OAuth error code', async () => {
    expect(await failureOf(json({ error: 'invalid_grant', error_description: 'no' }, 400))).toMatchObject({
      code: 'token_rejected',
      retryable: false,
      details: { error: 'invalid_grant', status: 400 },
    })
    expect(await failureOf(json({ error: 'invalid_client' }, 401))).toMatchObject({
      details: { error: 'invalid_client' },
    })
    expect(await failureOf((response) => response.writeHead(401).end())).toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_client' },
    })
  })

  it('is recognised under status 200', async () => {
    const errorsWithStatus200 = { quirks: { errorsWithStatus200: true } }
    expect(await failureOf(json({ error: 'bad_verification_code' }), errorsWithStatus200)).toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_grant', providerError: 'bad_verification_code' },
    })
    expect(
      await failureOf(json({ ...good, error: 'incorrect_client_credentials' }), errorsWithStatus200),
    ).toMatchObject({
      details: { error: 'invalid_client' },
    })
    // Nobody forgets the quirk: an error without a token is one anyway.
    expect(await failureOf(json({ error: 'invalid_grant' }))).toMatchObject({ code: 'token_rejected' })
    const { settings } = await provider(json({ ...good, error: null }), errorsWithStatus200)
    expect((await exchange(settings)).slots.default).toMatchObject({ accessToken: 'the-access-token' })
  })

  it('is recognised by a field that is not true', async () => {
    const quirks = { okField: 'ok' }
    expect(await failureOf(json({ ok: false, error: 'invalid_code' }), { quirks })).toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_grant', providerError: 'invalid_code' },
    })
    expect(await failureOf(json({ ok: false, ...good }), { quirks })).toMatchObject({ code: 'token_rejected' })
    expect(await failureOf(json(good), { quirks })).toMatchObject({ code: 'token_rejected' })
    expect(await failureOf(json({ ok: false, error: 'ratelimited' }), { quirks })).toMatchObject({
      code: 'provider_throttled',
    })
  })

  it('is put off by 429, with the wait the provider asks for', async () => {
    expect(await failureOf(json({ error: 'x' }, 429, { 'retry-after': '30' }))).toMatchObject({
      code: 'provider_throttled',
      retryable: true,
      details: { status: 429, retryAfterMs: 30_000 },
    })
  })
})

describe('a broken token endpoint', () => {
  const failureOf = async (answer: Answer, changes: Partial<OAuthSettings> = {}) => {
    const { settings } = await provider(answer, changes)
    return exchange(settings).catch((error) => error)
  }

  it('is unavailable at 5xx, whatever it says', async () => {
    for (const answer of [html(500), html(502), json({ error: 'server_error' }, 503), json(good, 500)]) {
      expect(await failureOf(answer)).toMatchObject({ code: 'provider_unavailable', retryable: true })
    }
    expect(await failureOf(json({ error: 'temporarily_unavailable' }, 400))).toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
    })
  })

  it('is malformed when it answers HTML, a redirect, another shape or no token', async () => {
    const redirect: Answer = (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    const answers = [
      html(200),
      html(404),
      redirect,
      json([]),
      json('text'),
      json({}),
      json({ access_token: '' }),
      json({ access_token: 5 }),
      json({ access_token: 't', token_type: 'DPoP' }),
      json({ message: 'forbidden' }, 403),
      ((response) => response.end()) as Answer,
    ]
    for (const answer of answers) {
      expect(await failureOf(answer)).toMatchObject({ code: 'provider_malformed', retryable: false })
    }
  })

  it('is unreachable, or too slow', async () => {
    const gone = await provider(json(good))
    await gone.server.close()
    await expect(exchange(gone.settings)).rejects.toMatchObject({ code: 'provider_unreachable', retryable: true })
    await expect(exchange({ ...gone.settings, fetch })).rejects.toMatchObject({ code: 'provider_unreachable' })
    expect(await failureOf(() => {}, { timeoutMs: 100 })).toMatchObject({ code: 'provider_timeout', retryable: true })
    const stalling: Answer = (response) => {
      response.write('{')
    }
    expect(await failureOf(stalling, { timeoutMs: 100 })).toMatchObject({ code: 'provider_timeout' })
  })

  it('is not called at a private address', async () => {
    const agent = createAgent({ allowedPrivateNetworks: [] })
    onTestFinished(() => agent.destroy())
    expect(await failureOf(json(good), { fetch: createGuardedFetch({ agent }) })).toMatchObject({
      code: 'private_address',
    })
  })

  it('gets no secret into an error, even when it repeats them', async () => {
    const echo: Answer = (response, sent) =>
      json({ error: sent.body, error_description: sent.body }, 400)(response, sent)
    const answers = [echo, html(200), html(500), json({ error: 'invalid_grant', error_description: 'the-code' }, 400)]
    for (const answer of answers) {
      const error = await failureOf(answer)
      const everything = inspect(error, { depth: 20, showHidden: true })
      for (const secret of ['the-client-secret', 'the-code', 'the-verifier']) expect(everything).not.toContain(secret)
    }
  })
})

describe('a refresh', () => {
  it('brings a new refresh token, or keeps the one that was used', async () => {
    const rotating = await provider(json({ ...good, refresh_token: 'new' }))
    expect((await refreshToken(rotating.settings, 'old')).slots.default?.refreshToken).toBe('new')
    expect(Object.fromEntries(new URLSearchParams(rotating.sent[0]?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'old',
    })
    const stable = await provider(json(good))
    expect((await refreshToken(stable.settings, 'old')).slots.default?.refreshToken).toBe('old')
  })

  it('tells a dead refresh token from an outage', async () => {
    const dead = await provider(json({ error: 'bad_refresh_token' }), { quirks: { errorsWithStatus200: true } })
    await expect(refreshToken(dead.settings, 'old')).rejects.toMatchObject({
      code: 'token_rejected',
      retryable: false,
      details: { error: 'invalid_grant' },
    })
    const outage = await provider(html(503))
    await expect(refreshToken(outage.settings, 'old')).rejects.toMatchObject({ retryable: true })
  })
})

describe('client credentials', () => {
  it('ask for a token of the client’s own', async () => {
    const { settings, sent } = await provider(json(good))
    expect((await clientCredentials(settings)).slots.default).toMatchObject({ accessToken: 'the-access-token' })
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toMatchObject({
      grant_type: 'client_credentials',
      scope: 'read write',
    })
  })
})

describe('a revocation', () => {
  it('succeeds by its status alone, and when the token is dead already', async () => {
    const answers = [
      ((response) => response.end()) as Answer,
      ((response) => response.writeHead(204).end()) as Answer,
      html(200),
      json({ error: 'invalid_token' }, 400),
    ]
    for (const answer of answers) {
      const { settings, sent } = await provider(answer)
      await expect(revokeToken(settings, 'the-token')).resolves.toBeUndefined()
      expect(new URLSearchParams(sent[0]?.body).get('token')).toBe('the-token')
    }
    const slack = await provider(json({ ok: false, error: 'token_revoked' }), { quirks: { okField: 'ok' } })
    await expect(revokeToken(slack.settings, 't')).resolves.toBeUndefined()
  })

  it('fails when the provider does, refuses the client, or has no way to do it', async () => {
    const outage = await provider(html(500))
    await expect(revokeToken(outage.settings, 't')).rejects.toMatchObject({ code: 'provider_unavailable' })
    const refusal = await provider(json({ error: 'invalid_client' }, 401))
    await expect(revokeToken(refusal.settings, 't')).rejects.toMatchObject({ code: 'token_rejected' })
    const { settings } = await provider(json({}), { revocationUrl: undefined })
    await expect(revokeToken(settings, 't')).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
