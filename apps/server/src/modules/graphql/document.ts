import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
  validate,
} from 'graphql'
import { apiError } from '../../http/problems.ts'

/** A document with the operation that is meant. */
export interface ReadDocument {
  text: string
  ast: DocumentNode
  operation: OperationDefinitionNode
  kind: 'query' | 'mutation' | 'subscription'
}

/** Selections in selections, fragments followed. GitHub's own limit is of this order. */
const depthMax = 25
const tokensMax = 10_000
/** Brackets in brackets: the parser works through them by recursion, so they are counted before it runs. */
const bracketsMax = 64
const errorsMax = 20

const opening = new Set<string>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L])
const closing = new Set<string>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R])

/**
 * Parses a document within limits of size and depth and finds the operation in it; `operationName` is needed when there
 * are several. Throws `graphql_invalid`.
 */
export function readDocument(text: string, operationName?: string): ReadDocument {
  const ast = parseWithin(text)
  const operations: OperationDefinitionNode[] = []
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of ast.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    else throw invalid([new GraphQLError('Only operations and fragments can be sent.', { nodes: definition })])
  }
  const [first] = operations
  const operation = operationName === undefined ? first : operations.find(({ name }) => name?.value === operationName)
  if (first === undefined) throw invalid([new GraphQLError('The document holds no operation.')])
  if (operation === undefined) throw invalid([new GraphQLError(`There is no operation "${operationName}".`)])
  if (operationName === undefined && operations.length > 1) {
    throw invalid([new GraphQLError('The document holds several operations: name one as operationName.')])
  }
  const depthOf = createDepth(fragments)
  for (const { selectionSet } of operations) depthOf(selectionSet)
  return { text, ast, operation, kind: operation.operation }
}

/** Checks a document, and the variables given to it, against a schema. Throws `graphql_invalid` with what is wrong. */
export function demandValid(document: ReadDocument, schema: GraphQLSchema, variables: Record<string, unknown>): void {
  const errors = validate(schema, document.ast, undefined, { maxErrors: errorsMax })
  if (errors.length > 0) throw invalid(errors)
  const { errors: refused } = getVariableValues(schema, document.operation.variableDefinitions ?? [], variables, {
    maxErrors: errorsMax,
  })
  if (refused) throw invalid(refused, 'variables')
}

/** What can be said of variables without a schema: those needed are there, and there are no others. */
export function demandDefinedVariables({ operation }: ReadDocument, variables: Record<string, unknown>): void {
  const errors: GraphQLError[] = []
  const known = new Set<string>()
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    known.add(name)
    const isNeeded = definition.type.kind === Kind.NON_NULL_TYPE && definition.defaultValue === undefined
    if (isNeeded && (variables[name] === undefined || variables[name] === null)) {
      errors.push(new GraphQLError(`The variable "$${name}" is needed.`, { nodes: definition }))
    }
  }
  for (const name of Object.keys(variables)) {
    if (!known.has(name)) errors.push(new GraphQLError(`The operation defines no variable "$${name}".`))
  }
  if (errors.length > 0) throw invalid(errors, 'variables')
}

/** Throws `invalid_request` for variables that are nested too deeply to be worked through. */
export function demandShallow(variables: unknown): void {
  let level: unknown[] = [variables]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > bracketsMax) throw apiError('invalid_request', 'variables: they are nested too deeply.')
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

function parseWithin(text: string): DocumentNode {
  try {
    const lexer = new Lexer(new Source(text))
    let brackets = 0
    for (let count = 1; ; count += 1) {
      const { kind } = lexer.advance()
      if (kind === TokenKind.EOF) break
      if (count > tokensMax) throw tooLarge(`The document has more than ${tokensMax} tokens.`)
      if (opening.has(kind)) brackets += 1
      else if (closing.has(kind)) brackets -= 1
      if (brackets > bracketsMax) throw tooLarge(`The document is nested more than ${bracketsMax} levels deep.`)
    }
    return parse(text, { maxTokens: tokensMax })
  } catch (error) {
    if (error instanceof GraphQLError) throw invalid([error])
    throw error
  }
}

const tooLarge = (message: string) => new GraphQLError(message)

/** Each fragment is measured once, however often it is spread. */
function createDepth(fragments: Map<string, FragmentDefinitionNode>): (selections: SelectionSetNode) => number {
  const measured = new Map<string, number>()
  const underWay = new Set<string>()

  function depthOf({ selections }: SelectionSetNode): number {
    let depth = 0
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        depth = Math.max(depth, 1 + (selection.selectionSet ? depthOf(selection.selectionSet) : 0))
      } else if (selection.kind === Kind.INLINE_FRAGMENT) depth = Math.max(depth, depthOf(selection.selectionSet))
      else depth = Math.max(depth, ofFragment(selection.name.value))
    }
    if (depth > depthMax) throw invalid([tooLarge(`The document selects more than ${depthMax} levels deep.`)])
    return depth
  }

  function ofFragment(name: string): number {
    const known = measured.get(name)
    if (known !== undefined) return known
    const fragment = fragments.get(name)
    if (fragment === undefined) return 0
    if (underWay.has(name))
      throw invalid([new GraphQLError(`The fragment "${name}" holds itself.`, { nodes: fragment })])
    underWay.add(name)
    const depth = depthOf(fragment.selectionSet)
    underWay.delete(name)
    measured.set(name, depth)
    return depth
  }

  return depthOf
}

function invalid(errors: readonly GraphQLError[], path = 'query') {
  const fields = errors.map(({ message, locations }) => ({ path, message, ...locations?.[0] }))
  return apiError('graphql_invalid', fields.map(({ message }) => message).join(' '), { errors: fields })
}
