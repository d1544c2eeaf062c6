import type { CatalogueEntry, Source } from '@koble/providers/define-provider'
import { readSource } from '@koble/providers/read-source'
import { type BuiltDelivery, buildSampleDelivery } from '@koble/providers/sample-delivery'
import { CliError } from './errors.ts'

/** How a sample is changed before it is signed. */
export interface DeliveryChanges {
  eventType: string | undefined
  /** In place of the sample's; `{id}` in it becomes a new id, as there. */
  body: string | undefined
  /** `path=value`: a path of names and numbers between dots, and JSON or else text. */
  overrides: readonly string[]
  secret: string
  url: string
}

/** A provider's sample with changes, signed, and the type that it has then. Throws `CliError` for one it cannot have. */
export function buildOwnDelivery(
  { webhooks, sampleDelivery }: CatalogueEntry,
  changes: DeliveryChanges,
): BuiltDelivery & { eventType: string | undefined } {
  const text = changes.body ?? sampleDelivery?.body
  if (!webhooks || text === undefined) {
    throw new CliError('This provider has no sample.', 'Give the body of the delivery with --data.')
  }
  const headers: Record<string, string> = { ...(sampleDelivery?.headers ?? { 'content-type': 'application/json' }) }
  const { eventType, overrides } = changes
  const typeOf = (body: string) => readSource(webhooks.eventType, { headers, body: Buffer.from(body) })
  let body = text
  if (eventType !== undefined && typeOf(body) !== eventType) {
    body = withType(webhooks.eventType, eventType, headers, body)
    if (typeOf(body) !== eventType) {
      throw new CliError(`The sample cannot be made one of ${eventType}.`, 'Give a body of that type with --data.')
    }
  }
  if (overrides.length > 0) body = changed(body, overrides.map(readOverride))
  const built = buildSampleDelivery(
    { webhooks, sampleDelivery: { headers, body } },
    { secret: changes.secret, now: new Date(), url: changes.url },
  ) as BuiltDelivery
  return { ...built, eventType: readSource(webhooks.eventType, built) }
}

/** The body with the type in the first place that holds one; a header is changed where it stands there. */
function withType(source: Source, type: string, headers: Record<string, string>, body: string): string {
  if (Array.isArray(source)) {
    const used = source.find((one) => readSource(one, { headers, body: Buffer.from(body) }) !== undefined)
    const first = used ?? source[0]
    return first === undefined ? body : withType(first, type, headers, body)
  }
  if ('header' in source) headers[source.header] = type
  else if ('field' in source) return changed(body, [[source.field.replaceAll('[]', '.0').split('.'), type]])
  return body
}

function readOverride(text: string): [path: string[], value: unknown] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new CliError(`"${text}" is no override.`, 'Write it as path=value.')
  const value = text.slice(equals + 1)
  return [text.slice(0, equals).split('.'), parsed(value) ?? value]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function changed(body: string, changes: readonly [path: string[], value: unknown][]): string {
  const document = parsed(body)
  if (typeof document !== 'object' || document === null) {
    throw new CliError('The body is no JSON, so that nothing in it can be changed.', 'Give another one with --data.')
  }
  for (const [path, value] of changes) put(document as Record<string, unknown>, path, value)
  return JSON.stringify(document)
}

function put(document: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let place = document
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(place, name) ? place[name] : undefined
    if (typeof inner === 'object' && inner !== null) place = inner as Record<string, unknown>
    else {
      const made = {}
      define(place, name, made)
      place = made
    }
  }
  define(place, path.at(-1) as string, value)
}

/** `__proto__` too is only a name here. */
function define(place: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true })
}
