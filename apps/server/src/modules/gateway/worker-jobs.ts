import type { Evaluated, ExpressionProblem, Facts, Step } from './expression-context.ts'
import type { RequestProblem, RequestToCheck } from './request-rules.ts'
import type { SchemaProblem } from './schema-rules.ts'

/** What the worker of the settings is asked, by the kind of job. */
export interface Jobs {
  checkExpressions: { steps: Step[] }
  evaluate: { steps: Step[]; facts: Facts; body: string | null }
  checkOpenapi: { text: string }
  /** The text goes along only when the worker says that it does not know the document; no request only makes it known. */
  validate: { key: string; text?: string; request: RequestToCheck | null }
  /** Each of the samples is JSON and has to fit. */
  checkSchema: { text: string; samples: string[] }
  /** The schema's text goes along only when the worker says that it does not know it. */
  validateData: { key: string; text?: string; data: string[] }
}
export type JobKind = keyof Jobs

/** What it answers. */
export interface Answers {
  checkExpressions: ExpressionProblem[]
  evaluate: Evaluated
  /** What is wrong with the document, null for nothing. */
  checkOpenapi: string | null
  validate: RequestProblem[] | 'unknown'
  /** What is wrong with the schema or its samples; none when all is well. */
  checkSchema: SchemaProblem[]
  /** Of each document what does not fit. */
  validateData: SchemaProblem[][] | 'unknown'
}
