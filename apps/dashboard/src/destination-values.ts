import type { DestinationType } from '@koble/contract/destination-types'
import type { Destination } from '@koble/contract/destinations'
import type { Body } from '@koble/sdk'
import { type DestinationField, destinationFields } from './destination-fields.ts'
import { readSchedule, scheduleText } from './retry-schedule.ts'

/** A header as it is entered. The value of a secret one that is set already is not known, and null. */
export interface HeaderText {
  name: string
  value: string | null
}

/** What is entered about a destination, as text. */
export interface DestinationValues {
  name: string
  type: DestinationType
  externalUserId: string
  /** By the keys of the type's fields. */
  fields: Record<string, string>
  /** Keys of secrets to take away. */
  cleared: string[]
  eventTypes: string[]
  filter: string
  transform: string
  payloadFormat: Destination['payloadFormat']
  signing: Destination['signing']
  svixHeaders: boolean
  /** A secret brought along from elsewhere; of a new destination only. */
  signingSecret: string
  headers: HeaderText[]
  secretHeaders: HeaderText[]
  rateRequests: string
  rateSeconds: string
  concurrency: string
  timeoutSeconds: string
  retrySchedule: string
  ordered: boolean
}

const usualSchedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]

/** What the form of a new destination begins with. */
export function newDestinationValues(type: DestinationType, externalUserId = ''): DestinationValues {
  return {
    name: '',
    type,
    externalUserId,
    fields: initialFields(type),
    cleared: [],
    eventTypes: ['*'],
    filter: '',
    transform: '',
    payloadFormat: 'envelope',
    signing: 'standard',
    svixHeaders: false,
    signingSecret: '',
    headers: [],
    secretHeaders: [],
    rateRequests: '',
    rateSeconds: '',
    concurrency: '10',
    timeoutSeconds: '15',
    retrySchedule: scheduleText(usualSchedule),
    ordered: false,
  }
}

/** The same of one that is there; secrets are empty, for nobody can read them. */
export function destinationValues(destination: Destination): DestinationValues {
  const { type, config } = destination
  const fields = initialFields(type)
  for (const field of destinationFields[type]) if (!field.secret) fields[field.key] = textOf(field, config)
  return {
    name: destination.name,
    type,
    externalUserId: destination.externalUserId ?? '',
    fields,
    cleared: [],
    eventTypes: destination.eventTypes,
    filter: destination.filter === null ? '' : JSON.stringify(destination.filter, null, 2),
    transform: destination.transform ?? '',
    payloadFormat: destination.payloadFormat,
    signing: destination.signing,
    svixHeaders: destination.svixHeaders,
    signingSecret: '',
    headers: Object.entries(destination.headers).map(([name, value]) => ({ name, value })),
    secretHeaders: destination.secretsSet
      .filter((name) => name.startsWith('headers.'))
      .map((name) => ({ name: name.slice('headers.'.length), value: null })),
    rateRequests: destination.rateLimit?.requests.toString() ?? '',
    rateSeconds: destination.rateLimit?.perSeconds.toString() ?? '',
    concurrency: String(destination.concurrency),
    timeoutSeconds: String(destination.timeoutMs / 1_000),
    retrySchedule: scheduleText(destination.retrySchedule),
    ordered: destination.ordered,
  }
}

/** The fields that are asked for with what is entered so far. */
export function shownFields({ type, fields }: Pick<DestinationValues, 'type' | 'fields'>): DestinationField[] {
  return destinationFields[type].filter(({ when }) => !when || when.is.includes(fields[when.key] ?? ''))
}

type Errors = Record<string, string>

/** What can be said to be wrong without the server, by the paths that the server would name. */
export function findDestinationErrors(values: DestinationValues, secretsSet: readonly string[] = []): Errors {
  const errors: Errors = {}
  if (values.name.trim() === '') errors['name'] = 'A name is needed.'
  for (const { key, label, kind, secret, optional } of shownFields(values)) {
    const value = values.fields[key]?.trim() ?? ''
    const isSet = secret && secretsSet.includes(key)
    if (kind !== 'flag' && kind !== 'choice' && !optional && value === '' && !isSet) {
      errors[`${secret ? 'secrets' : 'config'}.${key}`] = `${label} is needed.`
    }
  }
  if (values.eventTypes.length === 0) errors['eventTypes'] = 'Without event types it would get nothing.'
  const filter = readJsonObject(values.filter)
  if (filter.error !== null) errors['filter'] = filter.error
  const schedule = readSchedule(values.retrySchedule)
  if (schedule.error !== null) errors['retrySchedule'] = schedule.error
  if ((values.rateRequests === '') !== (values.rateSeconds === '')) {
    errors['rateLimit'] = 'A rate limit is a number of messages in a number of seconds.'
  }
  return errors
}

