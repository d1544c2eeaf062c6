import type { KobleError } from '../errors/errors.ts'
import type { HeaderFields } from './headers.ts'

/**
 * Stands before each attempt of a call: breakers, limits. Whatever it lets in it is told the end of, exactly once, by
 * `answered` or `failed`.
 */
export interface CallGate {
  /**
   * Lets the attempt go, at once (`undefined`) or later, or fails it with what it throws. Whoever makes it wait asks for
   * the signal, which aborts when the call is over before its turn has come; it is made only then.
   */
  enter(waiting: () => AbortSignal): Promise<void> | undefined
  /** The head of an answer is here. Header names are in lower case. */
  answered(status: number, headers: HeaderFields): void
  /** There is no answer, and why: `provider_unreachable`, `client_closed`, … */
  failed(error: KobleError): void
}
