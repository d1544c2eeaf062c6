import { KobleError } from '@koble/core/errors'
import { type Config, readConfig } from './config.ts'
import { type Database, openDatabase } from './database/client.ts'
import { startEmbeddedDatabase } from './database/embedded.ts'

/** What a command of the operator works on: the database that the environment names, or the embedded one. */
export interface Operation {
  config: Config
  database: Database
  databaseUrl: string
  say(line: string): void
}

/**
 * Runs one command of the operator's beside a Koble that serves, or without one. Its exit code becomes that of the
 * process; what goes wrong is said in one line.
 */
export async function operate(work: (operation: Operation) => Promise<number>): Promise<void> {
  try {
    const config = readConfig()
    const embedded = config.databaseUrl ? null : await startEmbeddedDatabase(config.dataDir)
    const databaseUrl = config.databaseUrl ?? embedded?.url ?? ''
    const database = openDatabase(databaseUrl, () => {})
    try {
      const say = (line: string) => void process.stdout.write(`${line}\n`)
      process.exitCode = await work({ config, database, databaseUrl, say })
    } finally {
      await database.close()
      await embedded?.stop()
    }
  } catch (error) {
    const isUnknown = !(error instanceof KobleError) && error instanceof Error
    process.stderr.write(`koble: ${isUnknown ? (error.stack ?? error.message) : (error as Error).message}\n`)
    process.exitCode = 1
  }
}
