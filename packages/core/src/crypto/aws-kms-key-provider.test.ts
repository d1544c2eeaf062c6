import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createAwsKmsKeyProvider, generateDataKey, type KmsClient, loadAwsKms, rewrap } from './index.ts'

/** What the SDK throws: the name of the exception, and whose fault it was. */
function exception(name: string, fault: 'client' | 'server' = 'client'): Error {
  return Object.assign(new Error(`${name}: canary`), { name, $fault: fault })
}

/** Two keys that seal with an encryption context and know their own ciphertexts, as those of KMS do. */
function createKms(): KmsClient & { failure?: Error } {
  const keys = new Map(['key-1', 'key-2'].map((id) => [id, randomBytes(32)]))
  const keyOf = (id: string) => keys.get(id) ?? raise('NotFoundException')
  const associated = (context: Record<string, string>) => Buffer.from(JSON.stringify(Object.entries(context).sort()))
  const kms: KmsClient & { failure?: Error } = {
    async encrypt({ KeyId, Plaintext, EncryptionContext }) {
      if (kms.failure) throw kms.failure
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keyOf(KeyId), nonce)
      cipher.setAAD(associated(EncryptionContext))
      const sealed = Buffer.concat([cipher.update(Plaintext), cipher.final()])
      return { CiphertextBlob: new Uint8Array(Buffer.concat([Buffer.from(KeyId), nonce, sealed, cipher.getAuthTag()])) }
    },
    async decrypt({ KeyId, CiphertextBlob, EncryptionContext }) {
      if (kms.failure) throw kms.failure
      const blob = Buffer.from(CiphertextBlob)
      const owner = blob.subarray(0, 5).toString()
      if (!keys.has(owner) || blob.length < 5 + 12 + 16) throw exception('InvalidCiphertextException')
      if (owner !== KeyId) throw exception('IncorrectKeyException')
      try {
        const decipher = createDecipheriv('aes-256-gcm', keyOf(KeyId), blob.subarray(5, 17))
        decipher.setAAD(associated(EncryptionContext))
        decipher.setAuthTag(blob.subarray(-16))
        return { Plaintext: new Uint8Array(Buffer.concat([decipher.update(blob.subarray(17, -16)), decipher.final()])) }
      } catch {
        throw exception('InvalidCiphertextException')
      }
    },
  }
  return kms
}

function raise(name: string): never {
  throw exception(name)
}

const context = 'data-key/organization-1/1'

describe('a data key wrapped by AWS KMS', () => {
  const client = createKms()
  const provider = createAwsKmsKeyProvider({ keyId: 'key-1', client })

  test('is the same when unwrapped, and names the key that wrapped it', async () => {
    const dataKey = generateDataKey()
    expect(await provider.unwrap(await provider.wrap(dataKey, context), context)).toEqual(dataKey)
    expect(provider.keyId).toBe('aws-kms:key-1')
  })

  test('is refused in another context, under another key, changed, truncated or empty', async () => {
    const wrapped = await provider.wrap(generateDataKey(), context)
    const changed = Buffer.from(wrapped)
    changed[20] = (changed[20] ?? 0) ^ 1
    const other = createAwsKmsKeyProvider({ keyId: 'key-2', client })
    for (const attempt of [
      () => provider.unwrap(wrapped, 'elsewhere'),
      () => other.unwrap(wrapped, context),
      () => provider.unwrap(changed, context),
      () => provider.unwrap(wrapped.subarray(0, 12), context),
      () => provider.unwrap(Buffer.alloc(0), context),
      () => provider.unwrap(Buffer.alloc(6145), context),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ name: 'KobleError', code: 'ciphertext_invalid' })
    }
  })

  test('moves to another key', async () => {
    const dataKey = generateDataKey()
    const to = createAwsKmsKeyProvider({ keyId: 'key-2', client })
    const rewrapped = await rewrap(await provider.wrap(dataKey, context), context, { from: provider, to })
    expect(await to.unwrap(rewrapped, context)).toEqual(dataKey)
  })

  test('has 32 bytes, going in and coming out', async () => {
    await expect(provider.wrap(Buffer.alloc(16), context)).rejects.toMatchObject({ code: 'data_key_invalid' })
    const short = createAwsKmsKeyProvider({
      keyId: 'key-1',
      client: { encrypt: async () => ({}), decrypt: async () => ({ Plaintext: new Uint8Array(16) }) },
    })
    await expect(short.wrap(generateDataKey(), context)).rejects.toMatchObject({ code: 'key_service_malformed' })
    await expect(short.unwrap(Buffer.alloc(64), context)).rejects.toMatchObject({ code: 'key_service_malformed' })
  })
})

test.each([
  ['AccessDeniedException', 'client', 'key_service_rejected', false],
  ['DisabledException', 'client', 'key_service_rejected', false],
  ['ExpiredTokenException', 'client', 'key_service_rejected', false],
  ['ThrottlingException', 'client', 'key_service_throttled', true],
  ['KMSInternalException', 'server', 'key_service_unreachable', true],
  ['DependencyTimeoutException', 'server', 'key_service_unreachable', true],
  ['TimeoutError', undefined, 'key_service_unreachable', true],
] as const)('judges %s of KMS, without repeating its words', async (name, fault, code, retryable) => {
  const client = createKms()
  client.failure = Object.assign(new Error('canary'), { name, ...(fault && { $fault: fault }) })
  const provider = createAwsKmsKeyProvider({ keyId: 'key-1', client })
  const error = await provider.wrap(generateDataKey(), context).catch((failure) => failure)
  expect(error).toMatchObject({ name: 'KobleError', code, retryable, details: { exception: name } })
  expect(`${error.message}${error.cause}`).not.toContain('canary')
})

describe('AWS’s own SDK', () => {
  test('is asked for by name when it is not installed', async () => {
    const missing = () => import('@koble/not-installed' as string)
    await expect(loadAwsKms({}, missing)).rejects.toMatchObject({
      code: 'key_service_missing',
      message: expect.stringContaining('npm install @aws-sdk/client-kms'),
    })
  })

  test('makes the client from its class KMS, with the configuration it was given', async () => {
    class KMS {
      readonly configuration: unknown
      constructor(configuration: unknown) {
        this.configuration = configuration
      }
    }
    expect(await loadAwsKms({ region: 'eu-north-1' }, async () => ({ KMS }))).toMatchObject({
      configuration: { region: 'eu-north-1' },
    })
  })
})
