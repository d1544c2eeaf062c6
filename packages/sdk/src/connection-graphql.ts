import type { GraphqlResponse } from '@koble/contract/graphql'
import { KobleApiError, readApiError } from './errors.ts'
import { createEventParser } from './event-stream.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { Body, Query } from './wire.ts'

type Variables = Record<string, unknown>
type Request = Body<'POST /api/connections/{id}/graphql'>

/** What one document was answered with. */
export type GraphqlAnswer<Data = unknown> = Omit<GraphqlResponse, 'data'> & { data: Data | null }

/** What may be said of a call beside its document and variables. */
export type GraphqlOptions = CallOptions & Pick<Request, 'endpoint' | 'operationName' | 'validate' | 'timeout'>

/** How a list is read page by page, by https://relay.dev/graphql/connections.htm. */
export interface PaginateOptions extends GraphqlOptions {
  variables?: Variables
  /** Where the connection is in the data: `repository.issues`. */
  path: string
  /** Given to the query as `$first`; 50 unless said otherwise. */
  pageSize?: number
  /** The reading fails after so many pages; 1,000 unless said otherwise. */
  maxPages?: number
}

/** How a subscription is carried from the third party to Koble. */
export interface SubscribeOptions extends Pick<GraphqlOptions, 'endpoint' | 'operationName' | 'validate'> {
  variables?: Variables
  /** `graphql-ws` unless said otherwise. */
  transport?: 'graphql-ws' | 'sse'
  /** Ends the subscription: the iteration finishes without an error. */
  signal?: AbortSignal
  /** The line to the third party was lost for a while: results of that time may be missing. */
  onReconnected?: () => void
}

/** A page that cannot be counted on: the third party answered with errors, or with a cursor that leads nowhere. */
export class GraphqlPageError extends Error {
  readonly answer: GraphqlAnswer

  constructor(message: string, answer: GraphqlAnswer) {
    super(message)
    this.name = 'GraphqlPageError'
    this.answer = answer
  }
}

const pageSizeDefault = 50
const maxPagesDefault = 1_000

