import { KobleError } from '../errors/errors.ts'

/** A scheme that makes no sense, or a caller who does not pass what it needs: a defect, not an answer to a delivery. */
export function schemeError(problem: string): KobleError {
  return new KobleError('signature_scheme_invalid', `The signature scheme ${problem}.`)
}

/** A secret with which nothing can be signed. */
export function secretError(): KobleError {
  return new KobleError(
    'signature_secret_invalid',
    'The webhook secret is blank or not in the form its scheme needs.',
    { status: 400 },
  )
}
