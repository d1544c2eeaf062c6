import type { PluginRun } from '@koble/contract/plugins'
import { z } from 'zod'
import { storableJson } from '../../database/storable.ts'
import type { SandboxOutcome, SandboxProblem } from './plugin-sandbox.ts'

/** What a plugin made of an event. */
export interface PluginResult {
  dropped: boolean
  /** Why, if it says so. */
  reason: string | null
  /** The type of the message that is forwarded; null leaves it. */
  eventType: string | null
  /** Its body as JSON; null leaves it. */
  body: string | null
}

/** A call in the words of the API, and what it made: nothing where it failed. */
export interface JudgedOutcome {
  report: Pick<PluginRun, 'outcome' | 'error' | 'log' | 'durationMs'>
  result: PluginResult
}

const unchanged: PluginResult = { dropped: false, reason: null, eventType: null, body: null }
const dropping = z.strictObject({ drop: z.literal(true), reason: z.string().max(300).nullish() })
const changing = z.strictObject({
  drop: z.literal(false).optional(),
  eventType: z
    .string()
    .max(200)
    .regex(/^[!-~]+$/, 'is not made of visible ASCII characters')
    .refine((type) => !/^koble(\.|$)/.test(type), 'is reserved for Koble')
    .optional(),
  data: z.unknown(),
})

/** Judges what came out of the sandbox. A member that means nothing is refused: it may be a slip. */
export function judgeOutcome({ problem, result: json, log, durationMs }: SandboxOutcome): JudgedOutcome {
  const made = problem ?? readResult(json)
  if ('code' in made) return { report: { outcome: 'failed', error: made, log, durationMs }, result: unchanged }
  const isChanged = made.eventType !== null || made.body !== null
  const outcome = made.dropped ? 'dropped' : isChanged ? 'changed' : 'unchanged'
  return { report: { outcome, error: null, log, durationMs }, result: made }
}

function readResult(json: string | null): PluginResult | SandboxProblem {
  if (json === null) return unchanged
  try {
    const value: unknown = JSON.parse(json)
    if ((value as { drop?: unknown } | null)?.drop === true) {
      const { reason } = dropping.parse(value)
      return { ...unchanged, dropped: true, reason: typeof reason === 'string' ? storableJson(reason) : null }
    }
    const { eventType = null, data } = changing.parse(value)
    return { ...unchanged, eventType, body: data === undefined ? null : JSON.stringify(data) }
  } catch (error) {
    // The other one is data nested deeper than can be written again.
    const reasons =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
        : [error instanceof Error ? error.message : String(error)]
    const message = `It returned what it must not. ${reasons.join('; ')}`
    return { code: 'plugin_output_invalid', message: storableJson(message).slice(0, 300) }
  }
}
