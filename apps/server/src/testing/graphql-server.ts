import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'

// Required, so that all of them share one `graphql`, which refuses a second copy of itself. And Yoga's types would bring
// those of browsers into the whole program.
const load = createRequire(import.meta.url)
const { GraphQLError, NoSchemaIntrospectionCustomRule }: typeof import('graphql') = load('graphql')
const { useServer }: typeof import('graphql-ws/use/ws') = load('graphql-ws/use/ws')
const yogaPackage: {
  createSchema(options: object): import('graphql').GraphQLSchema
  createYoga(options: object): RequestListener
} = load('graphql-yoga')

interface Context {
  request: Request
}

/** A GraphQL API as services build it: GraphQL Yoga over HTTP and SSE, and graphql-ws. */
export interface GraphqlServer {
  origin: string
  /** The operations that came over HTTP, introspection among them. */
  requests: { headers: IncomingHttpHeaders; query: string; operationName?: string; variables?: unknown }[]
  /** What `add` was given. */
  added: string[]
  /** The bearer token that it accepts; null accepts all. */
  token: string | null
  introspection: boolean
  /** What sockets were opened with. */
  handshakes: { headers: IncomingHttpHeaders; params: Record<string, unknown> | undefined }[]
  /** So many subscriptions are running. */
  running: number
  /** Breaks off all sockets, as a restart of the service would. */
  dropSockets(): void
  close(): Promise<void>
}

const typeDefs = /* GraphQL */ `
  type Thing { id: ID! name: String! parent: Thing }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Things { nodes: [Thing!]! pageInfo: PageInfo! }
  type Query {
    viewer: Thing
    echo(text: String!): String
    things(first: Int!, after: String): Things!
    failing: String
    secret: String
  }
  type Mutation { add(name: String!): Int! addSecretly(name: String!): Int }
  type Subscription { ticks(count: Int!): Int! }
`

/** Starts one; `close` it in `afterAll`. */
export async function startGraphqlServer(): Promise<GraphqlServer> {
  const sockets = new Set<WebSocket>()
  const names = ['a', 'b', 'c', 'd', 'e']
  const authorized = (value: unknown) => server.token === null || value === `Bearer ${server.token}`
  const refusal = () => new GraphQLError('Log in first', { extensions: { code: 'UNAUTHENTICATED' } })

  const schema = yogaPackage.createSchema({
    typeDefs,
    resolvers: {
      Query: {
        viewer: () => ({ id: '1', name: 'Ada' }),
        echo: (_root: unknown, { text }: { text: string }) => text,
        things(_root: unknown, { first, after }: { first: number; after?: string }) {
          const start = after ? Number(after) : 0
          const end = start + first
          const nodes = names.slice(start, end).map((name, index) => ({ id: String(start + index), name }))
          return { nodes, pageInfo: { hasNextPage: end < names.length, endCursor: String(end) } }
        },
        failing: () => {
          throw new GraphQLError('It failed', { extensions: { code: 'BROKEN' } })
        },
        secret(_root: unknown, _given: unknown, { request }: Context) {
          if (!authorized(request.headers.get('authorization'))) throw refusal()
          return 'told'
        },
      },
      Mutation: {
        add: (_root: unknown, { name }: { name: string }) => server.added.push(name),
        addSecretly(_root: unknown, { name }: { name: string }, { request }: Context) {
          if (!authorized(request.headers.get('authorization'))) throw refusal()
          return server.added.push(name)
        },
      },
      Subscription: {
        ticks: {
          async *subscribe(_root: unknown, { count }: { count: number }) {
            server.running += 1
            try {
              for (let tick = 1; tick <= count; tick += 1) {
                yield { ticks: tick }
                await sleep(20)
              }
            } finally {
              server.running -= 1
            }
          },
        },
      },
    },
  })
  const yoga = yogaPackage.createYoga({
    schema,
    logging: false,
    maskedErrors: false,
    graphiql: false,
    plugins: [
      {
        onValidate({ addValidationRule }: { addValidationRule(rule: unknown): void }) {
          if (!server.introspection) addValidationRule(NoSchemaIntrospectionCustomRule)
        },
        onParams({
          params,
          request,
        }: {
          params: { query?: string; operationName?: string; variables?: unknown }
          request: Request
        }) {
          const { query = '', operationName, variables } = params
          server.requests.push({ headers: Object.fromEntries(request.headers), query, operationName, variables })
        },
      } as never,
    ],
  })
  const http = createServer(yoga)
  const socketServer = new WebSocketServer({ server: http, path: '/graphql' })
  useServer<Record<string, unknown>>(
    {
      schema,
      onConnect({ connectionParams, extra }) {
        const { headers } = (extra as unknown as { request: { headers: IncomingHttpHeaders } }).request
        server.handshakes.push({ headers, params: connectionParams })
        return authorized(connectionParams?.['authorization'])
      },
    },
    socketServer,
  )
  socketServer.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server: GraphqlServer = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    requests: [],
    added: [],
    token: null,
    introspection: true,
    handshakes: [],
    running: 0,
    dropSockets() {
      for (const socket of sockets) socket.terminate()
    },
    async close() {
      server.dropSockets()
      socketServer.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}