/** The body that makes the destination. Only for values without errors. */
export function toCreateBody(values: DestinationValues): Body<'POST /api/destinations'> {
  const secrets = enteredSecrets(values)
  return {
    ...settingsOf(values),
    type: values.type,
    config: configOf(values),
    secrets,
    ...(values.externalUserId.trim() && { externalUserId: values.externalUserId.trim() }),
    ...(values.signingSecret.trim() && { signingSecret: values.signingSecret.trim() }),
    // The contract tells types apart by `type`, which is known here only while the program runs.
  } as unknown as Body<'POST /api/destinations'>
}

/** The body that changes it. Secrets that are left empty stay; headers taken from the list go. */
export function toUpdateBody(
  values: DestinationValues,
  secretsSet: readonly string[],
): Body<'PATCH /api/destinations/{id}'> {
  const secrets = enteredSecrets(values)
  const kept = new Set(values.secretHeaders.map(({ name }) => name.trim()))
  const gone = secretsSet
    .filter((name) => name.startsWith('headers.'))
    .map((name) => name.slice('headers.'.length))
    .filter((name) => !kept.has(name))
  if (gone.length > 0) {
    secrets['headers'] = { ...(secrets['headers'] as object), ...Object.fromEntries(gone.map((name) => [name, null])) }
  }
  const asked = new Set(shownFields(values).map(({ key }) => key))
  for (const name of secretsSet.filter((one) => !one.startsWith('headers.'))) {
    // Those of another way to authenticate over HTTPS go by themselves.
    if (values.cleared.includes(name) || (values.type !== 'https' && !asked.has(name))) secrets[name] = null
  }
  return {
    ...settingsOf(values),
    config: configOf(values),
    ...(Object.keys(secrets).length > 0 && { secrets }),
  }
}

/** A text as a JSON object, or what is wrong with it; empty is null. */
export function readJsonObject(
  text: string,
): { value: Record<string, unknown> | null; error: null } | { value: null; error: string } {
  if (text.trim() === '') return { value: null, error: null }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: value as Record<string, unknown>, error: null }
    }
    return { value: null, error: 'It is no JSON object.' }
  } catch (error) {
    return { value: null, error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}

function settingsOf(values: DestinationValues) {
  return {
    name: values.name.trim(),
    eventTypes: values.eventTypes,
    filter: readJsonObject(values.filter).value,
    transform: values.transform.trim() || null,
    payloadFormat: values.payloadFormat,
    signing: values.signing,
    svixHeaders: values.signing === 'standard' && values.svixHeaders,
    headers: Object.fromEntries(named(values.headers).map(({ name, value }) => [name.trim(), value ?? ''])),
    rateLimit:
      values.rateRequests === ''
        ? null
        : { requests: Number(values.rateRequests), perSeconds: Number(values.rateSeconds) },
    concurrency: Number(values.concurrency),
    timeoutMs: Math.round(Number(values.timeoutSeconds) * 1_000),
    retrySchedule: readSchedule(values.retrySchedule).schedule ?? [],
    ordered: values.ordered,
  }
}

function configOf(values: DestinationValues): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const field of shownFields(values)) {
    if (field.secret) continue
    const value = wireValueOf(field, values.fields[field.key]?.trim() ?? '')
    if (value !== undefined) put(config, field.key.split('.'), value)
  }
  // The default exchange has no name, and must be named all the same.
  if (values.type === 'rabbitmq') config['exchange'] ??= ''
  return config
}

function enteredSecrets(values: DestinationValues): Record<string, unknown> {
  const secrets: Record<string, unknown> = {}
  for (const { key, secret } of shownFields(values)) {
    const value = values.fields[key] ?? ''
    if (secret && value !== '') secrets[key] = value
  }
  const headers = named(values.secretHeaders).filter(({ value }) => value !== null)
  if (values.type === 'https' && headers.length > 0) {
    secrets['headers'] = Object.fromEntries(headers.map(({ name, value }) => [name.trim(), value]))
  }
  return secrets
}

function named(headers: readonly HeaderText[]): HeaderText[] {
  return headers.filter(({ name }) => name.trim() !== '')
}

function initialFields(type: DestinationType): Record<string, string> {
  return Object.fromEntries(destinationFields[type].map(({ key, initial }) => [key, initial ?? '']))
}

function wireValueOf({ kind }: DestinationField, text: string): unknown {
  if (kind === 'flag') return text === 'yes'
  if (text === '') return undefined
  if (kind === 'number') return Number(text)
  return kind === 'list' ? text.split(/[\s,]+/).filter(Boolean) : text
}

function textOf({ key, kind, initial }: DestinationField, config: Record<string, unknown>): string {
  const value = key
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], config)
  if (value === undefined || value === null) return initial ?? ''
  if (kind === 'flag') return value === true ? 'yes' : 'no'
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function put(target: Record<string, unknown>, [part, ...rest]: string[], value: unknown): void {
  if (part === undefined) return
  if (rest.length === 0) {
    target[part] = value
    return
  }
  target[part] ??= {}
  put(target[part] as Record<string, unknown>, rest, value)
}
