import { KobleError } from '@koble/core/errors'
import type { Field, FromConfig } from './define-provider.ts'

export type ConfigValues = ReturnType<typeof createConfigValues>

/**
 * Reads an integration's config and fills it into templates. Only the integration's own fields are filled in, unless they
 * are secret, and what is `derived` from their choices; other placeholders (`{apiKey}`, `{tid}`) stay for those whom they concern. Where a template names an optional field that
 * is empty, the result is undefined.
 *
 * Every method throws KobleError `invalid_request` naming the field when a needed one is missing or makes no address.
 */
export function createConfigValues(
  declared: readonly Field[],
  config: Readonly<Record<string, string>>,
  derived: Readonly<Record<string, FromConfig<string>>> = {},
) {
  const fields = new Map(declared.map((field) => [field.key, field]))

  function valueAt(key: string): string | undefined {
    if (Object.hasOwn(derived, key)) return choice(derived[key] as FromConfig<string>)
    const given = Object.hasOwn(config, key) ? config[key] : undefined
    const value = given === undefined || given === '' ? fields.get(key)?.default : given
    if (value === undefined && fields.get(key)?.required !== false) throw refused(`config.${key}`, 'is needed')
    return value
  }

  /** Undefined when an optional field it names is empty. */
  function text(template: string, encode: (value: string, offset: number) => string): string | undefined {
    let absent = false
    const filled = template.replace(placeholder, (whole, key: string, offset: number) => {
      if (!fields.has(key) && !Object.hasOwn(derived, key)) return whole
      const value = valueAt(key)
      if (value === undefined) absent = true
      return value === undefined ? '' : encode(value, offset)
    })
    return absent ? undefined : filled
  }
  const plain = (template: string) => text(template, (value) => value)
  /** A value that begins an address is an address itself; elsewhere it is one part and cannot break out of it. */
  const path = (template: string) =>
    text(template, (value, offset) => (offset === 0 ? value : encodeURIComponent(value)))
  const required = (template: string, filled: string | undefined) => {
    if (filled === undefined) throw refused(`config.${firstKey(template)}`, 'is needed')
    return filled
  }
  const url = (template: string | undefined) => {
    const filled = template === undefined ? undefined : path(template)
    return filled === undefined ? undefined : wholeAddress(filled, template as string)
  }

  return {
    path,
    text: plain,
    url,
    requiredUrl: (template: string) => required(template, url(template)),
    requiredText: (template: string) => required(template, plain(template)),
    list: (templates: string[]) =>
      templates.map(plain).filter((filled) => filled !== undefined && filled !== '') as string[],
    record: (templates: Record<string, string> = {}) => {
      const filled = Object.entries(templates).map(([name, template]) => [name, plain(template)] as const)
      return Object.fromEntries(filled.filter((entry): entry is [string, string] => entry[1] !== undefined))
    },
    choice,
  }

  function choice<T>(value: T | FromConfig<T>): T {
    if (!isFromConfig(value)) return value
    const key = valueAt(value.fromConfig)
    if (key !== undefined && Object.hasOwn(value.choose, key)) return value.choose[key] as T
    throw refused(`config.${value.fromConfig}`, `must be one of ${Object.keys(value.choose).join(', ')}`)
  }
}

/** `{field}` in a template; the first group is the field's key. */
export const placeholder = /\{([A-Za-z][A-Za-z0-9]*)\}/g

/** All that a value may be. */
export function choicesOf<T>(value: T | FromConfig<T>): T[] {
  return isFromConfig(value) ? Object.values(value.choose) : [value]
}

/** Whether it stands for a value that the config chooses. */
export function isFromConfig<T>(value: T | FromConfig<T>): value is FromConfig<T> {
  return typeof value === 'object' && value !== null && 'fromConfig' in value
}

/** The address itself, or a refusal that names the config field from which `template` was filled. */
export function wholeAddress(url: string, template: string): string {
  if (isAddress(url)) return url
  throw refused(`config.${firstKey(template) ?? 'apiUrl'}`, 'must make an http or https address')
}

/** Whether it is an http or https address without credentials in it. */
export function isAddress(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
}

/** The refusal of one field, in the form in which the API answers it. */
export function refused(path: string, message: string): KobleError {
  return new KobleError('invalid_request', `${path} ${message}.`, {
    status: 400,
    details: { errors: [{ path, message }] },
  })
}

function firstKey(template: string): string | undefined {
  return template.match(/\{([A-Za-z][A-Za-z0-9]*)\}/)?.[1]
}
