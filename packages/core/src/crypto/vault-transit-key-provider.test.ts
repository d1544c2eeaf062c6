import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAgent, createGuardedFetch } from '../http/index.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createVaultTransitKeyProvider, generateDataKey, rewrap, type VaultTransitOptions } from './index.ts'

/**
 * The part of Vault's transit engine that is used, answering as Vault does: key versions, associated data, namespaces,
 * and the statuses and words of its failures.
 */
function createVault() {
  const keyVersions = [randomBytes(32)]
  const state = { down: undefined as { status: number; body?: string } | undefined, minDecryptionVersion: 1, calls: 0 }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.calls += 1
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const refuse = (status: number, ...errors: string[]) => reply(status, { errors })
    let text = ''
    for await (const chunk of request) text += chunk
    if (state.down !== undefined) {
      response.writeHead(state.down.status).end(state.down.body ?? '{"errors":["Vault is sealed"]}')
      return
    }
    if (request.headers['x-vault-namespace'] !== 'team-a') return refuse(403, 'permission denied')
    if (request.headers['x-vault-token'] !== 'hvs.the-token') return refuse(403, 'permission denied')
    const [, operation, name] = /^\/v1\/secure\/transit\/(encrypt|decrypt)\/([^/]+)$/.exec(request.url ?? '') ?? []
    if (operation === undefined) return refuse(404, `no handler for route "${request.url}"`)
    if (name !== 'koble') return refuse(400, 'encryption key not found')
    const body = JSON.parse(text) as Record<string, string>
    const associated = Buffer.from(body['associated_data'] ?? '', 'base64')
    const data = (content: Record<string, unknown>) =>
      reply(200, { request_id: '1', lease_id: '', renewable: false, lease_duration: 0, data: content, warnings: null })

    if (operation === 'encrypt') {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keyVersions.at(-1) as Buffer, nonce)
      cipher.setAAD(associated)
      const sealed = [nonce, cipher.update(body['plaintext'] ?? '', 'base64'), cipher.final(), cipher.getAuthTag()]
      const version = keyVersions.length
      data({ ciphertext: `vault:v${version}:${Buffer.concat(sealed).toString('base64')}`, key_version: version })
      return
    }
    const [, version, encoded = ''] = /^vault:v(\d+):(.*)$/.exec(body['ciphertext'] ?? '') ?? []
    if (version === undefined) return refuse(400, 'invalid ciphertext: no prefix')
    if (Number(version) < state.minDecryptionVersion) {
      return refuse(400, 'ciphertext or signature version is disallowed by policy (too old)')
    }
    const key = keyVersions[Number(version) - 1]
    if (key === undefined) return refuse(400, 'invalid ciphertext: version is too new')
    const sealed = Buffer.from(encoded, 'base64')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
      decipher.setAAD(associated)
      decipher.setAuthTag(sealed.subarray(-16))
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
      data({ plaintext: plaintext.toString('base64') })
    } catch {
      refuse(400, 'cipher: message authentication failed')
    }
  }
  return { state, handle, rotate: () => void keyVersions.push(randomBytes(32)) }
}

let vault: ReturnType<typeof createVault>
let server: LocalServer
let agent: ReturnType<typeof createAgent>

beforeAll(async () => {
  server = await startLocalServer((request, response) => void vault.handle(request, response))
  agent = createAgent({ allowedPrivateNetworks: [`127.0.0.1:${server.port}`] })
})
afterAll(async () => {
  await agent.destroy()
  await server.close()
})
beforeEach(() => {
  vault = createVault()
})

function providerWith(changes: Partial<VaultTransitOptions> = {}) {
  return createVaultTransitKeyProvider({
    address: `${server.origin}/`,
    token: 'hvs.the-token',
    keyName: 'koble',
    mount: 'secure/transit',
    namespace: 'team-a',
    fetch: createGuardedFetch({ agent }),
    timeoutMs: 1_000,
    ...changes,
  })
}

const context = 'data-key/organization-1/1'
const failsWith = (code: string, retryable: boolean) => ({ name: 'KobleError', code, retryable })

