import { createHash } from 'node:crypto'
import type { OperationContext } from './define-operation.ts'

/**
 * The key of one step of an operation that writes several times: the same for a repetition of the same wish, another for
 * each step. Where it would be longer than the provider takes, it is its SHA-256 in hex.
 */
export function idempotencyKey(
  { idempotencyKey: key }: Pick<OperationContext, 'idempotencyKey'>,
  step: string,
  charactersMax: number,
): string {
  const whole = step === '' ? key : `${key}-${step}`
  return whole.length <= charactersMax ? whole : createHash('sha256').update(whole).digest('hex')
}
