import { randomUUID } from 'node:crypto'
import { type SignOptions, signRequest } from '@koble/core/signatures'
import type { CatalogueEntry } from './define-provider.ts'
import { bodyForAccount } from './sample-account.ts'

/** A delivery as the provider would send it. */
export interface BuiltDelivery {
  method: 'POST'
  /** The endpoint's, with the proof where that stands in the query. */
  url: string
  headers: Record<string, string>
  body: Buffer
}

/**
 * A delivery as the provider would send it, signed, with an id of its own so that it is no duplicate.
 *
 * @param options.url The endpoint's, as the provider was given it.
 * @param options.account Whose account it concerns, in place of the one that the sample names.
 * @returns undefined when the provider has no webhooks or no sample.
 * @throws KobleError as `signRequest` does: `signature_secret_invalid` where the secret is a key that can only verify,
 * `signature_scheme_invalid` where a certificate signs and none is passed.
 */
export function buildSampleDelivery(
  entry: Pick<CatalogueEntry, 'webhooks' | 'sampleDelivery'>,
  options: {
    secret: string
    now: Date
    url: string
    id?: string
    account?: string
    certificate?: SignOptions['certificate']
  },
): BuiltDelivery | undefined {
  const { webhooks, sampleDelivery } = entry
  if (!webhooks || !sampleDelivery) return undefined
  const id = options.id ?? randomUUID()
  const quoted = JSON.stringify(options.secret).slice(1, -1)
  const text = sampleDelivery.body.replaceAll('{id}', () => id).replaceAll('{secret}', () => quoted)
  const headers = Object.entries(sampleDelivery.headers).map(([name, value]) => [
    name,
    value.replaceAll('{id}', () => id),
  ])
  const method = 'POST'
  const unsigned = { headers: Object.fromEntries(headers), body: Buffer.from(text) }
  const { account } = options
  const body = account === undefined ? unsigned.body : bodyForAccount(webhooks.account, unsigned, account)
  const request = { method, url: options.url, headers: unsigned.headers, body }
  const { secret, now, certificate } = options
  const signed = signRequest(webhooks.signature, request, { secret, now, id, ...(certificate && { certificate }) })
  return { method, ...signed, url: signed.url ?? options.url }
}
