import type { Evaluated, ExpressionProblem, Facts, Step } from './expression-context.ts'
import type { RequestProblem, RequestToCheck } from './request-rules.ts'

/** What the worker of the settings is asked, by the kind of job. */
export interface Jobs {
  checkExpressions: { steps: Step[] }
  evaluate: { steps: Step[]; facts: Facts; body: string | null }
  checkOpenapi: { text: string }
  /** The text goes along only when the worker says that it does not know the document; no request only makes it known. */
  validate: { key: string; text?: string; request: RequestToCheck | null }
}
export type JobKind = keyof Jobs

/** What it answers. */
export interface Answers {
  checkExpressions: ExpressionProblem[]
  evaluate: Evaluated
  /** What is wrong with the document, null for nothing. */
  checkOpenapi: string | null
  validate: RequestProblem[] | 'unknown'
}
