import { type Body, type Delivery, fieldValues, readBody, readQuery, valuesAt } from '@koble/core/signatures'
import type { Account, Source } from './define-provider.ts'
import type { RegistrationUpkeep } from './webhook-registration.ts'

/**
 * The text at the place a provider names, or undefined when nothing is there. Of several values the first counts; the
 * delivery was verified before. Numbers and booleans are written out; empty text counts as nothing, except for a constant.
 * A form whose `payload` field holds JSON (GitHub, Slack's interactivity) is read as that JSON.
 */
export function readSource(source: Source, delivery: Delivery): string | undefined {
  return read(source, delivery, () => bodyOf(delivery))
}

/** The same for an answer whose body was parsed already; header names in lower case. */
export function readAnswer(
  source: Source,
  answer: { headers: Readonly<Record<string, string | string[] | undefined>>; body: unknown },
): string | undefined {
  const delivery = { headers: answer.headers, body: Buffer.alloc(0) }
  return read(source, delivery, () => ({ kind: 'json', value: answer.body }))
}

/** What a verified delivery asks to be done about registrations, by their ids at the provider. */
export function readUpkeep(
  upkeep: RegistrationUpkeep,
  delivery: Delivery,
): { externalId: string; action: 'renew' | 'recreate' }[] {
  const items = fieldValues(bodyOf(delivery), upkeep.each)
  return items.flatMap((value) => {
    const item = (): Body => ({ kind: 'json', value })
    const externalId = read(upkeep.externalId, delivery, item)
    const event = read(upkeep.event, delivery, item)
    const action = event !== undefined && Object.hasOwn(upkeep.does, event) ? upkeep.does[event] : undefined
    return externalId === undefined || action === undefined ? [] : [{ externalId, action }]
  })
}

/**
 * Whose account an answer of the account call speaks of; either may be null when the provider does not say. The label
 * falls back to the id.
 */
export function readAccount(
  account: Pick<Account, 'id' | 'label'>,
  answer: unknown,
): { id: string | null; label: string | null } {
  const first = (paths: string[]) => firstText(paths.flatMap((path) => valuesAt(answer, path))) ?? null
  const id = first(account.id)
  return { id, label: first(account.label) ?? id }
}

/** The body is asked for only where a source names it: where the headers tell all, it is never parsed. */
function read(source: Source, delivery: Delivery, body: () => Body): string | undefined {
  if (Array.isArray(source)) {
    for (const alternative of source) {
      const value = read(alternative, delivery, body)
      if (value !== undefined) return value
    }
    return undefined
  }
  if ('constant' in source) return source.constant
  if ('header' in source) return firstText([delivery.headers[source.header]].flat())
  if ('query' in source) return firstText(readQuery(delivery.url ?? '').getAll(source.query))
  if ('field' in source) return firstText(fieldValues(body(), source.field))
  const parts =
    'each' in source
      ? fieldValues(body(), source.each).map((value) => read(source.of, delivery, () => ({ kind: 'json', value })))
      : source.join.map((part) => read(part, delivery, body))
  return parts.length === 0 || parts.includes(undefined) ? undefined : parts.join(source.with)
}

// Several sources read one body.
const unwrapped = new WeakMap<Body, Body>()

function bodyOf(delivery: Delivery): Body {
  const body = readBody(delivery)
  if (body.kind !== 'form') return body
  let found = unwrapped.get(body)
  if (found === undefined) {
    found = unwrap(firstText(fieldValues(body, 'payload'))) ?? body
    unwrapped.set(body, found)
  }
  return found
}

function unwrap(payload: string | undefined): Body | undefined {
  try {
    return payload === undefined ? undefined : { kind: 'json', value: JSON.parse(payload) }
  } catch {
    return undefined
  }
}

function firstText(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = text(value)
    if (found !== undefined) return found
  }
  return undefined
}

function text(value: unknown): string | undefined {
  if (Array.isArray(value)) return text(value[0])
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