describe('a data key wrapped by Vault', () => {
  test('is the same when unwrapped, and names the key that wrapped it', async () => {
    const provider = providerWith()
    const dataKey = generateDataKey()
    const wrapped = await provider.wrap(dataKey, context)
    expect(wrapped.toString()).toMatch(/^vault:v1:/)
    expect(await provider.unwrap(wrapped, context)).toEqual(dataKey)
    expect(provider.keyId).toBe('vault:team-a/secure/transit/koble')
  })

  test('is bound to its context', async () => {
    const wrapped = await providerWith().wrap(generateDataKey(), context)
    for (const other of ['', 'data-key/organization-2/1', `${context} `]) {
      await expect(providerWith().unwrap(wrapped, other)).rejects.toMatchObject(failsWith('ciphertext_invalid', false))
    }
  })

  test('is refused changed, truncated or empty', async () => {
    const provider = providerWith()
    const wrapped = await provider.wrap(generateDataKey(), context)
    const text = wrapped.toString()
    const changed = text.replace(/.(.{10})$/, (_, end: string) => `${text.at(-11) === 'A' ? 'B' : 'A'}${end}`)
    for (const other of ['', 'vault:v1:', text.slice(0, -20), text.slice(8), text.replace('v1', 'v7'), changed, '{}']) {
      await expect(provider.unwrap(Buffer.from(other), context), other).rejects.toMatchObject(
        failsWith('ciphertext_invalid', false),
      )
    }
  })

  test('moves to the newest version of the key, so that the old one may be retired', async () => {
    const provider = providerWith()
    const dataKey = generateDataKey()
    const wrapped = await provider.wrap(dataKey, context)
    vault.rotate()
    const rewrapped = await rewrap(wrapped, context, { from: provider, to: provider })
    expect(rewrapped.toString()).toMatch(/^vault:v2:/)
    vault.state.minDecryptionVersion = 2
    expect(await provider.unwrap(rewrapped, context)).toEqual(dataKey)
    await expect(provider.unwrap(wrapped, context)).rejects.toMatchObject(failsWith('key_service_rejected', false))
  })

  test('has 32 bytes', async () => {
    await expect(providerWith().wrap(Buffer.alloc(31), context)).rejects.toMatchObject({ code: 'data_key_invalid' })
    expect(vault.state.calls).toBe(0)
  })
})

describe('a call to Vault', () => {
  const attempt = (changes: Partial<VaultTransitOptions> = {}) => providerWith(changes).wrap(generateDataKey(), context)

  test('asks for the token each time, so that it may be renewed', async () => {
    const tokens = ['hvs.the-token', 'hvs.expired']
    const provider = providerWith({ token: async () => tokens.shift() ?? '' })
    await provider.wrap(generateDataKey(), context)
    await expect(provider.wrap(generateDataKey(), context)).rejects.toMatchObject(
      failsWith('key_service_rejected', false),
    )
  })

  test('is rejected without permission, without the engine and without the key', async () => {
    for (const changes of [{ token: 'x' }, { namespace: undefined }, { mount: 'other' }, { keyName: 'other' }]) {
      await expect(attempt(changes), JSON.stringify(changes)).rejects.toMatchObject(
        failsWith('key_service_rejected', false),
      )
    }
  })

  test('may succeed later when Vault is sealed, on standby, broken, or not there', async () => {
    for (const status of [472, 473, 500, 502, 503, 307]) {
      vault.state.down = { status }
      await expect(attempt(), String(status)).rejects.toMatchObject(failsWith('key_service_unreachable', true))
    }
    const gone = await startLocalServer(() => {})
    await gone.close()
    await expect(attempt({ address: gone.origin, fetch })).rejects.toMatchObject(
      failsWith('key_service_unreachable', true),
    )
    vault.state.down = { status: 429, body: '{"errors":["request path: rate limit quota exceeded"]}' }
    await expect(attempt()).rejects.toMatchObject(failsWith('key_service_throttled', true))
  })

  test('is malformed when something else answers', async () => {
    for (const body of ['<html>', '[]', '{"data":{}}', '{"data":{"ciphertext":"plain"}}', '{"data":null}']) {
      vault.state.down = { status: 200, body }
      await expect(attempt(), body).rejects.toMatchObject(failsWith('key_service_malformed', false))
    }
    vault.state.down = { status: 200, body: '{"data":{"plaintext":"AAAA"}}' }
    const wrapped = Buffer.from(`vault:v1:${'A'.repeat(80)}`)
    await expect(providerWith().unwrap(wrapped, context)).rejects.toMatchObject({ code: 'key_service_malformed' })
  })

  test('goes only where the agent allows, and tells no secret when it fails', async () => {
    const strict = createAgent({ allowedPrivateNetworks: [] })
    await expect(attempt({ fetch: createGuardedFetch({ agent: strict }) })).rejects.toMatchObject({
      code: 'private_address',
    })
    await strict.destroy()
    vault.state.down = { status: 400, body: '{"errors":["canary"]}' }
    const error = await attempt().catch((failure) => failure)
    expect(`${error.message}${JSON.stringify(error)}${error.cause}`).not.toMatch(/canary|hvs\./)
  })
})
