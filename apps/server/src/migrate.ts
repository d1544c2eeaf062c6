import { readConfig } from './config.ts'
import { openDatabase } from './database/client.ts'
import { startEmbeddedDatabase } from './database/embedded.ts'
import { migrate } from './database/migrate.ts'

/** `koble migrate`: brings the schema up to date without serving anything. */
try {
  const config = readConfig()
  const embedded = config.databaseUrl ? null : await startEmbeddedDatabase(config.dataDir)
  const database = openDatabase(config.databaseUrl ?? embedded?.url ?? '', () => {})
  try {
    const applied = await migrate(database.ownerPool)
    process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The schema is up to date\n')
  } finally {
    await database.close()
    await embedded?.stop()
  }
} catch (error) {
  process.stderr.write(`koble: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
