import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild, temporaryFolder } from './child.ts'

const main = join(import.meta.dirname, '..', '..', 'apps', 'server', 'src', 'main.ts')

/** A Koble of its own: the real program, its own data directory, its own embedded PostgreSQL. */
export interface Koble extends Child {
  /** Calls the API as the first administrator; throws on anything but success. */
  api<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
  apiKey: string
}

/** Starts a Koble. Without a data directory it gets a fresh one, which is removed when it has ended. */
export async function startKoble(
  name: string,
  options: { env?: Record<string, string>; dataDir?: string } = {},
): Promise<Koble> {
  const folder = options.dataDir === undefined ? temporaryFolder(name) : null
  const dataDir = options.dataDir ?? folder?.path ?? ''
  const child = await startChild(main, {
    env: {
      KOBLE_DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      // Whatever the bench is called with, it is not to reach a database that somebody needs.
      DATABASE_URL: '',
      ...options.env,
    },
    onStopped: folder?.remove,
  })
  const apiKey = readFileSync(join(dataDir, 'admin-api-key'), 'utf8').trim()
  return {
    ...child,
    apiKey,
    async api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
      const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` }
      if (body !== undefined) headers['content-type'] = 'application/json'
      const content = body === undefined ? null : JSON.stringify(body)
      const response = await fetch(`${child.origin}${path}`, { method, headers, body: content })
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as Answer
    },
  }
}
