import type { FormField, FormNode, Scalar } from './json-form.ts'

/**
 * What is filled in so far, as one types it. Which of these counts, the node says that it belongs to; `{}` is the empty
 * draft of any node.
 */
export interface Draft {
  /** Of text, number, moment and JSON; of a choice the JSON of the chosen value, empty for none. */
  text?: string
  /** The JSON of the chosen values. */
  chosen?: readonly string[]
  rows?: readonly Row[]
  fields?: Readonly<Record<string, Draft>>
  /** An object that need not be there is there, whatever is in it. */
  isThere?: boolean
  /** Which alternative of a union, with what is filled in for it. */
  option?: number
  inner?: Draft
}

/** An item of a list, or a name with its value. */
export interface Row {
  /** Unique among its neighbours, and the same for as long as the row is there. */
  key: string
  name: string
  draft: Draft
}

/** What a draft stands for. */
export interface Reading {
  /** JSON; undefined when it is to be left out. */
  value: unknown
  /** What is wrong, by dotted path. */
  errors: Record<string, string>
}

/** The draft in which a JSON value is filled in, or null when the form cannot show all of it. */
export function draftFor(node: FormNode, value: unknown): Draft | null {
  const draft = fill(node, value)
  return isSame(readDraft(node, draft).value, value) ? draft : null
}

/** The JSON that a draft stands for. What is wrong in it is left out of the value. */
export function readDraft(node: FormNode, draft: Draft = {}, required = true, path = ''): Reading {
  switch (node.kind) {
    case 'text':
      return readText(draft, required, path)
    case 'number':
      return readNumber(node.whole, draft, required, path)
    case 'choice': {
      const text = draft.text || (required && node.options.length === 1 ? JSON.stringify(node.options[0]) : '')
      return text === '' ? absent(required, path, 'Choose one.') : present(JSON.parse(text))
    }
    case 'choices': {
      const chosen = node.options.filter((option) => draft.chosen?.includes(JSON.stringify(option)))
      return chosen.length === 0 ? absent(required, path, 'Choose one or more.') : present(chosen)
    }
    case 'list':
      return readRows(node.item, draft, required, path)
    case 'entries':
      return readEntries(node.value, draft, required, path)
    case 'object':
      return required || draft.isThere ? readFields(node.fields, draft, path) : absent(false, path)
    case 'union': {
      const index = draft.option ?? (required ? 0 : -1)
      const option = node.options[index]
      return option ? readDraft(option.node, draft.inner, true, path) : absent(false, path)
    }
    case 'json':
      return readJson(draft, required, path)
  }
}

/** The text of a JSON document as its value, or what is wrong with it. */
export function parseJson(text: string): { value: unknown; error: string | null } {
  try {
    return { value: JSON.parse(text), error: null }
  } catch (error) {
    return { value: undefined, error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}

const present = (value: unknown): Reading => ({ value, errors: {} })
const wrong = (path: string, message: string): Reading => ({ value: undefined, errors: { [path]: message } })
const absent = (required: boolean, path: string, message = 'Fill this in.'): Reading =>
  required ? wrong(path, message) : present(undefined)
const below = (path: string, step: string | number) => (path === '' ? String(step) : `${path}.${step}`)

function readText({ text = '' }: Draft, required: boolean, path: string): Reading {
  return text === '' ? absent(required, path) : present(text)
}

function readNumber(whole: boolean, { text = '' }: Draft, required: boolean, path: string): Reading {
  const written = text.trim()
  if (written === '') return absent(required, path)
  const value = Number(written)
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(written) || !Number.isFinite(value)) return wrong(path, 'It is no number.')
  if (whole && !Number.isInteger(value)) return wrong(path, 'It is no whole number.')
  if (whole && !Number.isSafeInteger(value)) return wrong(path, 'It is too large to be exact.')
  return present(value)
}

function readJson({ text = '' }: Draft, required: boolean, path: string): Reading {
  if (text.trim() === '') return absent(required, path)
  const { value, error } = parseJson(text)
  return error === null ? present(value) : wrong(path, error)
}

function readRows(item: FormNode, { rows = [] }: Draft, required: boolean, path: string): Reading {
  if (rows.length === 0) return required ? present([]) : present(undefined)
  const readings = rows.map(({ draft }, index) => readDraft(item, draft, true, below(path, index)))
  const values = readings.map(({ value }) => value).filter((value) => value !== undefined)
  return { value: values, errors: Object.assign({}, ...readings.map(({ errors }) => errors)) }
}

function readEntries(node: FormNode, { rows = [] }: Draft, required: boolean, path: string): Reading {
  if (rows.length === 0) return required ? present({}) : present(undefined)
  const value: [string, unknown][] = []
  const errors: Record<string, string> = {}
  for (const { key, name, draft } of rows) {
    // Some services take an empty text as "clear this".
    const reading = node.kind === 'text' ? present(draft.text ?? '') : readDraft(node, draft, true, below(path, key))
    if (name === '') errors[below(path, key)] = 'Give it a name, or remove it.'
    else if (value.some(([other]) => other === name)) errors[below(path, key)] = `${name} is there already.`
    else value.push([name, reading.value])
    Object.assign(errors, reading.errors)
  }
  return { value: Object.fromEntries(value.filter(([, one]) => one !== undefined)), errors }
}

function readFields(fields: readonly FormField[], draft: Draft, path: string): Reading {
  const readings = fields.map(({ name, required, node }) => {
    return [name, readDraft(node, draft.fields?.[name], required, below(path, name))] as const
  })
  const given = readings.filter(([, { value }]) => value !== undefined).map(([name, { value }]) => [name, value])
  return {
    value: Object.fromEntries(given),
    errors: Object.assign({}, ...readings.map(([, { errors }]) => errors)),
  }
}

/** As well as the form can; what it cannot show is missing from the draft. */
function fill(node: FormNode, value: unknown): Draft {
  if (value === undefined) return {}
  switch (node.kind) {
    case 'text':
      return typeof value === 'string' ? { text: value } : {}
    case 'number':
      return typeof value === 'number' ? { text: String(value) } : {}
    case 'choice':
      return node.options.includes(value as Scalar) ? { text: JSON.stringify(value) } : {}
    case 'choices':
      return Array.isArray(value) ? { chosen: value.map((one) => JSON.stringify(one)) } : {}
    case 'list':
      if (!Array.isArray(value)) return {}
      return { rows: value.map((item, index) => ({ key: `row${index}`, name: '', draft: fill(node.item, item) })) }
    case 'entries':
      if (!isObject(value)) return {}
      return {
        rows: Object.entries(value).map(([name, one], index) => {
          return { key: `row${index}`, name, draft: fill(node.value, one) }
        }),
      }
    case 'object': {
      if (!isObject(value)) return {}
      const given = node.fields.filter(({ name }) => Object.hasOwn(value, name))
      return {
        isThere: true,
        fields: Object.fromEntries(given.map((field) => [field.name, fill(field.node, value[field.name])])),
      }
    }
    case 'union': {
      const option = node.options.findIndex((one) => draftFor(one.node, value) !== null)
      const chosen = node.options[option]
      return chosen ? { option, inner: fill(chosen.node, value) } : {}
    }
    case 'json':
      return { text: JSON.stringify(value, null, 2) }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
