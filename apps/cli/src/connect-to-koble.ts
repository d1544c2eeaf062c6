import { createKoble, type Koble, KobleApiError } from '@koble/sdk'
import { findApiKey } from './demo/find-api-key.ts'
import { CliError } from './errors.ts'

/** Where a running Koble answers, and with which key. */
export interface KobleAddress {
  url: string
  apiKey?: string
}

/** Asks a running Koble; what it refuses is said in one line. */
export async function askKoble<Result>(
  { url, apiKey }: KobleAddress,
  ask: (koble: Koble) => Promise<Result>,
): Promise<Result> {
  const koble = createKoble({ baseUrl: url, apiKey: findApiKey(apiKey) })
  try {
    return await ask(koble)
  } catch (error) {
    if (!(error instanceof KobleApiError)) throw error
    throw new CliError(error.message, `That is what ${url} answered (${error.code}).`, { cause: error })
  }
}
