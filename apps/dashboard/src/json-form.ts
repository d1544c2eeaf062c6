/** What a field of JSON is filled in with. */
export type FormNode = {
  /** What the schema says of it. */
  description?: string
  /** What counts while nothing is filled in. */
  preset?: Scalar
} & (
  | { kind: 'text'; input: TextInput }
  | { kind: 'number'; whole: boolean; min?: number; max?: number }
  /** One of some values; of a single one there is nothing to choose. */
  | { kind: 'choice'; options: readonly Scalar[] }
  /** Any of some values. */
  | { kind: 'choices'; options: readonly Scalar[] }
  | { kind: 'list'; item: FormNode; most?: number }
  /** Names of the caller's choosing with a value each. */
  | { kind: 'entries'; value: FormNode }
  | { kind: 'object'; fields: readonly FormField[] }
  | { kind: 'union'; options: readonly { label: string; node: FormNode }[] }
  /** What no field can be made for, as JSON. */
  | { kind: 'json' }
)

/** `moment` is a date with its time. */
export type TextInput = 'line' | 'lines' | 'email' | 'url' | 'date' | 'moment'
export type Scalar = string | number | boolean | null

/** A property of an object. */
export interface FormField {
  name: string
  required: boolean
  node: FormNode
}

type Schema = Record<string, unknown>

/** Objects in objects in objects: deeper than this, a form is harder to read than JSON. */
const depthMax = 5
const lineCharactersMax = 300
/** Of more than these, a row with a select each is easier to survey than a box for each. */
const boxesMax = 12

/**
 * The form for a JSON Schema (2020-12, references within the document included). It asks for what a form can ask for
 * and judges nothing beyond that: patterns and lengths are for whom the JSON is sent to.
 */
export function readForm(schema: unknown): FormNode {
  return read(schema, isObject(schema) ? schema : {}, 0)
}

function read(raw: unknown, root: Schema, depth: number): FormNode {
  const schema = depth > depthMax ? null : resolve(raw, root)
  if (schema === null) return { kind: 'json' }
  const { description, default: preset } = schema
  return {
    ...(typeof description === 'string' && { description }),
    ...(isScalar(preset) && { preset }),
    ...withoutFacts(schema, root, depth),
  }
}

function withoutFacts(schema: Schema, root: Schema, depth: number): FormNode {
  const options = optionsOf(schema)
  if (options) return { kind: 'choice', options }
  const alternatives = schema['anyOf'] ?? schema['oneOf'] ?? byType(schema)
  if (Array.isArray(alternatives)) return readUnion(alternatives, root, depth)
  const { type } = schema
  if (type === 'string') return { kind: 'text', input: inputOf(schema) }
  if (type === 'number' || type === 'integer') return readNumber(schema)
  if (type === 'boolean') return { kind: 'choice', options: [true, false] }
  if (type === 'null') return { kind: 'choice', options: [null] }
  if (type === 'array') return readList(schema, root, depth)
  if (type === 'object') return readObject(schema, root, depth)
  return { kind: 'json' }
}

function resolve(raw: unknown, root: Schema): Schema | null {
  let schema = raw
  for (let hops = 0; isObject(schema) && typeof schema['$ref'] === 'string'; hops++) {
    const path = /^#\/(.+)$/.exec(schema['$ref'])?.[1]?.split('/')
    if (!path || hops > 10) return null
    schema = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root)
  }
  return isObject(schema) ? mergeAllOf(schema, root) : null
}

/** Several objects that all have to fit are one with the properties of each. */
function mergeAllOf(schema: Schema, root: Schema): Schema | null {
  const { allOf, ...own } = schema
  if (!Array.isArray(allOf)) return schema
  const parts = [own, ...allOf.map((part) => resolve(part, root))]
  if (!parts.every((part) => part !== null && (part === own || part['type'] === 'object'))) return null
  const gathered = parts.map((part) => part ?? {})
  return {
    ...own,
    type: 'object',
    properties: Object.assign({}, ...gathered.map(({ properties }) => properties)),
    required: gathered.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  }
}

function optionsOf(schema: Schema): readonly Scalar[] | null {
  const options = 'const' in schema ? [schema['const']] : schema['enum']
  return Array.isArray(options) && options.every(isScalar) ? options : null
}

/** `type: ["string", "null"]` is a union, too. */
function byType(schema: Schema): Schema[] | undefined {
  const { type } = schema
  return Array.isArray(type) ? type.map((one) => ({ ...schema, type: one })) : undefined
}

function inputOf({ format, maxLength, pattern }: Schema): TextInput {
  if (format === 'email') return 'email'
  if (format === 'uri' || format === 'url') return 'url'
  if (format === 'date') return 'date'
  if (format === 'date-time') return 'moment'
  // What has a pattern is a number, a code or an id, however long it may be.
  return typeof maxLength === 'number' && maxLength > lineCharactersMax && !pattern ? 'lines' : 'line'
}

