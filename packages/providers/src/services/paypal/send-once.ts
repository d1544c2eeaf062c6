import type { OperationContext } from '../../define-operation.ts'
import { idempotencyKey } from '../../idempotency-key.ts'

/** https://developer.paypal.com/api/rest/reference/idempotency/ */
const keyCharactersMax = 108

/** Writes by POST where PayPal heeds its request id: a repetition answers what the first call brought about. */
export async function sendOnce<Answer>(context: OperationContext, path: string, json: object): Promise<Answer> {
  const headers = {
    'paypal-request-id': idempotencyKey(context, '', keyCharactersMax),
    prefer: 'return=representation',
  }
  const { body } = await context.send({ method: 'POST', path, json, headers })
  return body as Answer
}
