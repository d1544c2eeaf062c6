import type { KobleError } from '@koble/core/errors'
import type { CallGate, HeaderFields } from '@koble/core/http'

/**
 * The gate of a call that is signed: a signature serves one attempt (the other side may remember its nonce, or find it
 * too old), so each further attempt is signed anew before it passes the gate behind this one.
 */
export class SigningGate implements CallGate {
  readonly #gate: CallGate
  readonly #sign: () => Promise<void>
  #isFirst = true

  /** @param sign Puts a new signature into the headers of the call, which are sent as they are then. */
  constructor(gate: CallGate, sign: () => Promise<void>) {
    this.#gate = gate
    this.#sign = sign
  }

  enter(waiting: () => AbortSignal): Promise<void> | undefined {
    if (!this.#isFirst) return this.#sign().then(() => this.#gate.enter(waiting))
    this.#isFirst = false
    return this.#gate.enter(waiting)
  }

  answered(status: number, headers: HeaderFields): void {
    this.#gate.answered(status, headers)
  }

  failed(error: KobleError): void {
    this.#gate.failed(error)
  }
}
