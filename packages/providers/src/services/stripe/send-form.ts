import type { OperationContext } from '../../define-operation.ts'
import { idempotencyKey } from '../../idempotency-key.ts'
import { bracketForm, type FormValue } from './bracket-form.ts'

/** https://docs.stripe.com/api/idempotent_requests */
const keyCharactersMax = 255

/**
 * Writes by POST; a repetition under the same key changes nothing. `step` tells apart the writes of one operation.
 *
 * @returns the object that Stripe answers.
 */
export async function sendForm<Answer>(
  context: OperationContext,
  path: string,
  values: { readonly [name: string]: FormValue },
  step = '',
): Promise<Answer> {
  const headers = { 'idempotency-key': idempotencyKey(context, step, keyCharactersMax) }
  const { body } = await context.send({ method: 'POST', path, form: bracketForm(values), headers })
  return body as Answer
}
