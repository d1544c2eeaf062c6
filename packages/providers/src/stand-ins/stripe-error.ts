import { Refusal } from './stand-in.ts'

/** What an error says beside its message. */
export interface StripeErrorFields {
  type?: 'card_error' | 'idempotency_error'
  code?: string
  param?: string
  [more: string]: unknown
}

/** An error as all of Stripe's are. https://docs.stripe.com/api/errors */
export function stripeError(status: number, message: string, fields: StripeErrorFields = {}): Refusal {
  return new Refusal({ status, body: bodyOf(message, fields) })
}

/** An object that an id names and that is not there: 404 in a path, 400 in a parameter. */
export function noSuch(kind: string, id: string, { param = 'id', status }: { param?: string; status?: number } = {}) {
  const fields = { code: 'resource_missing', param }
  return stripeError(status ?? (param === 'id' ? 404 : 400), `No such ${kind}: '${id}'`, fields)
}

/** Parameters that are none. Nothing was carried out, so that an idempotency key is not used up by it. */
export class InvalidParameters extends Refusal {
  constructor(message: string, fields: StripeErrorFields = {}) {
    super({ status: 400, body: bodyOf(message, fields) })
  }
}

function bodyOf(message: string, { code, ...fields }: StripeErrorFields) {
  // https://docs.stripe.com/error-codes
  const docs = code && { code, doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}` }
  return { error: { type: 'invalid_request_error', message, ...docs, ...fields } }
}
