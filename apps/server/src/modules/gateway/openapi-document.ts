export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  /** Null where there is none to hold it against. */
  schemaPointer: string | null
  /** One parameter of that name carries the value, or several do, one for each item. */
  isPlain: boolean
  /** Items are separated by commas. */
  isSplit: boolean
}

export interface Operation {
  method: string
  parameters: Parameter[]
  body: { required: boolean; content: { mediaType: string; schemaPointer: string | null }[] } | null
}

/** What validation needs of an OpenAPI document. */
export interface OpenapiDocument {
  /** The document with its schemas in the words of JSON Schema 2020-12. */
  root: Record<string, unknown>
  /** Paths of the servers, without a slash at the end. */
  bases: string[]
  paths: [template: string, operations: Operation[]][]
  isArray(schemaPointer: string | null): boolean
}

type Json = Record<string, unknown>

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const depthMax = 100

/** Reads a document; throws an `Error` that says why it cannot be used. */
export function bundledDocument(text: string): OpenapiDocument {
  const given = JSON.parse(text) as Json
  const version = String(given['openapi'] ?? '')
  if (!/^3\.[01](\.|$)/.test(version)) throw new Error('openapi: only versions 3.0 and 3.1 are read.')
  if (!isObject(given['paths'])) throw new Error('paths: there are none.')
  const root = inJsonSchema(given, version.startsWith('3.0'), 0) as Json
  demandReferences(root, root)
  const paths = Object.entries(root['paths'] as Json).map(([template, item]): [string, Operation[]] => {
    if (!template.startsWith('/')) throw new Error(`paths.${template}: a path begins with a slash.`)
    return [template, operationsOf(root, item, pointerTo('paths', template))]
  })
  return { root, bases: basesOf(root), paths, isArray: (pointer) => isArraySchema(root, pointer) }
}

/** A JSON pointer: https://www.rfc-editor.org/rfc/rfc6901, as the fragment of a URI. */
export function pointerTo(...keys: string[]): string {
  return keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
}

function operationsOf(root: Json, given: unknown, at: string): Operation[] {
  const { value: item, pointer } = resolved(root, given, at)
  if (!isObject(item)) throw new Error(`${at}: it is no object.`)
  return methods
    .filter((method) => isObject(item[method]))
    .map((method) => {
      const operation = item[method] as Json
      const own = parametersOf(root, operation['parameters'], `${pointer}/${method}/parameters`)
      const common = parametersOf(root, item['parameters'], `${pointer}/parameters`)
      const isOwn = (one: Parameter) => own.some((other) => other.name === one.name && other.in === one.in)
      return {
        method: method.toUpperCase(),
        parameters: [...own, ...common.filter((parameter) => !isOwn(parameter))],
        body: bodyOf(root, operation['requestBody'], `${pointer}/${method}/requestBody`),
      }
    })
}

function parametersOf(root: Json, list: unknown, at: string): Parameter[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((given, index) => {
    const { value, pointer } = resolved(root, given, `${at}/${index}`)
    if (!isObject(value)) throw new Error(`${at}/${index}: it is no parameter.`)
    const { name, in: place, style, explode } = value
    // Cookies do not travel through the gateway.
    if (typeof name !== 'string' || (place !== 'path' && place !== 'query' && place !== 'header')) return []
    const schemaPointer = isSchema(value['schema']) ? `${pointer}/schema` : null
    const schema = schemaPointer === null ? null : resolved(root, value['schema'], schemaPointer).value
    const isForm = style === undefined || style === 'form' || style === 'simple'
    const isExploded = explode ?? place === 'query'
    return {
      name,
      in: place,
      required: value['required'] === true || place === 'path',
      schemaPointer,
      isPlain: isForm && !(isObject(schema) && (schema['type'] === 'object' || 'properties' in schema)),
      isSplit: !isExploded,
    }
  })
}

function bodyOf(root: Json, given: unknown, at: string): Operation['body'] {
  if (given === undefined) return null
  const { value, pointer } = resolved(root, given, at)
  if (!isObject(value) || !isObject(value['content'])) throw new Error(`${at}: it has no content.`)
  const content = Object.entries(value['content']).map(([mediaType, entry]) => {
    const hasSchema = isObject(entry) && isSchema(entry['schema'])
    const schemaPointer = hasSchema ? `${pointer}/content${pointerTo(mediaType)}/schema` : null
    return { mediaType: mediaType.toLowerCase().split(';')[0]?.trim() ?? '', schemaPointer }
  })
  return { required: value['required'] === true, content }
}

