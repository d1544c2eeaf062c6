import { createExpressionContext, type ExpressionContext } from './expression-context.ts'
import { RequestRules } from './request-rules.ts'
import { type SchemaProblem, SchemaRules } from './schema-rules.ts'
import type { Answers, JobKind, Jobs } from './worker-jobs.ts'

/**
 * Runs what developers of an organization wrote (expressions, the patterns of their schemas) in a process apart from
 * the one that serves everyone: whoever started it ends it when it takes too long. One job at a time.
 */
const rulesKeptMax = 20
const rulesByKey = new Map<string, RequestRules>()
const schemasKeptMax = 200
const schemasByKey = new Map<string, SchemaRules>()
let expressions: ExpressionContext | undefined

const handlers: { [Kind in JobKind]: (job: Jobs[Kind]) => Answers[Kind] | Promise<Answers[Kind]> } = {
  checkExpressions({ steps }) {
    expressions ??= createExpressionContext()
    return expressions.check(steps)
  },
  evaluate({ steps, facts, body }) {
    expressions ??= createExpressionContext()
    return expressions.evaluate(steps, facts, body)
  },
  checkOpenapi({ text }) {
    try {
      new RequestRules(text)
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  },
  validate({ key, text, request }) {
    let rules = rulesByKey.get(key)
    if (rules === undefined) {
      if (text === undefined) return 'unknown'
      rules = new RequestRules(text)
      if (rulesByKey.size >= rulesKeptMax) rulesByKey.delete(rulesByKey.keys().next().value as string)
      rulesByKey.set(key, rules)
    }
    return request === null ? [] : rules.check(request)
  },
  checkSchema({ text, samples }) {
    try {
      const rules = new SchemaRules(text)
      return samples.flatMap((sample, index) => rules.check(sample).map(below(`examples.${index}`)))
    } catch (error) {
      return [{ path: 'schema', message: (error instanceof Error ? error.message : String(error)).slice(0, 1_000) }]
    }
  },
  validateData({ key, text, data }) {
    let rules = schemasByKey.get(key)
    if (rules === undefined) {
      if (text === undefined) return 'unknown'
      rules = new SchemaRules(text)
      if (schemasByKey.size >= schemasKeptMax) schemasByKey.delete(schemasByKey.keys().next().value as string)
      schemasByKey.set(key, rules)
    }
    return data.map((document) => (rules as SchemaRules).check(document))
  },
}

const below =
  (place: string) =>
  ({ path, message }: SchemaProblem): SchemaProblem => ({ path: path === '' ? place : `${place}.${path}`, message })

// Made ahead, so that no job pays for it.
expressions = createExpressionContext()
process.on('message', async ({ kind, job }: { kind: JobKind; job: never }) => {
  try {
    process.send?.({ answer: await handlers[kind](job) })
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
