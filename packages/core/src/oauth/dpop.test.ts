import { createServer } from 'node:http'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, type JWK, jwtVerify } from 'jose'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { clientCredentials, createAuthorizationRequest, createDPoP, type DPoP, generateDPoPKey } from './index.ts'
import { json, startLocalProvider } from './local-provider.ts'

let dpop: DPoP
beforeAll(async () => {
  dpop = await createDPoP(await generateDPoPKey())
})

const bound = { access_token: 't', token_type: 'DPoP', expires_in: 60 }
const wantsNonce = (nonce: string) => json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': nonce })

describe('a proof of possession', () => {
  it('is what RFC 9449 asks for, and verifies with the key inside it', async () => {
    const { settings, sent } = await startLocalProvider(json(bound), { dpop })
    expect((await clientCredentials(settings)).slots.default?.tokenType).toBe('DPoP')
    const proof = String(sent[0]?.headers['dpop'])
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] })
    expect(payload).toEqual({
      htm: 'POST',
      htu: settings.tokenUrl,
      iat: expect.any(Number),
      jti: expect.stringMatching(/^[\w-]{40,}$/),
    })
    expect(Object.keys(protectedHeader.jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
    expect(await calculateJwkThumbprint(protectedHeader.jwk as JWK)).toBe(dpop.thumbprint)
  })

  it('carries the nonce the provider asks for, in a second request', async () => {
    const { settings, sent } = await startLocalProvider([wantsNonce('eyJ7S_zG.eyJH0-Z.HX4w-7v'), json(bound)], { dpop })
    await clientCredentials(settings)
    const proofs = sent.map(({ headers }) => decodeJwt(String(headers['dpop'])))
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'eyJ7S_zG.eyJH0-Z.HX4w-7v'])
    expect(proofs[0]?.jti).not.toBe(proofs[1]?.jti)
    await clientCredentials(settings)
    expect(sent).toHaveLength(3)
  })

  it('is not sent for ever to a provider that always wants another nonce', async () => {
    const { settings, sent } = await startLocalProvider(wantsNonce('n'), { dpop })
    await expect(clientCredentials(settings)).rejects.toMatchObject({
      code: 'token_rejected',
      details: { error: 'use_dpop_nonce' },
    })
    expect(sent).toHaveLength(2)
  })

  it('is not asked for where there is no key', async () => {
    const { settings, sent } = await startLocalProvider(wantsNonce('n'))
    await expect(clientCredentials(settings)).rejects.toMatchObject({ details: { error: 'use_dpop_nonce' } })
    expect(sent).toHaveLength(1)
  })

  it('brings no token that anybody may use', async () => {
    const { settings } = await startLocalProvider(json({ ...bound, token_type: 'Bearer' }), { dpop })
    await expect(clientCredentials(settings)).rejects.toMatchObject({
      code: 'provider_malformed',
      details: { reason: 'token_not_bound' },
    })
  })

  it('binds the code too', async () => {
    const { settings } = await startLocalProvider(json(bound), { dpop, pushedAuthorizationUrl: undefined })
    const { url } = await createAuthorizationRequest(settings)
    expect(new URL(url).searchParams.get('dpop_jkt')).toBe(dpop.thumbprint)
  })
})

describe('a call to an API with a bound token', () => {
  /** An API that wants a nonce, and keeps the proofs it is shown. */
  async function startApi(challenges: number) {
    const seen: { authorization: string | undefined; proof: string; body: string }[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push({ authorization: request.headers.authorization, proof: String(request.headers['dpop']), body })
      if (seen.length > challenges) return void response.end('{}')
      const challenge = 'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"'
      response.writeHead(401, { 'www-authenticate': challenge, 'dpop-nonce': `nonce-${seen.length}` }).end('no')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { seen, url: `http://127.0.0.1:${(server.address() as { port: number }).port}/resource?a=b#c` }
  }

  it('shows the proof of RFC 9449, section 7.1: method, address without query, and the hash of the token', async () => {
    const { seen, url } = await startApi(0)
    const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
    await dpop.request(token, url, { method: 'PUT', body: '{"a":1}' }, fetch)
    expect(seen[0]).toMatchObject({ authorization: `DPoP ${token}`, body: '{"a":1}' })
    expect(decodeJwt(seen[0]?.proof ?? '')).toMatchObject({
      htm: 'PUT',
      htu: url.replace(/\?.*/, ''),
      ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
    })
    expect(decodeProtectedHeader(seen[0]?.proof ?? '').typ).toBe('dpop+jwt')
  })

  it('takes the place of the credentials that a caller set', async () => {
    const { seen, url } = await startApi(0)
    await dpop.request('t', url, { headers: { Authorization: 'Bearer other', DPoP: 'old', 'X-Kept': 'yes' } }, fetch)
    expect(seen[0]?.authorization).toBe('DPoP t')
    expect(decodeProtectedHeader(seen[0]?.proof ?? '').typ).toBe('dpop+jwt')
  })

  it('is sent again with a nonce, once', async () => {
    const patient = await startApi(1)
    const fresh = await createDPoP(await generateDPoPKey())
    const answer = await fresh.request('t', patient.url, { method: 'POST', body: 'x' }, fetch)
    expect(answer.status).toBe(200)
    expect(patient.seen.map(({ proof, body }) => [decodeJwt(proof).nonce, body])).toEqual([
      [undefined, 'x'],
      ['nonce-1', 'x'],
    ])
    const impatient = await startApi(9)
    const refused = await fresh.request('t', impatient.url, undefined, fetch)
    expect([refused.status, await refused.text()]).toEqual([401, 'no'])
    expect(impatient.seen).toHaveLength(2)
  })

  it('is not sent again when its body can be read only once', async () => {
    const { seen, url } = await startApi(1)
    const body = new Blob(['x']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    const answer = await (await createDPoP(await generateDPoPKey())).request('t', url, init, fetch)
    expect(answer.status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('fails as the fetch does that it was given', async () => {
    const failing = () => Promise.reject(new Error('down'))
    await expect(dpop.request('t', 'https://api.example/', undefined, failing)).rejects.toThrow('down')
  })
})

it('a DPoP key must be a private one on the right curve', async () => {
  const { d: _, ...publicOnly } = await generateDPoPKey()
  for (const key of [{}, publicOnly, { kty: 'oct', k: 'AAAA' }, { ...(await generateDPoPKey()), crv: 'P-384' }]) {
    await expect(createDPoP(key)).rejects.toMatchObject({ code: 'dpop_key_invalid' })
  }
})
