/**
 * What surrounds a plugin inside the sandbox, as JavaScript. It takes hold of what it needs before the plugin can change
 * it; whatever else the plugin does to its world, it does to itself alone. Lines of `console` leave it as they are
 * written, so that those of a call that never ends are kept.
 */
export const harness = `(emit) => {
  const { parse, stringify } = JSON
  const { InternalError, String, TypeError } = globalThis
  const shown = (value) => {
    if (typeof value === 'string') return value
    if (value instanceof Error) return String(value)
    try { return stringify(value) ?? String(value) } catch { return String(value) }
  }
  const write = (...values) => {
    let line = ''
    for (let index = 0; index < values.length; index += 1) line += (index > 0 ? ' ' : '') + shown(values[index])
    emit(line)
  }
  globalThis.console = { debug: write, error: write, info: write, log: write, warn: write }
  return {
    async run(loaded, event) {
      const { default: main } = await loaded
      if (typeof main !== 'function') {
        throw new TypeError('There is no function to call: write "export default function (event) { … }".')
      }
      return event === null ? undefined : await main(parse(event))
    },
    /** JSON; nothing for nothing, and for what is no JSON an exclamation mark with the reason. */
    toJson(made) {
      if (made === undefined || made === null) return undefined
      if (typeof made !== 'object') return '!It returned no object, but a ' + typeof made + '.'
      let reason = 'It returned what is no JSON.'
      try {
        const json = stringify(made)
        if (typeof json === 'string') return json
      } catch (error) {
        reason = 'It returned what is no JSON: ' + String(error)
      }
      return '!' + reason
    },
    /** Message and stack; nothing when there is no room to say it. */
    describe(error) {
      try {
        if (typeof error !== 'object' || error === null) return 'It threw ' + shown(error)
        const { stack } = error
        return String(error) + '\\n' + (typeof stack === 'string' ? stack : '')
      } catch (problem) {
        return problem instanceof InternalError ? '' : 'It threw what does not let itself be told.'
      }
    },
  }
}`
