import { randomUUID } from 'node:crypto'
import type { CheckDelivery } from '@koble/contract/webhooks'
import { type Delivery, signRequest } from '@koble/core/signatures'
import type { BuiltDelivery } from '@koble/providers/sample-delivery'
import type { DeliveryRules } from './delivery-rules.ts'

/** A delivery to test an endpoint of one's own service with: signed by its scheme, with little in it. */
export function buildOwnSample(
  { signature }: DeliveryRules,
  options: { secret: string; now: Date; url: string },
): BuiltDelivery {
  const id = randomUUID()
  const body = Buffer.from(JSON.stringify({ id, type: 'test', message: 'A test of this endpoint' }))
  const headers = { 'content-type': 'application/json' }
  const method = 'POST'
  const request = { method, url: options.url, headers, body }
  const built = signRequest(signature, request, { secret: options.secret, now: options.now, id })
  return { method, headers: built.headers, body: built.body, url: built.url ?? options.url }
}

/** A delivery as it was pasted, with the names of its headers in lower case. */
export function deliveryOf(input: CheckDelivery, url: string | undefined): Delivery {
  const headers = Object.entries(input.headers).map(([name, value]) => [name.trim().toLowerCase(), value.trim()])
  const { method, remoteAddress } = input
  return {
    method,
    url: input.url ?? url ?? 'https://unknown.invalid/',
    headers: Object.fromEntries(headers),
    body: Buffer.from(input.body, input.bodyEncoding),
    ...(remoteAddress !== undefined && { remoteAddress }),
  }
}
