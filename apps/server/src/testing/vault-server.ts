import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { startLocalServer } from '@koble/core/testing'

/** Vault's transit engine as far as it is used, with real keys: encrypt and decrypt with associated data, versions. */
export interface VaultServer {
  origin: string
  /** The token it accepts. */
  token: string
  /** All requests so far, as `encrypt` or `decrypt`. */
  calls: string[]
  /** A new version of the key; those before it still open what they sealed, until `retire`. */
  rotate(): void
  /** Only the newest version opens from now on. */
  retire(): void
  close(): Promise<void>
}

/** Starts one with the key `koble`, mounted at `transit`. https://developer.hashicorp.com/vault/api-docs/secret/transit */
export async function startVaultServer(): Promise<VaultServer> {
  const versions = [randomBytes(32)]
  let oldest = 1
  const calls: string[] = []
  const token = `hvs.${randomBytes(24).toString('base64url')}`

  const local = await startLocalServer(async (request, reply) => {
    const answer = (status: number, body: object) =>
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const body = JSON.parse(await text(request)) as Record<string, string>
    const [, operation] = /^\/v1\/transit\/(encrypt|decrypt)\/koble$/.exec(request.url ?? '') ?? []
    if (request.headers['x-vault-token'] !== token) return answer(403, { errors: ['permission denied'] })
    if (operation === undefined) return answer(404, { errors: ['no handler for route'] })
    calls.push(operation)
    const associated = Buffer.from(body['associated_data'] ?? '', 'base64')
    if (operation === 'encrypt') {
      const ciphertext = `vault:v${versions.length}:${seal(versions.at(-1), associated, body['plaintext'] ?? '')}`
      return answer(200, { data: { ciphertext } })
    }
    const [, version, sealed = ''] = /^vault:v(\d+):(.*)$/.exec(body['ciphertext'] ?? '') ?? []
    if (Number(version) < oldest) return answer(400, { errors: ['version is disallowed by policy (too old)'] })
    try {
      answer(200, { data: { plaintext: open(versions[Number(version) - 1], associated, sealed) } })
    } catch {
      answer(400, { errors: ['cipher: message authentication failed'] })
    }
  })
  return {
    origin: local.origin,
    token,
    calls,
    rotate: () => void versions.push(randomBytes(32)),
    retire: () => {
      oldest = versions.length
    },
    close: local.close,
  }
}

function seal(key: Buffer | undefined, associated: Buffer, plaintext: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key ?? '', nonce).setAAD(associated)
  return Buffer.concat([nonce, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  )
}

function open(key: Buffer | undefined, associated: Buffer, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key ?? '', bytes.subarray(0, 12)).setAAD(associated)
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('base64')
}
