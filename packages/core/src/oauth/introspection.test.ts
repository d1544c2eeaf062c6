import { describe, expect, it } from 'vitest'
import { introspectToken } from './index.ts'
import { html, json, startLocalProvider } from './local-provider.ts'

describe('an introspection', () => {
  it('tells what the provider knows, as in RFC 7662, section 2.2', async () => {
    const answer = {
      active: true,
      client_id: 'l238j323ds-23ij4',
      username: 'jdoe',
      scope: 'read write dolphin',
      sub: 'Z5O3upPC88QrAjx00dis',
      aud: 'https://protected.example.net/resource',
      iss: 'https://server.example.com/',
      exp: 1_419_356_238,
      iat: 1_419_350_238,
      extension_field: 'twenty-seven',
    }
    const { settings, sent } = await startLocalProvider(json(answer))
    expect(await introspectToken(settings, '2YotnFZFEjr1zCsicMWpAA', 'access_token')).toEqual(answer)
    expect(sent[0]).toMatchObject({
      path: '/introspect',
      parameters: { token: '2YotnFZFEjr1zCsicMWpAA', token_type_hint: 'access_token', client_id: 'client' },
    })
  })

  it('takes a dead token for an answer', async () => {
    const { settings } = await startLocalProvider(json({ active: false }))
    expect(await introspectToken(settings, 't')).toEqual({ active: false })
  })

  it('fails rather than guess', async () => {
    for (const [answer, code] of [
      [json({}), 'provider_malformed'],
      [json({ active: 'true' }), 'provider_malformed'],
      [json({ active: 1 }), 'provider_malformed'],
      [json([true]), 'provider_malformed'],
      [html(200), 'provider_malformed'],
      [html(500), 'provider_unavailable'],
      [json({ error: 'invalid_client' }, 401), 'token_rejected'],
    ] as const) {
      const { settings } = await startLocalProvider(answer)
      await expect(introspectToken(settings, 't')).rejects.toMatchObject({ code })
    }
    const { settings } = await startLocalProvider(json({ active: true }), { introspectionUrl: undefined })
    await expect(introspectToken(settings, 't')).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
