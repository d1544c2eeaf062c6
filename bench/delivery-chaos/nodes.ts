import { setTimeout as sleep } from 'node:timers/promises'
import { generateMasterKey } from '@koble/core/crypto'
import { type Answer, call } from '../../apps/server/src/testing/http-call.ts'
import { type Program, startProgram } from '../../apps/server/src/testing/program.ts'

/** A place for one process of Koble, which may be empty for a while. */
export interface Node {
  role: Role
  /** Where it was last; nobody may be there now. */
  readonly url: string
  /** Ends it without notice. */
  kill(): Promise<void>
  /** Starts another in its place, as soon as one will start: not before the database is there. */
  start(): Promise<void>
  /** Asks it to end, and says whether it did so by itself. */
  stop(): Promise<boolean>
  /** What it wrote, and what those before it wrote. */
  output(): string
}

export type Role = 'api' | 'all' | 'worker'

export interface Nodes {
  all: Node[]
  /** A call to the API, as its owner; throws on anything but success. */
  api<Body>(method: string, path: string, body?: object): Promise<Body>
  apiKey: string
}

const apiKey = 'koble_delivery_chaos_000000000000000000000000'
const retryMs = 300

/** Starts processes of these roles on one database. */
export async function startNodes(
  roles: readonly Role[],
  options: { databaseUrl: string; trustedCertificates: string },
): Promise<Nodes> {
  const environment = {
    NODE_ENV: 'production',
    DATABASE_URL: options.databaseUrl,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: apiKey,
    KOBLE_PUBLIC_URL: 'http://koble.invalid',
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    NODE_EXTRA_CA_CERTS: options.trustedCertificates,
  }
  const [first, ...others] = roles.map((role) => createNode(role, { ...environment, KOBLE_ROLE: role }))
  // The first makes the schema and the organization; the others would only wait for it.
  await first?.start()
  await Promise.all(others.map((node) => node.start()))
  return {
    all: first ? [first, ...others] : [],
    apiKey,
    async api<Body>(method: string, path: string, body?: object) {
      const answer: Answer<Body> = await call(method, `${first?.url}${path}`, { key: apiKey, body })
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}

function createNode(role: Role, environment: Record<string, string>): Node {
  let program: Program | null = null
  let url = ''
  const former: string[] = []
  const forget = () => {
    if (program) former.push(program.output())
    program = null
  }
  return {
    role,
    get url() {
      return url
    },
    async kill() {
      program?.kill('SIGKILL')
      await program?.ended
      forget()
    },
    async start() {
      while (program === null) {
        try {
          program = await startProgram(environment)
          url = program.url
        } catch (error) {
          former.push(String(error))
          if (former.length > 1_000) throw error
          await sleep(retryMs)
        }
      }
    },
    async stop() {
      if (program === null) return true
      program.kill('SIGTERM')
      const { code } = await program.ended
      forget()
      return code === 0
    },
    output: () => [...former, program?.output() ?? ''].join('\n'),
  }
}
