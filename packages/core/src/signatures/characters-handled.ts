type Method = (...values: unknown[]) => unknown
/** What a call touched, from the text, the arguments and the result. */
type Cost = (text: string, values: unknown[], result: unknown) => number

const whole: Cost = (text) => text.length
/** From where the search started to where it ended. */
const searched: Cost = (text, [wanted, from], result) => {
  const start = Number(from ?? 0)
  return result === -1 || result === false ? text.length - start : Number(result) - start + String(wanted).length
}
const compared: Cost = (_, [wanted]) => String(wanted).length
const made: Cost = (_, __, result) => String(result).length

const costs: Record<string, Cost> = {
  split: whole,
  replace: whole,
  replaceAll: whole,
  match: whole,
  trim: whole,
  toLowerCase: whole,
  includes: whole,
  indexOf: searched,
  lastIndexOf: whole,
  startsWith: compared,
  endsWith: compared,
  slice: made,
}

/**
 * How many characters a function has the methods of texts and regular expressions touch: work that grows with the
 * square of its input shows here, where a clock would only show how busy the machine is.
 */
export function charactersHandled(run: () => void): number {
  let count = 0
  const restore = [
    ...Object.entries(costs).map(([name, cost]) =>
      replaced(String.prototype, name, (text, values, result) => {
        count += cost(String(text), values, result)
      }),
    ),
    ...['test', 'exec'].map((name) =>
      replaced(RegExp.prototype, name, (_, [text]) => {
        count += String(text).length
      }),
    ),
  ]
  try {
    run()
  } finally {
    for (const each of restore) each()
  }
  return count
}

function replaced(
  prototype: object,
  name: string,
  seen: (self: unknown, values: unknown[], result: unknown) => void,
): () => void {
  const methods = prototype as Record<string, Method>
  const original = methods[name] as Method
  methods[name] = function (this: unknown, ...values: unknown[]) {
    const result = original.apply(this, values)
    seen(this, values, result)
    return result
  }
  return () => {
    methods[name] = original
  }
}
