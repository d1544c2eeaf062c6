import type { Account, Handshake, Source, Webhooks } from './define-provider.ts'

/** What a source reads from: a delivery after its body was parsed. */
export interface ParsedDelivery {
  /** By lower-case name, as node:http gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  query: Readonly<Record<string, unknown>>
  /** Parsed JSON or form fields; undefined when it was neither. */
  body: unknown
}

/**
 * The text at the place a provider names, or undefined when nothing is there. Numbers and booleans are written out;
 * empty text counts as nothing, except for a constant.
 */
export function readSource(source: Source, delivery: ParsedDelivery): string | undefined {
  if (Array.isArray(source)) {
    for (const alternative of source) {
      const value = readSource(alternative, delivery)
      if (value !== undefined) return value
    }
    return undefined
  }
  if ('constant' in source) return source.constant
  if ('header' in source) return text(delivery.headers[source.header])
  if ('query' in source) return text(own(delivery.query, source.query))
  if ('body' in source) return firstText(readPath(delivery.body, source.body))
  if ('each' in source) {
    const items = walk(delivery.body, source.each)
    return joined(
      items.map((body) => readSource(source.of, { ...delivery, body })),
      source.with,
    )
  }
  return joined(
    source.join.map((part) => readSource(part, delivery)),
    source.with,
  )
}

/**
 * Every value at a path: names joined by dots, `[]` for every item of an array, `[0]` for one of them, and
 * `['@odata.etag']` for a name with other characters. What is absent on the way adds nothing.
 */
export function readPath(value: unknown, path: string): unknown[] {
  return walk(value, path).filter((found) => found !== undefined && found !== null)
}

/** Like `readPath`, with undefined or null in the place of each that is absent. */
function walk(value: unknown, path: string): unknown[] {
  let values = [value]
  for (const [, name, quoted, index] of path.matchAll(step)) {
    if (index === undefined) values = values.map((parent) => own(parent, name ?? quoted ?? ''))
    else if (index === '') values = values.flatMap((parent) => (Array.isArray(parent) ? parent : []))
    else values = values.map((parent) => (Array.isArray(parent) ? parent[Number(index)] : undefined))
  }
  return values
}

const step = /([^.[\]]+)|\['([^']+)'\]|\[(\d*)\]/g

/**
 * The body as sources read it, or undefined when it is neither JSON nor a form. A form whose `payload` field holds JSON
 * (GitHub, Slack's interactivity) is that JSON.
 */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  if (contentType !== undefined && /^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')))
    return form.payload === undefined ? form : (parseJson(form.payload) ?? form)
  }
  return parseJson(body.toString('utf8'))
}

/** The handshake that a delivery is, or undefined when it is an event. `reply` reads the answer from the same delivery. */
export function matchHandshake(
  webhooks: Pick<Webhooks, 'handshakes'>,
  delivery: ParsedDelivery,
): Handshake | undefined {
  return webhooks.handshakes?.find(({ when, reply }) => {
    const found: (string | undefined)[] = []
    if (when.header !== undefined) found.push(readSource({ header: when.header }, delivery))
    if (when.query !== undefined) found.push(readSource({ query: when.query }, delivery))
    if (when.body !== undefined) found.push(readSource({ body: when.body }, delivery))
    const matches = found.every((value) => value !== undefined && (when.equals === undefined || value === when.equals))
    return found.length > 0 && matches && readSource(reply, delivery) !== undefined
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
  const first = (paths: string[]) => firstText(paths.flatMap((path) => readPath(answer, path))) ?? null
  const id = first(account.id)
  return { id, label: first(account.label) ?? id }
}

function joined(parts: (string | undefined)[], separator: string): string | undefined {
  return parts.length === 0 || parts.includes(undefined) ? undefined : parts.join(separator)
}

function firstText(values: unknown[]): string | undefined {
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

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
