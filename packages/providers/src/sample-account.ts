import type { Delivery } from '@koble/core/signatures'
import type { Source } from './define-provider.ts'
import { readSource } from './read-source.ts'

type Sample = Pick<Delivery, 'headers' | 'body'>

/** The body of a sample as if it concerned another account: wherever the one it names stands, alone, is the other. */
export function bodyForAccount(source: Source | undefined, { headers, body }: Sample, account: string): Buffer {
  const named = source && readSource(source, { headers, body })
  if (named === undefined) return body
  const exchange = (text: string) => (text === named ? account : text)
  if (/^application\/x-www-form-urlencoded/i.test(String(headers['content-type'] ?? ''))) {
    const fields = new URLSearchParams()
    for (const [name, value] of new URLSearchParams(body.toString())) fields.append(name, exchange(value))
    return Buffer.from(fields.toString())
  }
  const text = JSON.stringify(JSON.parse(body.toString()), (_key, value: unknown) => {
    if (typeof value === 'string') return exchange(value)
    if (typeof value !== 'number' || String(value) !== named) return value
    return String(Number(account)) === account ? Number(account) : account
  })
  return Buffer.from(text)
}
