import { KobleError } from '../errors/errors.ts'
import { KEY_BYTES } from './aes-256-gcm.ts'

/** Keeps the key that wraps data keys: in this process, or in a key management service. */
export interface KeyProvider {
  /** Names the wrapping key without telling anything about it; stored beside what it wrapped. */
  readonly keyId: string
  /**
   * Encrypts a data key of 32 bytes.
   *
   * @param context Who the key belongs to; unwrapping needs the same text.
   * @throws KobleError `data_key_invalid`; from a key management service `key_service_unreachable`,
   * `key_service_rejected`, `key_service_throttled` or `key_service_malformed`.
   */
  wrap(dataKey: Buffer, context: string): Promise<Buffer>
  /**
   * The data key again.
   *
   * @throws KobleError `master_key_mismatch` when another master key wrapped it, `ciphertext_invalid` when it is
   * corrupt, truncated, of an unknown format or bound to another context; what `wrap` throws of a service.
   */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>
}

/**
 * Moves a data key under another wrapping key, without touching the data that it encrypts: `from` unwraps, `to` wraps.
 * The same provider as both moves it to the newest version of its key (Vault, KMS). What is returned was unwrapped once
 * and compared, so the old wrap may be thrown away as soon as the new one is stored.
 *
 * @throws KobleError what both providers throw, and `key_service_malformed` when the new wrap does not open.
 */
export async function rewrap(
  wrapped: Buffer,
  context: string,
  { from, to }: { from: KeyProvider; to: KeyProvider },
): Promise<Buffer> {
  const dataKey = await from.unwrap(wrapped, context)
  let check: Buffer | undefined
  try {
    const rewrapped = await to.wrap(dataKey, context)
    check = await to.unwrap(rewrapped, context)
    if (check.equals(dataKey)) return rewrapped
    throw new KobleError('key_service_malformed', 'The new wrapping key does not give the data key back.')
  } finally {
    dataKey.fill(0)
    check?.fill(0)
  }
}

/** Throws `KobleError('data_key_invalid')` unless it has 32 bytes. */
export function checkDataKey(dataKey: Buffer): void {
  if (dataKey.length !== KEY_BYTES) throw new KobleError('data_key_invalid', 'A data key has 32 bytes.')
}

/** How a call to a key management service fails. */
export type KeyServiceFailure = 'unreachable' | 'rejected' | 'throttled' | 'malformed'

/** The service's own words are left out, since some repeat what they were sent. */
export function keyServiceFailure(
  failure: KeyServiceFailure,
  service: string,
  details: Record<string, unknown> = {},
): KobleError {
  const [message, retryable] = {
    unreachable: [`${service} could not be reached or is not ready.`, true],
    rejected: [`${service} refused to use the key.`, false],
    throttled: [`${service} asks us to slow down.`, true],
    malformed: [`${service} answered something that cannot be used.`, false],
  }[failure] as [string, boolean]
  return new KobleError(`key_service_${failure}`, message, { status: retryable ? 503 : 500, retryable, details })
}

/** What a service said does not belong to the key or the context, or was changed. */
export function wrappedKeyInvalid(details: Record<string, unknown> = {}): KobleError {
  const message = 'The wrapped data key was changed, or belongs to another key or place.'
  return new KobleError('ciphertext_invalid', message, { status: 500, details })
}
