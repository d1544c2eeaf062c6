import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES } from './aes-256-gcm.ts'
import { checkDataKey, type KeyProvider, keyServiceFailure, wrappedKeyInvalid } from './key-provider.ts'

/** Which key of Vault or OpenBao wraps, and how it is reached. */
export interface VaultTransitOptions {
  /** Of Vault or OpenBao, such as `https://vault.example:8200`; behind a path if need be. */
  address: string
  /** Needs `update` on `<mount>/encrypt/<key>` and `<mount>/decrypt/<key>`. A function is asked before each call. */
  token: string | (() => string | Promise<string>)
  /** An AEAD key of the transit engine: `aes256-gcm96` (the default there) or `chacha20-poly1305`, not derived. */
  keyName: string
  /** Where the transit engine is mounted. `transit` unless said otherwise. */
  mount?: string
  /** Of Vault Enterprise, HCP or OpenBao. */
  namespace?: string
  /** Decides which addresses may be called (`createGuardedFetch`). */
  fetch: typeof fetch
  /** For one call. 10,000 unless said otherwise. */
  timeoutMs?: number
}

/**
 * Wraps data keys by the transit engine of HashiCorp Vault (1.9 or newer) or OpenBao: the wrapping key never leaves it.
 * The context goes along as `associated_data`. To move to a newer version of the key after a rotation there, use `rewrap`
 * with this provider as both ends: Vault's own `rewrap` call takes no associated data
 * (https://github.com/hashicorp/vault/issues/29532).
 *
 * A wrapped key is the text `vault:v<version>:<base64>` that Vault answers, as bytes.
 * https://developer.hashicorp.com/vault/api-docs/secret/transit#encrypt-data
 */
export function createVaultTransitKeyProvider(options: VaultTransitOptions): KeyProvider {
  const mount = options.mount ?? 'transit'
  const path = [options.namespace, mount, options.keyName].filter((part) => part !== undefined).join('/')
  return {
    keyId: `vault:${path}`,

    async wrap(dataKey, context) {
      checkDataKey(dataKey)
      const { ciphertext } = await call(options, 'encrypt', {
        plaintext: dataKey.toString('base64'),
        associated_data: Buffer.from(context).toString('base64'),
      })
      if (typeof ciphertext !== 'string' || !wrappedForm.test(ciphertext)) throw malformed('ciphertext')
      return Buffer.from(ciphertext)
    },

    async unwrap(wrapped, context) {
      const ciphertext = wrapped.toString('latin1')
      if (!wrappedForm.test(ciphertext)) throw wrappedKeyInvalid()
      const { plaintext } = await call(options, 'decrypt', {
        ciphertext,
        associated_data: Buffer.from(context).toString('base64'),
      })
      const dataKey = Buffer.from(typeof plaintext === 'string' ? plaintext : '', 'base64')
      if (dataKey.length !== KEY_BYTES) throw malformed('plaintext')
      return dataKey
    },
  }
}

const SERVICE = 'Vault'
const wrappedForm = /^vault:v\d{1,9}:[A-Za-z0-9+/]{24,4096}={0,2}$/
/** What Vault says under status 400 when the fault is the ciphertext's, not the request's. */
const ciphertextFault = /message authentication failed|invalid ciphertext|(unable|failed) to (decrypt|decode)/i

async function call(
  options: VaultTransitOptions,
  operation: 'encrypt' | 'decrypt',
  body: Record<string, string>,
): Promise<Record<string, unknown>> {
  const path = [...(options.mount ?? 'transit').split('/'), operation, options.keyName]
    .map(encodeURIComponent)
    .join('/')
  const token = typeof options.token === 'string' ? options.token : await options.token()
  let status: number
  let answer: { data?: unknown; errors?: unknown }
  try {
    const response = await options.fetch(`${options.address.replace(/\/+$/, '')}/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-vault-token': token,
        'x-vault-request': 'true',
        ...(options.namespace === undefined ? {} : { 'x-vault-namespace': options.namespace }),
      },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    })
    status = response.status
    answer = parse(await response.text())
  } catch (error) {
    if (error instanceof KobleError && !error.retryable) throw error
    throw keyServiceFailure('unreachable', SERVICE)
  }
  if (status === 200 && isObject(answer.data)) return answer.data
  throw failureOf(status, answer.errors, operation)
}

/** https://developer.hashicorp.com/vault/api-docs#http-status-codes */
function failureOf(status: number, errors: unknown, operation: 'encrypt' | 'decrypt'): KobleError {
  if (status === 429) return keyServiceFailure('throttled', SERVICE, { status })
  // 472 and 473 are standby nodes, 503 is a sealed one; a redirect points to the active node.
  if (status >= 500 || status === 472 || status === 473 || (status >= 300 && status < 400)) {
    return keyServiceFailure('unreachable', SERVICE, { status })
  }
  if (status === 400 && operation === 'decrypt' && ciphertextFault.test(String(errors))) {
    return wrappedKeyInvalid({ status })
  }
  return keyServiceFailure(status >= 400 ? 'rejected' : 'malformed', SERVICE, { status })
}

function parse(text: string): { data?: unknown; errors?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function malformed(field: string): KobleError {
  return keyServiceFailure('malformed', SERVICE, { field })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
