import { describe, expect, it, onTestFinished } from 'vitest'
import { startLocalServer } from '../testing/local-server.ts'
import { type DiscoveryOptions, discover } from './index.ts'

/** A provider that publishes what it is told to, at any path. */
async function publish(metadata: (origin: string) => unknown, status = 200) {
  const paths: string[] = []
  const server = await startLocalServer((request, response) => {
    paths.push(request.url ?? '')
    const content = metadata(server.origin)
    response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content))
  })
  onTestFinished(() => server.close())
  return { origin: server.origin, paths, server }
}

const minimal = (issuer: string, origin: string) => ({
  issuer,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  jwks_uri: `${origin}/keys`,
})
const options: DiscoveryOptions = { fetch }

describe('discovery', () => {
  it('appends its suffix to the issuer, or with RFC 8414 puts it before the path', async () => {
    const { origin, paths } = await publish((o) => minimal(`${o}/tenant/1`, o))
    await discover(`${origin}/tenant/1`, options)
    await discover(`${origin}/tenant/1`, { ...options, kind: 'oauth2' })
    expect(paths).toEqual([
      '/tenant/1/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/tenant/1',
    ])
  })

  it('keeps the last slash of an issuer that has one (Vipps)', async () => {
    const { origin, paths } = await publish((o) => minimal(`${o}/access/`, o))
    const { provider } = await discover(`${origin}/access/`, options)
    expect(paths).toEqual(['/access/.well-known/openid-configuration'])
    expect(provider.oidc?.issuer).toBe(`${origin}/access/`)
    await expect(discover(`${origin}/access`, options)).rejects.toMatchObject({
      code: 'discovery_refused',
      details: { reason: 'issuer_mismatch' },
    })
  })

  it('refuses every other issuer than the one asked for', async () => {
    for (const other of ['https://evil.example', '', undefined, 5]) {
      const { origin } = await publish((o) => ({ ...minimal(o, o), issuer: other }))
      await expect(discover(origin, options)).rejects.toMatchObject({ details: { reason: 'issuer_mismatch' } })
    }
    const { origin } = await publish((o) => minimal(o.toUpperCase(), o))
    await expect(discover(origin, options)).rejects.toMatchObject({ details: { reason: 'issuer_mismatch' } })
  })

  it('takes a template of issuers where it is told to (Entra ID)', async () => {
    const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
    const { origin } = await publish((o) => minimal(template, o))
    const { provider } = await discover(`${origin}/common/v2.0`, { ...options, issuer: template })
    expect(provider.oidc?.issuer).toBe('https://login.microsoftonline.com/{tid}/v2.0')
  })

  it('says what the provider can do, in the words of the settings', async () => {
    const { origin } = await publish((o) => ({
      ...minimal(o, o),
      revocation_endpoint: `${o}/revoke`,
      end_session_endpoint: `${o}/logout`,
      pushed_authorization_request_endpoint: null,
      code_challenge_methods_supported: ['plain', 'S256'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      mtls_endpoint_aliases: { token_endpoint: `${o}/mtls/token` },
    }))
    const { provider, metadata } = await discover(origin, options)
    expect(provider).toEqual({
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}/token`,
      revocationUrl: `${origin}/revoke`,
      endSessionUrl: `${origin}/logout`,
      pkce: 'S256',
      oidc: { issuer: origin, jwksUri: `${origin}/keys`, algorithms: ['RS256'], issuerInCallback: true },
    })
    expect(metadata['issuer']).toBe(origin)
    expect((await discover(origin, { ...options, mtls: true })).provider).toMatchObject({
      tokenUrl: `${origin}/mtls/token`,
      authorizationUrl: `${origin}/authorize`,
    })
  })

  it('refuses an endpoint that is missing, or whose address anybody can listen to', async () => {
    for (const [change, reason] of [
      [{ token_endpoint: undefined }, 'endpoint_missing'],
      [{ jwks_uri: undefined }, 'endpoint_missing'],
      [{ token_endpoint: 'http://provider.example/token' }, 'endpoint_insecure'],
      [{ jwks_uri: 'file:///etc/passwd' }, 'endpoint_insecure'],
      [{ revocation_endpoint: 'https://user:secret@provider.example/' }, 'endpoint_insecure'],
      [{ authorization_endpoint: 'javascript:alert(1)' }, 'endpoint_insecure'],
      [{ end_session_endpoint: 5 }, 'endpoint_insecure'],
    ] as const) {
      const { origin } = await publish((o) => ({ ...minimal(o, o), ...change }))
      await expect(discover(origin, options), JSON.stringify(change)).rejects.toMatchObject({ details: { reason } })
    }
  })

  it('asks only at an address that nobody else can answer for', async () => {
    for (const issuer of [
      'http://provider.example',
      'https://provider.example/?a=b',
      'https://p.example/#x',
      'x',
      '',
    ]) {
      await expect(discover(issuer, options), issuer).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })

  it('tells an outage from nonsense', async () => {
    for (const [content, status, code] of [
      ['<html>', 200, 'discovery_refused'],
      ['[]', 200, 'discovery_refused'],
      ['{}', 404, 'discovery_refused'],
      ['{}', 302, 'discovery_refused'],
      ['{}', 500, 'provider_unavailable'],
      ['{}', 429, 'provider_unavailable'],
    ] as const) {
      const { origin } = await publish(() => content, status)
      await expect(discover(origin, options), `${status} ${content}`).rejects.toMatchObject({ code })
    }
    const silent = await startLocalServer(() => {})
    onTestFinished(() => silent.close())
    await expect(discover(silent.origin, { ...options, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'provider_timeout',
    })
    const { origin, server } = await publish((o) => minimal(o, o))
    await server.close()
    await expect(discover(origin, options)).rejects.toMatchObject({ code: 'provider_unreachable', retryable: true })
  })
})
