import type { StandInHandler, StandInReply, StandInRequest } from './stand-in.ts'
import { Refusal } from './stand-in.ts'
import { InvalidParameters, stripeError } from './stripe-error.ts'

interface Kept {
  path: string
  body: string
  /** Null while the first request is carried out. */
  reply: StandInReply | null
}

/** https://docs.stripe.com/api/idempotent_requests */
const keyCharactersMax = 255

/**
 * Lets a repetition under the same key have the first answer, a refusal too; unless its parameters were none, when nothing
 * had been carried out. The key is the same for all API keys, which are of one account.
 */
export function createIdempotency() {
  const kept = new Map<string, Kept>()

  return (handler: StandInHandler): StandInHandler =>
    async (request) => {
      const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
      if (!key) return await handler(request)
      if (key.length > keyCharactersMax) {
        const message = `Idempotency keys may be at most ${keyCharactersMax} characters long.`
        throw stripeError(400, message, { type: 'idempotency_error' })
      }
      const known = kept.get(key)
      if (known) return replay(known, key, request)
      const first: Kept = { path: request.target, body: request.body.toString(), reply: null }
      kept.set(key, first)
      try {
        first.reply = snapshot(await handler(request))
      } catch (error) {
        if (!(error instanceof Refusal) || error instanceof InvalidParameters) {
          kept.delete(key)
          throw error
        }
        first.reply = snapshot(error.reply)
      }
      return first.reply
    }
}

function replay({ path, body, reply }: Kept, key: string, request: StandInRequest): StandInReply {
  if (path !== request.target) {
    const message = `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${request.target}'). Try using a key other than '${key}' if you meant to execute a different request.`
    throw stripeError(400, message, { type: 'idempotency_error' })
  }
  if (body !== request.body.toString()) {
    const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
    throw stripeError(400, message, { type: 'idempotency_error' })
  }
  if (reply === null) {
    const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}.`
    throw stripeError(409, message, { type: 'idempotency_error', code: 'idempotency_key_in_use' })
  }
  return { ...reply, headers: { ...reply.headers, 'idempotent-replayed': 'true' } }
}

/** As it was then: objects go on changing. */
function snapshot(reply: StandInReply): StandInReply {
  return { ...reply, body: structuredClone(reply.body) }
}
