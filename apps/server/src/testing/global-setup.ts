import type { TestProject } from 'vitest/node'
import { buildPages } from '../build-pages.ts'
import { openDatabase } from '../database/client.ts'
import { startEmbeddedDatabase } from '../database/embedded.ts'
import { migrate } from '../database/migrate.ts'
import { createDataDir, removeAbandonedDataDirs } from './data-dir.ts'
import { templateName, urlOfDatabase } from './test-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of this run, as its superuser. */
    databaseServerUrl: string
  }
}

/**
 * One PostgreSQL for the whole run, with a migrated database that each test file clones. What it holds is thrown away,
 * so it need not survive a power cut: without fsync a clone takes a tenth of a second.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Tests start the program itself, several at once: one build now instead of one race then.
  await buildPages()
  await removeAbandonedDataDirs()
  const dataDir = createDataDir()
  const flags = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_wal_size=2GB']
  const server = await startEmbeddedDatabase(dataDir.path, flags)
  try {
    await prepareTemplate(server.url)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('databaseServerUrl', server.url)
  return async () => {
    await server.stop()
    // Which leaves it running for as long as anybody is connected.
    await dataDir.remove()
  }
}

async function prepareTemplate(serverUrl: string): Promise<void> {
  const server = openDatabase(serverUrl, () => {})
  await server.ownerPool.query(`CREATE DATABASE ${templateName}`)
  await server.close()
  const template = openDatabase(urlOfDatabase(serverUrl, templateName), () => {})
  await migrate(template.ownerPool)
  await template.close()
}
