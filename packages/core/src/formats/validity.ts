import { KobleError } from '../errors/errors.ts'

/** Why a text is not of a format. `message` is for people and never holds the text, which may be a person's. */
export interface FormatProblem<Reason extends string = string> {
  reason: Reason
  message: string
}

/** What a `validate…` function found. */
export type Validity<Reason extends string = string> = { valid: true } | ({ valid: false } & FormatProblem<Reason>)

/** What a check found: the value in its plain form, or the problem. */
export type Finding<Value, Reason extends string> = { value: Value } | { problem: FormatProblem<Reason> }

export function problem<Reason extends string>(reason: Reason, message: string): { problem: FormatProblem<Reason> } {
  return { problem: { reason, message } }
}

/** @throws KobleError `invalid_request` with `details: {format, reason}`. */
export function foundOrThrow<Value>(format: string, finding: Finding<Value, string>): Value {
  if ('value' in finding) return finding.value
  const { reason, message } = finding.problem
  throw new KobleError('invalid_request', message, { status: 400, details: { format, reason } })
}

export function validityOf<Reason extends string>(finding: Finding<unknown, Reason>): Validity<Reason> {
  return 'value' in finding ? { valid: true } : { valid: false, ...finding.problem }
}

/** Without the spaces that people group digits with, no-break and thin ones among them. */
export function withoutSpaces(text: string): string {
  return text.replace(/[ \u00a0\u2009\u202f]/g, '')
}