/** The GraphQL API of the third party behind one connection. */
export function createConnectionGraphql(transport: Transport, id: string) {
  const params = { id }

  async function send<Data>(body: Request, options: GraphqlOptions = {}): Promise<GraphqlAnswer<Data>> {
    const { signal, idempotencyKey, ...rest } = options
    const input = { params, body: { ...body, ...rest }, signal, idempotencyKey }
    return (await transport.call('POST /api/connections/{id}/graphql', input)) as GraphqlAnswer<Data>
  }

  return {
    /** Runs a query or mutation. Errors of the third party are in `errors`; rejects with `KobleApiError` for Koble's. */
    request: <Data = unknown>(query: string, variables?: Variables, options?: GraphqlOptions) =>
      send<Data>({ query, variables }, options),
    /** The same by the name of an operation that is kept with the integration. */
    operation: <Data = unknown>(operation: string, variables?: Variables, options?: GraphqlOptions) =>
      send<Data>({ operation, variables }, options),
    /**
     * Every node of a list, fetching pages as they are needed: `for await (const issue of …)`. The query takes
     * `$first: Int!` and `$after: String` and selects `pageInfo { hasNextPage endCursor }` with `nodes` or
     * `edges { node }`. Rejects with `GraphqlPageError` when a page has errors or a cursor does not move.
     *
     * @example
     * const query = `query ($first: Int!, $after: String) {
     *   viewer { repositories(first: $first, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }
     * }`
     * for await (const repository of koble.graphql(id).paginate(query, { path: 'viewer.repositories' })) …
     */
    async *paginate<Node = unknown>(query: string, given: PaginateOptions): AsyncGenerator<Node, void, undefined> {
      const { variables, path, pageSize = pageSizeDefault, maxPages = maxPagesDefault, ...options } = given
      let after: string | null = null
      for (let page = 1; ; page += 1) {
        const answer: GraphqlAnswer = await send(
          { query, variables: { ...variables, first: pageSize, after } },
          options,
        )
        const { nodes, endCursor } = readPage(answer, path)
        yield* nodes as Node[]
        if (endCursor === null) return
        if (endCursor === after) throw new GraphqlPageError('The cursor does not move.', answer)
        if (page >= maxPages) throw new GraphqlPageError(`There are more than ${maxPages} pages.`, answer)
        after = endCursor
      }
    },
    /**
     * The results of a subscription as they come. Rejects with `KobleApiError` when it is refused or cannot go on; Koble
     * itself opens lost lines to the third party again.
     */
    async *subscribe<Data = unknown>(
      query: string,
      { transport: kind = 'graphql-ws', signal, onReconnected, ...rest }: SubscribeOptions = {},
    ): AsyncGenerator<Pick<GraphqlAnswer<Data>, 'data' | 'errors'>, void, undefined> {
      const body = { query, transport: kind, ...rest }
      const headers = { accept: 'text/event-stream' }
      const leaving = new AbortController()
      const leave = () => leaving.abort()
      signal?.addEventListener('abort', leave, { once: true })
      if (signal?.aborted) leave()
      try {
        const input = { params, body, headers, signal: leaving.signal }
        const response = await transport.open('POST /api/connections/{id}/graphql/subscriptions', input)
        for await (const { name, data } of readEvents(response)) {
          if (name === 'next') yield JSON.parse(data)
          else if (name === 'reconnected') onReconnected?.()
          else if (name === 'error') throw await readApiError(new Response(data, { status: 502 }))
          else if (name === 'complete') return
        }
        if (!leaving.signal.aborted) throw brokenOff()
      } catch (error) {
        if (!signal?.aborted) throw error
      } finally {
        signal?.removeEventListener('abort', leave)
        leaving.abort()
      }
    },
    /** What documents are checked against. */
    schema: (query?: Query<'GET /api/connections/{id}/graphql/schema'>, options?: CallOptions) =>
      transport.call('GET /api/connections/{id}/graphql/schema', { ...options, params, query }),
    /** Asks the third party for it now. */
    refreshSchema: (query?: Query<'GET /api/connections/{id}/graphql/schema'>, options?: CallOptions) =>
      transport.call('POST /api/connections/{id}/graphql/schema/refresh', { ...options, params, query }),
  }
}

/** The nodes of a page, and where the next begins; a page that is not whole must not pass for one. */
function readPage(answer: GraphqlAnswer, path: string): { nodes: unknown[]; endCursor: string | null } {
  const [error] = answer.errors
  if (error) throw new GraphqlPageError(error.message, answer)
  let found: unknown = answer.data
  for (const key of path.split('.')) found = (found as Variables | null | undefined)?.[key]
  const { nodes, edges, pageInfo } = (found ?? {}) as {
    nodes?: unknown[]
    edges?: { node: unknown }[]
    pageInfo?: { hasNextPage?: boolean; endCursor?: string | null }
  }
  const items = nodes ?? edges?.map(({ node }) => node)
  if (items === undefined || pageInfo?.hasNextPage === undefined) {
    throw new GraphqlPageError(`There is no list with pageInfo at "${path}".`, answer)
  }
  if (!pageInfo.hasNextPage) return { nodes: items, endCursor: null }
  if (!pageInfo.endCursor) throw new GraphqlPageError('There is a next page, and no cursor to it.', answer)
  return { nodes: items, endCursor: pageInfo.endCursor }
}

async function* readEvents(response: Response): AsyncGenerator<{ name: string; data: string }, void, undefined> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  const parse = createEventParser()
  try {
    for (;;) {
      const part = await reader?.read()
      if (part === undefined || part.done) return
      for (const { name, data } of parse(decoder.decode(part.value, { stream: true }))) {
        if (data !== undefined) yield { name: name ?? 'message', data }
      }
    }
  } finally {
    await reader?.cancel().catch(() => undefined)
  }
}

function brokenOff(): KobleApiError {
  return new KobleApiError({ code: 'network_error', status: 0, title: 'The subscription broke off' })
}
