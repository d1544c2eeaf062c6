import { askBehind } from './ask-behind.ts'
import type { StandInHandler, StandInReply } from './stand-in.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

export type EmulatedStripe = ReturnType<typeof createEmulatedStripe>

/** Its writes, and the events of those that bring one about. */
const writes: Record<string, string | null> = {
  'POST /v1/products': 'product.created',
  'POST /v1/prices': 'price.created',
  'POST /v1/checkout/sessions': null,
  'POST /v1/checkout/sessions/{id}/expire': 'checkout.session.expired',
  'POST /v1/customer_sessions': null,
}

const formType = 'application/x-www-form-urlencoded'

/** The emulated Stripe behind, asked and told of by ours. */
export function createEmulatedStripe(behind: string) {
  async function ask(method: string, target: string, form?: Record<string, string>) {
    const sent = form && {
      headers: { 'content-type': formType },
      body: Buffer.from(new URLSearchParams(form).toString()),
    }
    const { status, json } = await askBehind(behind + target, { method, ...sent })
    return { status, body: json }
  }

  /** The same request there. */
  async function forward({ method, target, headers, body }: Parameters<StandInHandler>[0]): Promise<StandInReply> {
    const sent = { 'content-type': headers['content-type'] ?? formType }
    const answer = await askBehind(behind + target, { method, headers: sent, body })
    const kept = ['content-type', 'location'].flatMap((name) => {
      const value = answer.headers[name]
      return value === undefined ? [] : [[name, String(value)] as const]
    })
    return { status: answer.status, headers: Object.fromEntries(kept), body: answer.body }
  }

  return {
    ask,
    /** Its writes by the API. */
    routes: (emit: EmitStripeEvent): Record<string, StandInHandler> =>
      Object.fromEntries(
        Object.entries(writes).map(([route, type]) => [
          route,
          async (request) => {
            const reply = await forward(request)
            if (type !== null && reply.status === 200)
              emit(type, JSON.parse(String(Buffer.from(reply.body as Uint8Array))))
            return reply
          },
        ]),
      ),
    /** Where the payer's browser completes a checkout. */
    completeCheckout:
      (emit: EmitStripeEvent): StandInHandler =>
      async (request) => {
        const session = `/v1/checkout/sessions/${encodeURIComponent(request.params['id'] ?? '')}`
        const statusOf = (body: unknown) => (body as { status?: string } | null)?.status
        const before = await ask('GET', session)
        const reply = await forward(request)
        const after = await ask('GET', session)
        const isNew = statusOf(before.body) === 'open' && statusOf(after.body) === 'complete'
        if (isNew) emit('checkout.session.completed', after.body as object)
        return reply
      },
  }
}
