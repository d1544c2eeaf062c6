import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, Script } from 'node:vm'

/** One expression of a transform, and where in the settings it stands. */
export interface Step {
  /** `transforms.0.request.body` */
  path: string
  /** What it makes: the whole body, the whole query, or what goes over the headers. `payload` is the body out of the body alone. */
  part: 'body' | 'query' | 'headers' | 'payload'
  expression: string
}

/** What expressions see beside the body. */
export interface Facts {
  method: string
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string | string[]>
  /** Of an answer. */
  status?: number
}

/** An expression that cannot be read, or that failed. */
export interface ExpressionProblem {
  path: string
  message: string
}

/** What the steps made; the body is JSON, null for none. */
export type Evaluated =
  | { problem: ExpressionProblem }
  | { notJson: true }
  | { query: unknown; headers: unknown; body: string | null }

/**
 * Evaluates JSONata where there is nothing to get hold of: a realm of its own, without Node's objects, in which no text
 * becomes code and no built-in can be changed. Only texts go in and out. It does not limit time or memory; whoever runs
 * it does.
 */
export interface ExpressionContext {
  /** The problems of those that cannot be parsed. */
  check(steps: readonly Step[]): ExpressionProblem[]
  /** Runs the steps in turn; `body` is JSON, null for none. */
  evaluate(steps: readonly Step[], facts: Facts, body: string | null): Promise<Evaluated>
}

export function createExpressionContext(): ExpressionContext {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } })
  const library = readFileSync(fileURLToPath(import.meta.resolve('jsonata')), 'utf8')
  new Script(base64InsideRealm).runInContext(context)
  new Script(library, { filename: 'jsonata.js' }).runInContext(context)
  const inside = new Script(evaluatorInsideRealm).runInContext(context) as {
    check(steps: string): string
    evaluate(steps: string, facts: string, body: string | null): Promise<string>
    takeBody(): string | null
  }
  return {
    check: (steps) => JSON.parse(inside.check(JSON.stringify(steps))),
    async evaluate(steps, facts, body) {
      const result = JSON.parse(await inside.evaluate(JSON.stringify(steps), JSON.stringify(facts), body))
      return 'query' in result ? { ...result, body: inside.takeBody() } : result
    },
  }
}

/** JSONata asks the browser or Node for these two; it is given plain ones. */
const base64InsideRealm = `
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
globalThis.window = {
  btoa(text) {
    let bits = ''
    for (const character of text) {
      if (character.charCodeAt(0) > 255) throw new TypeError('base64: only characters up to U+00FF')
      bits += character.charCodeAt(0).toString(2).padStart(8, '0')
    }
    const encoded = bits.replace(/.{1,6}/g, (six) => letters[parseInt(six.padEnd(6, '0'), 2)])
    return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=')
  },
  atob(encoded) {
    let bits = ''
    for (const letter of encoded.replace(/[\\s=]/g, '').replace(/-/g, '+').replace(/_/g, '/')) {
      if (!letters.includes(letter)) throw new TypeError('base64: there is a character that does not belong')
      bits += letters.indexOf(letter).toString(2).padStart(6, '0')
    }
    return (bits.match(/.{8}/g) ?? []).map((eight) => String.fromCharCode(parseInt(eight, 2))).join('')
  },
}
`

/** Written as text, because it has to be made of the realm's own objects. */
const evaluatorInsideRealm = `
const compile = globalThis.window.jsonata
const compiled = new Map()
const demand = (expression) => {
  let known = compiled.get(expression)
  if (known === undefined) {
    known = compile(expression)
    if (compiled.size >= 500) compiled.delete(compiled.keys().next().value)
    compiled.set(expression, known)
  }
  return known
}
const problemOf = (path, error) => {
  const at = error?.position === undefined ? '' : ' (position ' + error.position + ')'
  return { path, message: String(error?.message ?? error).slice(0, 500) + at }
}
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value) => ['string', 'number', 'boolean'].includes(typeof value)
const fits = (value, orNull) => isObject(value) && Object.values(value).every((one) =>
  isText(one) || (one === null && orNull) || (Array.isArray(one) && one.every(isText)))
const withTexts = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) =>
  [name, value === null ? null : Array.isArray(value) ? value.map(String) : String(value)]))
let lastBody = null

const evaluator = {
  check(steps) {
    const problems = []
    for (const { path, expression } of JSON.parse(steps)) {
      try {
        demand(expression)
      } catch (error) {
        problems.push(problemOf(path, error))
      }
    }
    return JSON.stringify(problems)
  },
  async evaluate(steps, facts, bodyText) {
    const input = JSON.parse(facts)
    let changed = false
    try {
      if (bodyText !== null) input.body = JSON.parse(bodyText)
    } catch {
      return JSON.stringify({ notJson: true })
    }
    for (const { path, part, expression } of JSON.parse(steps)) {
      try {
        const result = await demand(expression).evaluate(part === 'payload' ? input.body : input)
        if (part === 'body' || part === 'payload') {
          input.body = result
          changed = true
        } else if (!fits(result ?? {}, part === 'headers')) {
          throw new Error('It makes no object of texts.')
        } else if (part === 'query') {
          input.query = withTexts(result ?? {})
        } else {
          const lowered = Object.entries(withTexts(result ?? {})).map(([name, value]) => [name.toLowerCase(), value])
          const merged = { ...input.headers, ...Object.fromEntries(lowered) }
          input.headers = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
        }
      } catch (error) {
        return JSON.stringify({ problem: problemOf(path, error) })
      }
    }
    lastBody = !changed ? bodyText : input.body === undefined ? null : JSON.stringify(input.body)
    return JSON.stringify({ query: input.query, headers: input.headers })
  },
  takeBody() {
    const taken = lastBody
    lastBody = null
    return taken === undefined ? null : taken
  },
}

for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = globalThis[name]
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue
  if (value !== globalThis) Object.freeze(value)
  if (typeof value.prototype === 'object' && value.prototype !== null) Object.freeze(value.prototype)
}
for (const made of [async () => {}, function* () {}, async function* () {}, [][Symbol.iterator](), new Map().entries()]) {
  Object.freeze(Object.getPrototypeOf(made))
}
evaluator
`
