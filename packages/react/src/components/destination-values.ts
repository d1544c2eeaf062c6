import { type Body, KobleApiError } from '@koble/sdk'
import type { Destination } from '../hooks/use-destinations.ts'
import type { TextKey } from '../texts/en.ts'
import {
  type AuthenticationValues,
  authenticationBody,
  authenticationOf,
  findWrongAuthentication,
} from './receiver-authentication.ts'

/** What a person fills in about a destination, as text. */
export interface DestinationValues extends AuthenticationValues {
  name: string
  /** Of other types, which only the product sets up, name and events can be changed alone. */
  isHttps: boolean
  url: string
  eventTypes: string[]
  perMinute: string
  /** As JSON; empty for none. */
  filter: string
  transform: string
}

/** What is wrong, by field. */
export type Wrong = { [Key in keyof DestinationValues]?: TextKey }

/** The values a form begins with. */
export function valuesOf(destination?: Destination): DestinationValues {
  const { url = '' } = (destination?.config ?? {}) as { url?: string }
  const limit = destination?.rateLimit
  return {
    name: destination?.name ?? '',
    isHttps: destination === undefined || destination.type === 'https',
    url,
    eventTypes: destination?.eventTypes ?? ['*'],
    ...authenticationOf(destination),
    perMinute: limit ? String(Math.round((limit.requests * 60) / limit.perSeconds)) : '',
    filter: destination?.filter ? JSON.stringify(destination.filter, null, 2) : '',
    transform: destination?.transform ?? '',
  }
}

/** What has to be put right before it is worth sending. */
export function findWrong(values: DestinationValues, destination?: Destination): Wrong {
  return {
    ...(values.name.trim() === '' && { name: 'required' }),
    ...(values.isHttps && values.url.trim() === '' && { url: 'required' }),
    ...(values.isHttps && values.url.trim() !== '' && !URL.canParse(values.url.trim()) && { url: 'looksWrong' }),
    ...(values.eventTypes.length === 0 && { eventTypes: 'chooseOne' }),
    ...(values.isHttps && findWrongAuthentication(values, destination)),
    ...(!/^(|[1-9]\d{0,4})$/.test(values.perMinute.trim()) && { perMinute: 'looksWrong' }),
    ...(readFilter(values.filter) === undefined && { filter: 'notJsonObject' }),
  }
}

/** The same as the API takes it; what the form does not ask for is left as it is. */
export function bodyOf(values: DestinationValues, destination?: Destination): Body<'PATCH /api/destinations/{id}'> {
  const perMinute = values.perMinute.trim()
  const before = destination && valuesOf(destination)
  const isSame = before?.perMinute === perMinute
  const body: Body<'PATCH /api/destinations/{id}'> = {
    name: values.name.trim(),
    eventTypes: values.eventTypes,
    ...(!isSame && { rateLimit: perMinute === '' ? null : { requests: Number(perMinute), perSeconds: 60 } }),
    ...(values.filter !== (before?.filter ?? '') && { filter: readFilter(values.filter) ?? null }),
    ...(values.transform !== (before?.transform ?? '') && { transform: values.transform.trim() || null }),
  }
  if (!values.isHttps) return body
  const { authentication, secrets } = authenticationBody(values, destination)
  return { ...body, config: { url: values.url.trim(), authentication }, secrets }
}

/** The conditions that a text stands for: null when it is empty, undefined when it is no JSON object. */
function readFilter(text: string): Record<string, unknown> | null | undefined {
  if (text.trim() === '') return null
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const fieldOfPath: Record<string, keyof DestinationValues> = {
  name: 'name',
  'config.url': 'url',
  transform: 'transform',
}

/** What the API refused, by field; empty when it names one that the form does not have. */
export function wrongFieldsOf(error: Error | null): Partial<Record<keyof DestinationValues, string>> {
  if (!(error instanceof KobleApiError)) return {}
  // In a filter the path goes on to the condition that is wrong.
  const fieldOf = (path: string) => {
    if (/^filter(\.|$)/.test(path)) return 'filter'
    const [, key] = /^(?:config\.authentication|secrets)\.(\w+)/.exec(path) ?? []
    return key === undefined ? fieldOfPath[path] : (key as keyof DestinationValues)
  }
  const found = error.errors.map(({ path, message }) => [fieldOf(path), message] as const)
  return found.some(([field]) => field === undefined) ? {} : Object.fromEntries(found)
}
