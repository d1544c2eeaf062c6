import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { bundledDocument, type OpenapiDocument, type Operation, type Parameter } from './openapi-document.ts'

/** A request as it would be sent, for `RequestRules`. */
export interface RequestToCheck {
  method: string
  /** Where it may lie below a server of the document; the first that fits counts. */
  paths: string[]
  /** Of the URL, as it is written. */
  query: string
  headers: Record<string, string | string[]>
  /** Header fields and query parameters that Koble fills in itself; their values are not looked at. */
  filled: string[]
  /** JSON as it is sent; null for none, undefined for one that cannot be read. */
  body: string | null | undefined
  contentType: string
}

export interface RequestProblem {
  /** `query.limit`, `header.x-version`, `path.id`, `body.items.0.name` */
  path: string
  message: string
}

const problemsMax = 20
const ignoredHeaders = new Set(['accept', 'content-type', 'authorization'])

interface Route {
  template: string
  names: string[]
  pattern: RegExp
  /** Characters that are not templated: the path that says most is tried first. */
  weight: number
  operations: Map<string, CompiledOperation>
}

interface CompiledOperation {
  parameters: { parameter: Parameter; judge: ValidateFunction | null; isArray: boolean }[]
  bodyRequired: boolean
  /** By media type; null where any content will do. */
  bodies: Map<string, ValidateFunction | null> | null
}

/**
 * Holds requests against an OpenAPI document (3.0 or 3.1). The constructor throws an `Error` that says what is wrong with
 * the document: another version, references that lead out of it or nowhere, schemas that are none.
 */
export class RequestRules {
  readonly #routes: Route[] = []
  readonly #bases: string[]

  constructor(text: string) {
    const document = bundledDocument(text)
    this.#bases = document.bases
    const ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      logger: false,
      coerceTypes: false,
      validateFormats: true,
    })
    // Parameters are texts; what they stand for is what they are judged as.
    const loose = new Ajv2020({ strict: false, logger: false, coerceTypes: 'array' })
    for (const one of [ajv, loose]) {
      addFormats.default(one)
      // Only its schemas are schemas; each is looked at when it is compiled.
      one.addSchema(document.root, 'openapi', undefined, false)
    }
    for (const [template, operations] of document.paths) {
      this.#routes.push({
        template,
        ...patternOf(template),
        operations: new Map(
          operations.map((operation) => [operation.method, compile(document, operation, ajv, loose)]),
        ),
      })
    }
    this.#routes.sort((a, b) => b.weight - a.weight)
  }

  /** What is wrong with a request, up to twenty problems; none when it is as described. */
  check(request: RequestToCheck): RequestProblem[] {
    const found = this.#find(request)
    if (found === null) return [{ path: 'path', message: 'The document has no such path.' }]
    const { route, values } = found
    const operation = route.operations.get(request.method)
    if (operation === undefined) {
      const allowed = [...route.operations.keys()].join(', ') || 'none'
      return [{ path: 'method', message: `${route.template} has no ${request.method}; it has ${allowed}.` }]
    }
    const problems = [...parameterProblems(operation, request, values), ...bodyProblems(operation, request)]
    return problems.slice(0, problemsMax)
  }

  #find({ paths, method }: RequestToCheck): { route: Route; values: Record<string, string> } | null {
    let other: { route: Route; values: Record<string, string> } | null = null
    for (const path of [...this.#belowBases(paths), ...paths]) {
      for (const route of this.#routes) {
        const match = route.pattern.exec(path)
        if (match === null) continue
        const values = Object.fromEntries(route.names.map((name, index) => [name, decoded(match[index + 1] ?? '')]))
        if (route.operations.has(method)) return { route, values }
        other ??= { route, values }
      }
    }
    return other
  }

  #belowBases(paths: string[]): string[] {
    return this.#bases.flatMap((base) =>
      paths.filter((path) => path.startsWith(`${base}/`)).map((path) => path.slice(base.length)),
    )
  }
}

