import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CliError } from '../errors.ts'

/** The key to call with: the one given, else of the environment, else of the file the first start has written. */
export function findApiKey(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const key = given ?? environment.KOBLE_ADMIN_API_KEY
  if (key) return key
  const file = join(resolve(environment.KOBLE_DATA_DIR || '.koble'), 'admin-api-key')
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new CliError(
      `No API key was given, and there is none in ${file}.`,
      'Run it in the folder where Koble was started, or give the key with --api-key.',
      { cause },
    )
  }
}
