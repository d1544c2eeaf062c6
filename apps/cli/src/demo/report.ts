import { styleText } from 'node:util'

/** Prints the steps of the demo, for people or, with `json`, one object a line for programs. */
export interface Report {
  /** Runs one step and prints how it went: `tell` turns its result into the line's text. */
  step<Result>(
    name: string,
    doing: string,
    work: () => Promise<Result>,
    tell: (result: Result) => StepLine,
  ): Promise<Result>
  /** Text around the steps; silent with `json`. */
  say(text: string): void
}

export interface StepLine {
  text: string
  /** What a program may want to know of the step. */
  facts: Record<string, unknown>
}

export function createReport(json: boolean, output: NodeJS.WriteStream = process.stdout): Report {
  const paint = (style: Parameters<typeof styleText>[0], text: string) => styleText(style, text, { stream: output })
  return {
    async step(name, doing, work, tell) {
      const startedAt = performance.now()
      const elapsed = () => Math.round(performance.now() - startedAt)
      try {
        const result = await work()
        const { text, facts } = tell(result)
        if (json) output.write(`${JSON.stringify({ step: name, ok: true, durationMs: elapsed(), ...facts })}\n`)
        else output.write(`  ${paint('green', '✓')} ${text} ${paint('dim', `${elapsed()} ms`)}\n`)
        return result
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (json) output.write(`${JSON.stringify({ step: name, ok: false, durationMs: elapsed(), message })}\n`)
        else output.write(`  ${paint('red', '✗')} ${doing} ${paint('dim', `${elapsed()} ms`)}\n`)
        throw error
      }
    },
    say(text) {
      if (!json) output.write(`${text}\n`)
    },
  }
}
