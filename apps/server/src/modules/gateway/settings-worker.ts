import { createExpressionContext, type ExpressionContext } from './expression-context.ts'
import { RequestRules } from './request-rules.ts'
import type { Answers, JobKind, Jobs } from './worker-jobs.ts'

/**
 * Runs what developers of an organization wrote (expressions, the patterns of their schemas) in a process apart from
 * the one that serves everyone: whoever started it ends it when it takes too long. One job at a time.
 */
const rulesKeptMax = 20
const rulesByKey = new Map<string, RequestRules>()
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
}

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
