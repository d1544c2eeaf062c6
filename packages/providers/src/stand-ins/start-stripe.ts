import { createEmulator } from 'emulate'
import Stripe from 'stripe'
import { sandboxSeed } from '../sandbox.ts'
import { listen, startStandIn } from './start-stand-in.ts'
import { createStandIn } from './stripe.ts'

/** What Koble would get. */
export interface StripeDelivery {
  headers: Record<string, string>
  body: string
}

/** The stand-in for Stripe in a test, before the emulated one, and a server in Koble's place that takes its deliveries. */
export async function startStripe() {
  const deliveries: StripeDelivery[] = []
  const koble = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
    deliveries.push({ headers: Object.fromEntries(headers), body })
    response.end()
  })
  const emulator = await createEmulator({ service: 'stripe', port: 0, seed: sandboxSeed(koble.origin) })
  const front = await startStandIn((options) => createStandIn({ ...options, behind: emulator.url }), koble.origin)
  const { hostname: host, port } = new URL(front.origin)

  return {
    origin: front.origin,
    kobleOrigin: koble.origin,
    /** In the order in which they came. */
    deliveries,
    /** Stripe's own package. */
    sdk: new Stripe('sk_test_KobleSandbox0000', {
      ...{ host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false },
    }),
    /** A call by hand; a body is a form. */
    async call(method: string, path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
      const response = await fetch(front.origin + path, {
        method,
        headers: { authorization: 'Bearer rk_test_KobleSandbox0000', ...headers },
        ...(form && { body: new URLSearchParams(form) }),
      })
      // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into by tests alone.
      return { status: response.status, headers: response.headers, body: (await response.json()) as any }
    },
    async stop(): Promise<void> {
      await front.stop()
      await emulator.close()
      await koble.stop()
    },
  }
}
