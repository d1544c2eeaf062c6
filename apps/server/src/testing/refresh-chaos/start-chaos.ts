import { fork } from 'node:child_process'
import { join } from 'node:path'
import { generateMasterKey } from '@koble/core/crypto'
import pg from 'pg'
import { createBrowser } from '../browser.ts'
import { type Answer, call } from '../http-call.ts'
import { type Program, startProgram } from '../program.ts'
import { type Lane, startTokenProxy, type TokenProxy } from './token-proxy.ts'

/** One connected account, and what its token requests go through. */
export interface Subject {
  id: string
  account: string
  lane: Lane
}

/** Several servers on one database, a provider that forgives nothing, and a proxy between them. */
export interface Chaos {
  nodes: Program[]
  proxy: TokenProxy
  database: pg.Pool
  connect(): Promise<Subject>
  /** One call as the account, through that node. */
  callThrough(node: number, subject: Subject): Promise<Answer<{ code?: string }>>
  /** So many calls at the same moment, spread over the nodes that live; how many got which status. */
  callMany(subject: Subject, count: number): Promise<Record<number, number>>
  /** Ends a node without notice, and starts another in its place. */
  kill(node: number): Promise<() => Promise<void>>
  /** Makes the connection's token run out now, on every node. */
  expire(subject: Subject): Promise<void>
  /** A dead node's lease ends now instead of in less than a minute. */
  endLease(subject: Subject): Promise<void>
  /** The pause after a failure ends now. */
  endPause(subject: Subject): Promise<void>
  row(subject: Subject): Promise<{ status: string; errorCode: string | null; version: number }>
  /** The accounts whose grant the provider has ended. */
  revoked(): Promise<Set<string>>
  stop(): Promise<void>
}

const apiKey = 'koble_refresh_chaos_0000000000000000000000000'
const publicUrl = 'http://koble.invalid'

export async function startChaos(options: {
  databaseUrl: string
  nodes: number
  accessTokenSeconds: number
}): Promise<Chaos> {
  const callback = `${publicUrl}/api/auth/callback/oauth2`
  const provider = fork(
    join(import.meta.dirname, 'rotating-provider.ts'),
    [callback, String(options.accessTokenSeconds)],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  )
  const issuer = await new Promise<string>((resolve, reject) => {
    provider.once('message', (message: { issuer: string }) => resolve(message.issuer))
    provider.once('exit', () => reject(new Error('the provider ended before it was ready')))
  })
  const proxy = await startTokenProxy(`${issuer}/token`)
  const environment = {
    NODE_ENV: 'production',
    DATABASE_URL: options.databaseUrl,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: apiKey,
    KOBLE_PUBLIC_URL: publicUrl,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    // The jobs would renew tokens on their own account.
    KOBLE_ROLE: 'api',
  }
  const nodes = [await startProgram(environment)]
  while (nodes.length < options.nodes) nodes.push(await startProgram(environment))
  const database = new pg.Pool({ connectionString: options.databaseUrl, max: 4 })
  database.on('error', () => {})
  const request = <Body>(node: number, method: string, path: string, body?: object) =>
    call<Body>(method, `${nodes[node]?.url}${path}`, { key: apiKey, body })
  const integration = await request<{ id: string }>(0, 'POST', '/api/integrations', {
    provider: 'oauth2',
    credentials: { clientId: 'koble', clientSecret: 'the-client-secret' },
    scopes: ['openid'],
    config: {
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${proxy.origin}/token`,
      apiUrl: proxy.apiUrl,
      userInfoUrl: `${issuer}/me`,
    },
  })
  if (integration.status !== 201) throw new Error(JSON.stringify(integration.body))
  const dead = new Set<number>()

  const callThrough = (node: number, { id }: Subject) =>
    call<{ code?: string }>('GET', `${nodes[node]?.url}/api/proxy/things`, {
      key: apiKey,
      headers: { 'koble-connection': id },
    })
  const set = async ({ id }: Subject, change: string) => {
    await database.query(`UPDATE connections SET ${change} WHERE id = $1`, [id])
  }

  return {
    nodes,
    proxy,
    database,
    callThrough,
    async connect() {
      const lane = proxy.expectSignIn()
      const input = { externalUserId: 'u1', integrations: [integration.body.id] }
      const session = await request<{ id: string; token: string }>(0, 'POST', '/api/connect-sessions', input)
      const browser = createBrowser()
      const query = new URLSearchParams({ token: session.body.token, integrationId: integration.body.id })
      const back = await browser.open(`${nodes[0]?.url}/api/connect/oauth2?${query}`, {
        follow: (target) => target.origin !== publicUrl,
      })
      const target = new URL(back.location ?? 'missing:', back.url)
      const page = await browser.open(`${nodes[0]?.url}${target.pathname}${target.search}`)
      const path = `/api/connect-sessions/${session.body.id}`
      const { body } = await request<{ connections: { id: string; accountId: string }[] }>(0, 'GET', path)
      const connection = body.connections[0]
      if (!connection) throw new Error(`The account was not connected:\n${page.html}`)
      return { id: connection.id, account: connection.accountId, lane }
    },
    async callMany(subject, count) {
      const alive = nodes.map((_, index) => index).filter((index) => !dead.has(index))
      const answers = await Promise.all(
        Array.from({ length: count }, (_, index) => callThrough(alive[index % alive.length] as number, subject)),
      )
      return Object.fromEntries(
        [...Map.groupBy(answers, ({ status }) => status)].map(([status, those]) => [status, those.length]),
      )
    },
    async kill(node) {
      dead.add(node)
      nodes[node]?.kill('SIGKILL')
      await nodes[node]?.ended
      return async () => {
        nodes[node] = await startProgram(environment)
        dead.delete(node)
      }
    },
    // The status is named so that the trigger tells all nodes.
    expire: (subject) => set(subject, "token_expires_at = now() - interval '1 second', status = status"),
    endLease: (subject) => set(subject, 'refresh_until = now()'),
    endPause: (subject) => set(subject, 'refresh_not_before = NULL'),
    async row({ id }) {
      const { rows } = await database.query(
        'SELECT status, error_code AS "errorCode", credential_version AS version FROM connections WHERE id = $1',
        [id],
      )
      return rows[0]
    },
    async revoked() {
      const answer = await call<{ revoked: string[] }>('GET', `${issuer}/facts`)
      return new Set(answer.body.revoked)
    },
    async stop() {
      for (const node of nodes) node.kill('SIGTERM')
      await Promise.all(nodes.map(({ ended }) => ended))
      await database.end()
      await proxy.close()
      provider.removeAllListeners('exit')
      provider.disconnect()
    },
  }
}
