import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES } from './aes-256-gcm.ts'
import { checkDataKey, type KeyProvider, keyServiceFailure, wrappedKeyInvalid } from './key-provider.ts'

/** The two calls that are needed of AWS KMS. The class `KMS` of `@aws-sdk/client-kms` has them; so may anything else. */
export interface KmsClient {
  encrypt(input: {
    KeyId: string
    Plaintext: Uint8Array
    EncryptionContext: Record<string, string>
  }): Promise<{ CiphertextBlob?: Uint8Array | undefined }>
  decrypt(input: {
    KeyId: string
    CiphertextBlob: Uint8Array
    EncryptionContext: Record<string, string>
  }): Promise<{ Plaintext?: Uint8Array | undefined }>
}

/** Which key of AWS KMS wraps, and through which client. */
export interface AwsKmsOptions {
  /** Id, ARN or alias of a symmetric key. After a move to another key behind an alias, old wraps still open. */
  keyId: string
  client: KmsClient
}

/**
 * Wraps data keys by AWS KMS: the wrapping key never leaves it, and its policy and CloudTrail say who used it. The
 * context goes along as the encryption context `{ "koble:context": … }` and so appears in CloudTrail.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
export function createAwsKmsKeyProvider({ keyId, client }: AwsKmsOptions): KeyProvider {
  const boundTo = (context: string) => ({ KeyId: keyId, EncryptionContext: { 'koble:context': context } })
  return {
    keyId: `aws-kms:${keyId}`,

    async wrap(dataKey, context) {
      checkDataKey(dataKey)
      const answer = await judged(() => client.encrypt({ ...boundTo(context), Plaintext: dataKey }))
      if (!answer.CiphertextBlob?.length) throw keyServiceFailure('malformed', SERVICE, { field: 'CiphertextBlob' })
      return Buffer.from(answer.CiphertextBlob)
    },

    async unwrap(wrapped, context) {
      // KMS takes 1 to 6144 bytes and calls everything else a fault of the request.
      if (wrapped.length === 0 || wrapped.length > 6144) throw wrappedKeyInvalid()
      const answer = await judged(() => client.decrypt({ ...boundTo(context), CiphertextBlob: wrapped }))
      if (answer.Plaintext?.length !== KEY_BYTES) throw keyServiceFailure('malformed', SERVICE, { field: 'Plaintext' })
      return Buffer.from(answer.Plaintext)
    },
  }
}

const SDK = '@aws-sdk/client-kms'

/**
 * The client of AWS's own SDK, which is loaded only here and must be installed beside this package.
 *
 * @param configuration What its class `KMS` takes (`{ region, endpoint, credentials }`); by default what the
 * environment says.
 * @param load Where the SDK comes from, for those who bundle it under another name.
 * @throws KobleError `key_service_missing` when it is not installed.
 */
export async function loadAwsKms(
  configuration: Record<string, unknown> = {},
  load: () => Promise<unknown> = () => import(SDK),
): Promise<KmsClient> {
  let sdk: unknown
  try {
    sdk = await load()
  } catch (error) {
    throw new KobleError('key_service_missing', `AWS KMS needs the package ${SDK}: npm install ${SDK}`, {
      cause: error,
    })
  }
  const { KMS } = sdk as { KMS: new (configuration: Record<string, unknown>) => KmsClient }
  return new KMS(configuration)
}

const SERVICE = 'AWS KMS'
const ciphertextFaults = new Set(['InvalidCiphertextException', 'IncorrectKeyException'])
const throttles = new Set(['ThrottlingException', 'LimitExceededException', 'TooManyRequestsException'])
const refusals = new Set([
  'AccessDeniedException',
  'DisabledException',
  'InvalidGrantTokenException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
])

/** The SDK retries by itself; what still fails is judged by the name of its exception. */
async function judged<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { name, $fault: fault } = error as { name?: unknown; $fault?: unknown }
    const exception = typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'unknown'
    if (ciphertextFaults.has(exception)) throw wrappedKeyInvalid({ exception })
    if (throttles.has(exception)) throw keyServiceFailure('throttled', SERVICE, { exception })
    const refused = refusals.has(exception) || fault === 'client'
    throw keyServiceFailure(refused ? 'rejected' : 'unreachable', SERVICE, { exception })
  }
}