function compile(document: OpenapiDocument, operation: Operation, ajv: Ajv2020, loose: Ajv2020): CompiledOperation {
  const schemaOf = (pointer: string, by: Ajv2020) => by.compile({ $ref: `openapi#${pointer}` })
  const parameters = operation.parameters.map((parameter) => {
    const wrapped = { type: 'object', properties: { value: { $ref: `openapi#${parameter.schemaPointer}` } } }
    const judge = parameter.schemaPointer === null ? null : loose.compile(wrapped)
    return { parameter, judge, isArray: document.isArray(parameter.schemaPointer) }
  })
  const { body } = operation
  if (body === null) return { parameters, bodyRequired: false, bodies: null }
  const bodies = body.content.map(
    ({ mediaType, schemaPointer }) =>
      [mediaType, schemaPointer === null ? null : schemaOf(schemaPointer, ajv)] as const,
  )
  return { parameters, bodyRequired: body.required, bodies: new Map(bodies) }
}

function parameterProblems(
  operation: CompiledOperation,
  request: RequestToCheck,
  pathValues: Record<string, string>,
): RequestProblem[] {
  const query = new URLSearchParams(request.query)
  const problems: RequestProblem[] = []
  for (const { parameter, judge, isArray } of operation.parameters) {
    const { name, in: place, required } = parameter
    const path = `${place}.${name}`
    if (place === 'header' && ignoredHeaders.has(name.toLowerCase())) continue
    if (request.filled.includes(place === 'header' ? name.toLowerCase() : name)) continue
    const given = valuesOf(parameter, query, request.headers, pathValues)
    if (given.length === 0) {
      if (required) problems.push({ path, message: 'It is required.' })
      continue
    }
    if (judge === null || !parameter.isPlain) continue
    const value = isArray ? given.flatMap((one) => (parameter.isSplit ? one.split(',') : [one])) : given[0]
    if (!judge({ value })) problems.push(...said(judge.errors, path, '/value'))
  }
  return problems
}

function valuesOf(
  { name, in: place, isPlain }: Parameter,
  query: URLSearchParams,
  headers: RequestToCheck['headers'],
  pathValues: Record<string, string>,
): string[] {
  if (place === 'path') return pathValues[name] === undefined ? [] : [pathValues[name]]
  if (place === 'header') return [headers[name.toLowerCase()] ?? []].flat()
  if (isPlain) return query.getAll(name)
  // Objects spread over several parameters: filter[status]=open.
  return [...query].filter(([key]) => key === name || key.startsWith(`${name}[`)).map(([, value]) => value)
}

function bodyProblems(operation: CompiledOperation, request: RequestToCheck): RequestProblem[] {
  const { bodies, bodyRequired } = operation
  if (request.body === null) return bodyRequired ? [{ path: 'body', message: 'It is required.' }] : []
  if (bodies === null || bodies.size === 0) return []
  const type = request.contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  const wildcard = `${type.split('/')[0]}/*`
  const known = [type, wildcard, '*/*'].find((mediaType) => bodies.has(mediaType))
  if (known === undefined) {
    return [{ path: 'body', message: `It is ${type || 'of no type'}; it may be ${[...bodies.keys()].join(', ')}.` }]
  }
  const judge = bodies.get(known)
  if (!judge || request.body === undefined || !/[/+]json$/.test(type)) return []
  let value: unknown
  try {
    value = JSON.parse(request.body)
  } catch {
    return [{ path: 'body', message: 'It is not valid JSON.' }]
  }
  return judge(value) ? [] : said(judge.errors, 'body', '')
}

function said(errors: ErrorObject[] | null | undefined, path: string, prefix: string): RequestProblem[] {
  return (errors ?? []).slice(0, problemsMax).map(({ instancePath, message, keyword, params }) => {
    const inner = instancePath.slice(prefix.length).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
    const missing = keyword === 'required' ? `.${params.missingProperty}` : ''
    const extra = keyword === 'additionalProperties' ? `.${params.additionalProperty}` : ''
    const values = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues).slice(0, 200)}` : ''
    const text = missing ? 'is required' : extra ? 'is not known' : `${message ?? 'is not valid'}${values}`
    return { path: path + inner + missing + extra, message: text }
  })
}

/** `/repos/{owner}` as a pattern whose groups are the names; a name is anything but a slash. */
function patternOf(template: string): Pick<Route, 'names' | 'pattern' | 'weight'> {
  const parts = template.split(/\{([^{}]*)\}/)
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const source = parts.map((part, index) => (index % 2 === 0 ? literal(part) : '([^/]+?)')).join('')
  const names = parts.filter((_part, index) => index % 2 === 1)
  return {
    names,
    pattern: new RegExp(`^${source}/?$`),
    weight: template.length - names.join('{}').length - names.length * 100,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
