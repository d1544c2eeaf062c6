import { KobleApiError } from '@koble/sdk'
import { CliError } from '../errors.ts'

/** Turns what the SDK rejects with into what the person at the terminal can do about it. */
export function explain(error: unknown, url: string): unknown {
  if (!(error instanceof KobleApiError)) return error
  const options = { cause: error }
  if (error.code === 'network_error') {
    return new CliError(
      `Nothing answers at ${url}.`,
      'Start Koble with `npm start`, or say with --url where it runs.',
      options,
    )
  }
  if (error.code === 'unexpected_response') {
    return new CliError(`What answers at ${url} is not Koble.`, 'Say with --url where it runs.', options)
  }
  if (error.code === 'unauthenticated') {
    return new CliError('The API key is not valid here.', 'Give the right one with --api-key.', options)
  }
  if (error.code === 'forbidden') {
    return new CliError(
      'The API key may not do this.',
      'Give one with the role developer or higher with --api-key.',
      options,
    )
  }
  const request = error.requestId === null ? '' : ` (request ${error.requestId})`
  return new CliError(`Koble refused: ${error.message}${request}`, "The server's log has more.", options)
}
