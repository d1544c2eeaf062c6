import { randomUUID } from 'node:crypto'
import { signDelivery } from '@koble/core/signatures'
import type { CatalogueEntry } from './define-provider.ts'

/**
 * A delivery as the provider would send it, signed, with an id of its own so that it is no duplicate.
 *
 * @returns undefined when the provider has no webhooks or no sample.
 */
export function buildSampleDelivery(
  entry: Pick<CatalogueEntry, 'webhooks' | 'sampleDelivery'>,
  options: { secret: string; now: Date; id?: string },
): { headers: Record<string, string>; body: Buffer } | undefined {
  const { webhooks, sampleDelivery } = entry
  if (!webhooks || !sampleDelivery) return undefined
  const id = options.id ?? randomUUID()
  const quoted = JSON.stringify(options.secret).slice(1, -1)
  const text = sampleDelivery.body.replaceAll('{id}', () => id).replaceAll('{secret}', () => quoted)
  const body = Buffer.from(text)
  const headers = Object.entries(sampleDelivery.headers).map(([name, value]) => [
    name,
    value.replaceAll('{id}', () => id),
  ])
  const signature = signDelivery(webhooks.signature, { body, secret: options.secret, now: options.now })
  return { headers: { ...Object.fromEntries(headers), ...signature }, body }
}
