import { z } from 'zod'
import type { StandInRequest } from './stand-in.ts'
import { InvalidParameters } from './stripe-error.ts'

type Nested = string | Map<string, Nested>

/**
 * The form of a request as the schema has it, without `expand`, which every call takes; refuses what it knows not or what
 * has another form. https://docs.stripe.com/api
 */
export function stripeForm<Schema extends z.ZodType>(request: StandInRequest, schema: Schema): z.output<Schema> {
  const { body, headers } = request
  if (body.length > 0 && !/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) {
    throw new InvalidParameters(
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.',
    )
  }
  return checked(new URLSearchParams(body.toString()), schema)
}

/** The query of a request, in the same way. */
export function stripeQuery<Schema extends z.ZodType>({ query }: StandInRequest, schema: Schema): z.output<Schema> {
  return checked(query, schema)
}

/** What a request wants to have whole instead of its id: `latest_charge`, `data.customer`. */
export function expansions({ query, body, method }: StandInRequest): string[] {
  const form = method === 'POST' ? new URLSearchParams(body.toString()) : query
  return [...form].flatMap(([name, value]) => (/^expand\[\d*\]$/.test(name) ? [value] : []))
}

/** A whole number within these bounds. */
export function integer({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}) {
  return z.string().transform((text, context) => {
    const value = Number(text)
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message, params: { code: 'parameter_invalid_integer' } })
      return z.NEVER
    }
    if (!/^-?\d{1,15}$/.test(text)) return refuse(`Invalid integer: ${text}`)
    if (value < min) return refuse(`This value must be greater than or equal to ${min}.`)
    if (value > max) return refuse(`This value must be less than or equal to ${max}.`)
    return value
  })
}

export const flag = z.string().transform((text, context) => {
  if (/^(true|false)$/.test(text)) return text === 'true'
  context.addIssue({ code: 'custom', message: `Invalid boolean: ${text}` })
  return z.NEVER
})

/** A number with decimals. */
export const decimal = z.string().transform((text, context) => {
  if (/^-?\d{1,12}(\.\d{1,12})?$/.test(text)) return Number(text)
  context.addIssue({ code: 'custom', message: `Invalid decimal: ${text}` })
  return z.NEVER
})

/** The empty text unsets it. */
export const text = z
  .string()
  .max(5_000)
  .transform((given) => (given === '' ? null : given))

export const idText = z.string().min(1).max(255)

/** The empty text unsets all of it, and an empty value one key. */
export const metadata = z.union([z.literal(''), z.record(z.string().max(40), z.string().max(500))])

/** A list that the empty text empties. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.union([z.literal('').transform((): z.output<Item>[] => []), z.array(item)])
}

/** A currency code in small letters, as Stripe answers it. */
export const currency = z.string().transform((given, context) => {
  const code = given.toLowerCase()
  if (Intl.supportedValuesOf('currency').includes(code.toUpperCase())) return code
  const message = `Invalid currency: ${code}. Stripe currently supports these currencies: nok, sek, dkk, eur, usd, gbp and others`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** Parameters that Stripe knows and that change nothing here. */
export function unheeded<Name extends string>(...names: Name[]) {
  return Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
    Name,
    z.ZodOptional<z.ZodUnknown>
  >
}

/** What becomes of metadata by such a parameter. */
export function mergedMetadata(former: Record<string, string>, given: z.output<typeof metadata> | undefined) {
  if (given === '') return {}
  return Object.fromEntries(Object.entries({ ...former, ...given }).filter(([, value]) => value !== ''))
}

function checked<Schema extends z.ZodType>(parameters: URLSearchParams, schema: Schema): z.output<Schema> {
  const { expand: _expand, ...given } = nest(parameters)
  const { data, error } = schema.safeParse(given)
  if (!error) return data
  throw refusalOf(error.issues[0] as z.core.$ZodIssue, given)
}

/** `custom_fields[0][name]` as lists and objects. */
function nest(parameters: URLSearchParams): Record<string, unknown> {
  const root = new Map<string, Nested>()
  for (const [name, value] of parameters) {
    const path = name.replaceAll(']', '').split('[')
    const last = path.pop() ?? ''
    let at = root
    for (const part of path) {
      const known = at.get(part)
      const next = known instanceof Map ? known : new Map<string, Nested>()
      at.set(part === '' ? String(at.size) : part, next)
      at = next
    }
    at.set(last === '' ? String(at.size) : last, value)
  }
  return Object.fromEntries([...root].map(([name, value]) => [name, plain(value)]))
}

function plain(value: Nested): unknown {
  if (typeof value === 'string') return value
  const entries = [...value]
  if (entries.every(([key]) => /^\d+$/.test(key))) {
    return entries.sort(([one], [other]) => Number(one) - Number(other)).map(([, item]) => plain(item))
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]))
}

function refusalOf(issue: z.core.$ZodIssue, given: unknown): InvalidParameters {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => bracketed([...issue.path, key]))
    const message = `Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`
    return new InvalidParameters(message, { code: 'parameter_unknown', param: names[0] ?? '' })
  }
  const param = bracketed(issue.path)
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], given)
  if (value === undefined) {
    return new InvalidParameters(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
  }
  if (value === '') {
    const message = `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`
    return new InvalidParameters(message, { code: 'parameter_invalid_empty', param })
  }
  if (issue.code === 'custom') {
    return new InvalidParameters(issue.message, { ...(issue.params as { code?: string } | undefined), param })
  }
  if (issue.code === 'invalid_value') {
    const message = `Invalid ${param}: must be one of ${issue.values.join(', ').replace(/, (?=[^,]+$)/, ', or ')}`
    return new InvalidParameters(message, { param })
  }
  if (issue.code === 'too_big') {
    const kind = Array.isArray(value) ? 'array' : 'string'
    return new InvalidParameters(`Invalid ${kind}: too long for ${param}; at most ${issue.maximum} are allowed`, {
      param,
    })
  }
  return new InvalidParameters(`Invalid ${param}`, { param })
}

function bracketed([first, ...rest]: readonly PropertyKey[]): string {
  return `${String(first)}${rest.map((part) => `[${String(part)}]`).join('')}`
}
