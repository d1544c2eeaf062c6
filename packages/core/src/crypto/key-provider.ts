/** Keeps the key that wraps data keys: in this process, or in a key management service. */
export interface KeyProvider {
  /** Names the wrapping key without telling anything about it; stored beside what it wrapped. */
  readonly keyId: string
  /**
   * Encrypts a data key of 32 bytes.
   *
   * @param context Who the key belongs to; unwrapping needs the same text.
   */
  wrap(dataKey: Buffer, context: string): Promise<Buffer>
  /**
   * The data key again.
   *
   * @throws KobleError `master_key_mismatch` when another master key wrapped it, `ciphertext_invalid` when it is
   * corrupt, truncated, of an unknown format or bound to another context.
   */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>
}