function basesOf(root: Json): string[] {
  const servers = Array.isArray(root['servers']) ? root['servers'] : []
  const bases = servers.filter(isObject).map((server) => {
    const variables = isObject(server['variables']) ? server['variables'] : {}
    const url = String(server['url'] ?? '').replaceAll(/\{([^}]*)\}/g, (_whole, name: string) => {
      const variable = variables[name]
      return isObject(variable) ? String(variable['default'] ?? '') : ''
    })
    return (URL.parse(url, 'http://relative.invalid')?.pathname ?? '').replace(/\/+$/, '')
  })
  // The longest first: it says most.
  return [...new Set(bases)].sort((a, b) => b.length - a.length)
}

/** Follows references to what they stand for; `demandReferences` has seen that all of them lead somewhere. */
function resolved(root: Json, given: unknown, at: string): { value: unknown; pointer: string } {
  let value = given
  let pointer = at
  for (let hop = 0; isObject(value) && typeof value['$ref'] === 'string'; hop += 1) {
    if (hop === depthMax) throw new Error(`${at}: its reference goes round in a circle.`)
    pointer = value['$ref'].slice(1)
    value = lookUp(root, pointer)
  }
  return { value, pointer }
}

function isArraySchema(root: Json, pointer: string | null): boolean {
  if (pointer === null) return false
  const { value } = resolved(root, lookUp(root, pointer), pointer)
  return isObject(value) && [value['type']].flat().includes('array')
}

function lookUp(root: Json, pointer: string): unknown {
  let value: unknown = root
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    value = isThere ? (value as Json)[key] : undefined
  }
  return value
}

function demandReferences(root: Json, part: unknown): void {
  if (Array.isArray(part)) for (const one of part) demandReferences(root, one)
  if (!isObject(part)) return
  const target = part['$ref']
  if (typeof target === 'string') {
    if (!target.startsWith('#/')) throw new Error(`$ref: ${target.slice(0, 200)} leads out of the document.`)
    if (lookUp(root, target.slice(1)) === undefined) throw new Error(`$ref: there is no ${target.slice(0, 200)}.`)
  }
  for (const [key, one] of Object.entries(part)) if (key !== 'default' && key !== 'const') demandReferences(root, one)
}

/** Their keys are names that somebody chose, not words of a schema. */
const namesBelow = new Set(['properties', 'patternProperties', '$defs', 'schemas', 'parameters', 'content', 'paths'])

/** Puts what OpenAPI 3.0 says in its own way into JSON Schema's, and leaves out what speaks of answers alone. */
function inJsonSchema(part: unknown, isOld: boolean, depth: number, hasNames = false): unknown {
  if (depth > depthMax) throw new Error('It is nested too deeply.')
  if (Array.isArray(part)) return part.map((one) => inJsonSchema(one, isOld, depth + 1))
  if (!isObject(part)) return part
  if (isOld && typeof part['$ref'] === 'string') return { $ref: part['$ref'] }
  const made: Json = {}
  for (const [key, value] of Object.entries(part)) {
    // Examples may hold what looks like an identifier of a schema.
    if (!hasNames && (key === 'example' || key === 'examples')) continue
    const isData = !hasNames && (key === 'default' || key === 'enum' || key === 'const')
    made[key] = isData ? value : inJsonSchema(value, isOld, depth + 1, !hasNames && namesBelow.has(key))
  }
  if (hasNames) return made
  dropReadOnly(made)
  if (isOld) fromOldSchema(made)
  return made
}

/** A property that only answers have cannot be required of a request. */
function dropReadOnly(schema: Json): void {
  const { required, properties } = schema
  if (!Array.isArray(required) || !isObject(properties)) return
  schema['required'] = required.filter((name) => {
    const property = properties[name]
    return !(isObject(property) && property['readOnly'] === true)
  })
}

function fromOldSchema(schema: Json): void {
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[flag] !== 'boolean') continue
    if (schema[flag] && schema[limit] !== undefined) {
      schema[flag] = schema[limit]
      delete schema[limit]
    } else delete schema[flag]
  }
  if (schema['nullable'] === true) {
    if (typeof schema['type'] === 'string') schema['type'] = [schema['type'], 'null']
    if (Array.isArray(schema['enum']) && !schema['enum'].includes(null)) schema['enum'] = [...schema['enum'], null]
  }
  if (typeof schema['nullable'] === 'boolean') delete schema['nullable']
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isSchema = (value: unknown) => isObject(value) || typeof value === 'boolean'
