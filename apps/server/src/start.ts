import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KobleError } from '@koble/core/errors'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { buildPages, pagesOf } from './build-pages.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database/client.ts'
import { type EmbeddedDatabase, startEmbeddedDatabase } from './database/embedded.ts'
import { migrate } from './database/migrate.ts'
import { generateApiKey } from './modules/api-keys/service.ts'
import { openInstanceKeys } from './modules/encryption/instance-keys.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { noSandbox, type Sandbox, startSandbox } from './modules/sandbox/service.ts'
import { createServices } from './services.ts'
import { releaseStartUp } from './spare-memory.ts'
import { version } from './version.ts'

export { version }

/** A running Koble. */
export interface Running {
  /** Where it listens: `http://127.0.0.1:3000`; null for a worker. */
  address: string | null
  /** Drains requests and jobs, then lets go of everything. */
  stop(): Promise<void>
  /** What a person needs to get going. */
  welcome: string[]
}

/** Starts what the configuration asks for. Whatever was started before a failure is stopped again. */
export async function start(config: Config): Promise<Running> {
  const log = pino({ level: config.logLevel, redact: ['req.headers.authorization', 'req.headers.cookie'] })
  const undo: (() => Promise<void>)[] = []
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= (async () => {
      for (const step of undo.reverse()) {
        await step().catch((error) => log.error({ err: error }, 'a part did not stop cleanly'))
      }
    })()
    return stopped
  }
  try {
    const servesApi = config.role !== 'worker'
    const withSandbox = config.mode === 'development' && servesApi
    const beginnings = [
      config.databaseUrl ? null : startEmbeddedDatabase(config.dataDir).then((started) => stopLast(undo, started)),
      withSandbox ? startSandbox(config.publicUrl).then((started) => stopLater(undo, started)) : noSandbox,
      servesApi ? buildPages() : null,
    ] as const
    // When one fails, what the others have started must be known before it can be stopped.
    await Promise.allSettled(beginnings)
    const [embedded, sandbox] = await Promise.all(beginnings)
    const databaseUrl = config.databaseUrl ?? embedded?.url ?? ''
    const database = openDatabase(databaseUrl, (error) => log.warn({ err: error }, 'a database connection broke'))
    undo.push(() => database.close())
    await migrate(database.ownerPool).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new KobleError('database_start_failed', `DATABASE_URL: the database could not be prepared: ${reason}`, {
        cause,
      })
    })

    const keys = await openInstanceKeys(createEncryptionStore(database), config.keys)
    const services = createServices({ config: { ...config, databaseUrl }, database, keys, sandbox, log })
    undo.push(() => services.stop())
    await services.changes.start()
    await services.sharedState?.start()
    const welcome = await firstStart(config, services)

    if (config.role !== 'api') {
      await services.queue.start()
      await services.outbound.start()
      // Jobs come to their end first: they publish messages.
      undo.push(() => services.outbound.stop())
      undo.push(() => services.queue.stop())
    }
    if (!servesApi) return { address: null, stop, welcome: ['Koble works on jobs.'] }

    const app = await buildApp({
      services,
      database,
      config,
      version,
      sandbox: sandbox !== noSandbox,
      log,
      dashboardDir: pagesOf('dashboard'),
      portalDir: pagesOf('portal'),
    })
    const keyUse = setInterval(() => void services.apiKeys.flush().catch(() => {}), 10_000)
    undo.push(async () => clearInterval(keyUse))
    undo.push(() => app.close())
    releaseStartUp()
    // Fastify would announce itself in JSON just before the person is greeted.
    log.level = 'silent'
    const address = await app.listen({ host: config.host, port: config.port }).catch((cause: NodeJS.ErrnoException) => {
      const key = cause.code === 'EADDRINUSE' || cause.code === 'EACCES' ? 'PORT' : 'HOST'
      const hint = cause.code === 'EADDRINUSE' ? 'the port is taken; choose another' : cause.message
      throw new KobleError('config_invalid', `${key}: ${hint}`, { cause })
    })
    log.level = config.logLevel
    return { address, stop, welcome }
  } catch (error) {
    await stop()
    throw error
  }
}

function stopLast(undo: (() => Promise<void>)[], embedded: EmbeddedDatabase): EmbeddedDatabase {
  undo.unshift(() => embedded.stop())
  return embedded
}

function stopLater(undo: (() => Promise<void>)[], sandbox: Sandbox): Sandbox {
  undo.push(() => sandbox.stop())
  return sandbox
}

/** Makes the first organization and its key, and the link by which its first owner signs up. */
async function firstStart(config: Config, services: ReturnType<typeof createServices>): Promise<string[]> {
  const lines: string[] = []
  const { organization, created } = await services.organizations.bootstrap()
  if (created) {
    const key = config.adminApiKey ?? generateApiKey()
    await services.apiKeys.bootstrap(organization.id, key)
    if (!config.adminApiKey) {
      const file = join(config.dataDir, 'admin-api-key')
      mkdirSync(config.dataDir, { recursive: true })
      writeFileSync(file, `${key}\n`, { mode: 0o600 })
      lines.push(`Admin API key (shown this once, kept in ${file}):`, `  ${key}`, '')
    }
  }
  if (await services.organizations.needsOwner()) {
    lines.push(
      'Open this link to set up Koble; it works once:',
      `  ${await services.organizations.ownerLink(organization.id)}`,
    )
  } else {
    lines.push(`Open ${config.publicUrl}`)
  }
  return lines
}