function readNumber({ type, minimum, maximum }: Schema): FormNode {
  // The largest whole numbers stand in schemas for "no limit".
  const limit = (given: unknown) =>
    typeof given === 'number' && Math.abs(given) < Number.MAX_SAFE_INTEGER ? given : undefined
  const [min, max] = [limit(minimum), limit(maximum)]
  return {
    kind: 'number',
    whole: type === 'integer',
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }
}

function readList({ items, prefixItems, maxItems }: Schema, root: Schema, depth: number): FormNode {
  if (prefixItems !== undefined) return { kind: 'json' }
  const item = read(items, root, depth + 1)
  // Lists in lists, and lists of this or that, are easier to read as JSON.
  if (!['text', 'number', 'choice', 'object'].includes(item.kind)) return { kind: 'json' }
  if (item.kind === 'choice' && item.options.length <= boxesMax) return { kind: 'choices', options: item.options }
  return { kind: 'list', item, ...(typeof maxItems === 'number' && { most: maxItems }) }
}

function readObject({ properties, required, additionalProperties }: Schema, root: Schema, depth: number): FormNode {
  const needed = Array.isArray(required) ? required : []
  const fields = Object.entries(isObject(properties) ? properties : {}).map(([name, property]) => {
    return { name, required: needed.includes(name), node: read(property, root, depth + 1) }
  })
  if (fields.length > 0 || additionalProperties === false) return { kind: 'object', fields }
  const value = read(additionalProperties, root, depth + 1)
  const isPlain = value.kind === 'text' || value.kind === 'number' || value.kind === 'choice'
  return isPlain ? { kind: 'entries', value } : { kind: 'json' }
}

function readUnion(alternatives: readonly unknown[], root: Schema, depth: number): FormNode {
  const schemas = alternatives.flatMap((raw) => {
    const schema = resolve(raw, root)
    const inner = schema?.['anyOf'] ?? schema?.['oneOf']
    return Array.isArray(inner) ? inner.map((one) => resolve(one, root)) : [schema]
  })
  const nodes = schemas.map((schema) => read(schema, root, depth + 1))
  const [first] = nodes
  const isTooMuch = ({ kind }: FormNode) => kind === 'json' || kind === 'list' || kind === 'entries' || kind === 'union'
  if (first === undefined || nodes.some(isTooMuch)) return { kind: 'json' }
  if (nodes.length === 1) return first
  if (nodes.every((node) => node.kind === 'choice')) {
    return { kind: 'choice', options: nodes.flatMap((node) => (node.kind === 'choice' ? node.options : [])) }
  }
  // "An id, or the word me" is a text; which of both it is, whoever reads it can tell.
  if (nodes.every(isText)) return { kind: 'text', input: 'line' }
  const options: { label: string; node: FormNode }[] = []
  for (const [index, node] of nodes.entries()) {
    const label = labelOf(node, schemas[index])
    const known = options.find((option) => isText(option.node) && isText(node))
    if (known) known.node = { kind: 'text', input: 'line' }
    else
      options.push({ node, label: options.some((option) => option.label === label) ? `${label} ${index + 1}` : label })
  }
  return { kind: 'union', options }
}

function isText(node: FormNode): boolean {
  return node.kind === 'text' || (node.kind === 'choice' && node.options.every((option) => typeof option === 'string'))
}

/** What tells an alternative from the others: its title, the constant that marks it, or its kind. */
function labelOf(node: FormNode, schema: Schema | null | undefined): string {
  if (typeof schema?.['title'] === 'string') return schema['title']
  if (node.kind === 'object') {
    for (const { node: field } of node.fields) {
      const [mark] = field.kind === 'choice' && field.options.length === 1 ? field.options : []
      if (typeof mark === 'string') return mark
    }
    return 'Object'
  }
  if (node.kind === 'choice') return node.options.length === 1 ? String(node.options[0]) : 'One of a list'
  if (node.kind === 'number') return node.whole ? 'Whole number' : 'Number'
  return kindNames[node.kind]
}

const kindNames = {
  text: 'Text',
  choices: 'List',
  list: 'List',
  entries: 'Names and values',
  union: 'Another choice',
  json: 'JSON',
}

/** Whether there is anything to fill in: not where one value alone is possible. */
export function isFixed(node: FormNode): boolean {
  return node.kind === 'choice' && node.options.length === 1
}

/** Whether something at a dotted path has a place in the form where it can be told. */
export function hasPlace(node: FormNode, path: string): boolean {
  const [step, ...rest] = path === '' ? [] : path.split('.')
  if (step === undefined) return node.kind !== 'object' && !isFixed(node)
  const below = rest.join('.')
  if (node.kind === 'object') {
    const field = node.fields.find(({ name }) => name === step)
    // An error of an object as a whole is shown in its frame.
    return (
      field !== undefined && (below === '' ? !(field.required && isFixed(field.node)) : hasPlace(field.node, below))
    )
  }
  if (node.kind === 'list') return /^\d+$/.test(step) && (below === '' || hasPlace(node.item, below))
  if (node.kind === 'union') return node.options.some((option) => hasPlace(option.node, path))
  return node.kind === 'entries' && below === ''
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
