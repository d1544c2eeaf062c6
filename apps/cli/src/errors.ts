/** A failure the person at the terminal can do something about: what happened, and what to do, each one sentence. */
export class CliError extends Error {
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CliError'
    this.hint = hint
  }
}

/** 0 went well, 1 failed, 2 was called the wrong way. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const
