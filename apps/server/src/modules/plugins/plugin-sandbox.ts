import variant from '@jitl/quickjs-wasmfile-release-sync'
import {
  type EmscriptenModuleLoaderOptions,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core'
import { storableJson } from '../../database/storable.ts'
import { harness } from './harness.ts'

/** One call of a plugin. */
export interface SandboxCall {
  /** An ES module. */
  code: string
  /** JSON, handed to the default export; null only loads the module, to see whether that can be done. */
  event: string | null
  /** Of computing, in milliseconds; waiting for a processor does not count. */
  timeoutMs: number
}

/** Why a call came to nothing. */
export interface SandboxProblem {
  code: 'plugin_timeout' | 'plugin_memory' | 'plugin_failed' | 'plugin_output_invalid'
  message: string
  /** Where in the code, both counted from 1. */
  line?: number
  column?: number
}

/** What a call came to; `result` is JSON, null for nothing. */
export interface SandboxOutcome {
  result: string | null
  problem: SandboxProblem | null
  log: string[]
  durationMs: number
}

/** Runs code that nobody has read. It blocks the thread it runs in for as long as the call takes. */
export interface PluginSandbox {
  run(call: SandboxCall): SandboxOutcome
  /** The interpreter is in no state to be used again: code that ran out of memory may leave it so. */
  isBroken: boolean
}

/** Of the code and what it makes. Beside them stand 5 MiB of stack and the interpreter's own data. */
const memoryBytesMax = 16 * 1024 * 1024
const memoryPages = (memoryBytesMax + 6 * 1024 * 1024) / (64 * 1024)
const stackBytesMax = 256 * 1024
/** A text may take twice as much in there, and what is read of it several times that. */
const eventBytesMax = 4 * 1024 * 1024
const outputBytesMax = 256 * 1024
const logLinesMax = 20
const logLineMax = 300
const messageMax = 300
const jobsAtOnce = 1000
const fileName = 'plugin.js'

/**
 * A QuickJS of its own in WebAssembly memory of its own. Each call gets a runtime that is thrown away after it, so that
 * nothing lives on from call to call. There is nothing in it but the language: texts go in and texts come out.
 */
export async function createPluginSandbox(): Promise<PluginSandbox> {
  // All it will ever have: QuickJS cannot count here what it takes, and where memory may grow, the library loses track.
  const memory = new Memory({ initial: memoryPages, maximum: memoryPages })
  const shortage = { isThere: false }
  memory.grow = () => {
    shortage.isThere = true
    throw new RangeError('There is no more.')
  }
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(release, { wasmMemory: memory, emscriptenModule: silent }),
  )
  const sandbox: PluginSandbox = {
    isBroken: false,
    run(call) {
      try {
        shortage.isThere = false
        return runOnce(quickjs, call, shortage, () => {
          sandbox.isBroken = true
        })
      } catch (error) {
        sandbox.isBroken = true
        const reason = error instanceof Error ? error.message : String(error)
        const message = storableJson(`It brought the sandbox down: ${reason}`).slice(0, messageMax)
        return { result: null, problem: { code: 'plugin_failed', message }, log: [], durationMs: 0 }
      }
    },
  }
  return sandbox
}

/** Neither Node's types nor those of the language know it. */
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (limits: MemoryLimits) => GrowingMemory } })
  .WebAssembly
interface MemoryLimits {
  initial: number
  maximum: number
}
interface GrowingMemory {
  grow(pages: number): number
}
/** Its types describe a CommonJS module, which is not what is imported. */
const release = variant as unknown as QuickJSSyncVariant
/** Its last words are said otherwise. */
const silent = { print: () => {}, printErr: () => {} } as EmscriptenModuleLoaderOptions

function runOnce(
  quickjs: QuickJSWASMModule,
  { code, event, timeoutMs }: SandboxCall,
  shortage: Shortage,
  onBroken: () => void,
): SandboxOutcome {
  const clock = startClock()
  const log: string[] = []
  const end = (result: string | null, problem: SandboxProblem | null) => ({
    result,
    problem,
    log,
    durationMs: Math.round(clock.elapsedMs() * 100) / 100,
  })
  if (event !== null && Buffer.byteLength(event) > eventBytesMax) {
    return end(null, { code: 'plugin_memory', message: 'The event is larger than the 4 MiB that a plugin can take.' })
  }
  const runtime = quickjs.newRuntime()
  let isLate = false
  const tooLate = () => {
    isLate ||= clock.elapsedMs() > timeoutMs
    return isLate
  }
  runtime.setMemoryLimit(memoryBytesMax)
  runtime.setMaxStackSize(stackBytesMax)
  runtime.setInterruptHandler(tooLate)
  const context = runtime.newContext()
  try {
    return Scope.withScope((scope) => {
      const room = new Room(context, runtime, scope, tooLate, shortage)
      const emit = context.newFunction('emit', (line) => {
        if (log.length < logLinesMax) log.push(storableJson(room.text(line)).slice(0, logLineMax))
      })
      try {
        return end(room.call(code, event, scope.manage(emit)), null)
      } catch (error) {
        if (!(error instanceof Thrown)) throw error
        if (isLate) {
          return end(null, { code: 'plugin_timeout', message: `It computed for longer than ${timeoutMs} ms.` })
        }
        return end(null, error.problem)
      }
    })
  } finally {
    try {
      context.dispose()
      runtime.dispose()
    } catch {
      // It counts its objects, and has lost some of them with its memory.
      onBroken()
    }
  }
}

/** Whether more memory was asked for than there is. */
interface Shortage {
  isThere: boolean
}

/** Something that the code brought about, and not we. */
class Thrown extends Error {
  readonly problem: SandboxProblem

  constructor(problem: SandboxProblem) {
    super(problem.message)
    this.problem = problem
  }
}

/** What is in one runtime during one call. */
class Room {
  readonly #context: QuickJSContext
  readonly #runtime: QuickJSRuntime
  readonly #scope: Scope
  readonly #tooLate: () => boolean
  readonly #shortage: Shortage
  #describe: QuickJSHandle | undefined

  constructor(
    context: QuickJSContext,
    runtime: QuickJSRuntime,
    scope: Scope,
    tooLate: () => boolean,
    shortage: Shortage,
  ) {
    this.#shortage = shortage
    this.#context = context
    this.#runtime = runtime
    this.#scope = scope
    this.#tooLate = tooLate
  }

  /** The JSON that the default export makes of the event, null for nothing. Throws `Thrown`. */
  call(code: string, event: string | null, emit: QuickJSHandle): string | null {
    const context = this.#context
    const build = this.#take(context.evalCode(harness, 'koble.js', { type: 'global' }))
    const inside = this.#take(context.callFunction(build, context.undefined, emit))
    this.#describe = this.#member(inside, 'describe')
    const module = this.#take(context.evalCode(code, fileName, { type: 'module' }))
    const given = event === null ? context.null : this.#scope.manage(context.newString(event))
    const promise = this.#take(context.callFunction(this.#member(inside, 'run'), context.undefined, module, given))
    const made = this.#settled(promise)
    if (event === null) return null
    const json = this.#take(context.callFunction(this.#member(inside, 'toJson'), context.undefined, made))
    if (context.typeof(json) !== 'string') return null
    const text = this.text(json)
    if (text.startsWith('!')) throw new Thrown({ code: 'plugin_output_invalid', message: text.slice(1, messageMax) })
    if (Buffer.byteLength(text) > outputBytesMax) {
      throw new Thrown({ code: 'plugin_output_invalid', message: 'It returned more than 256 KiB.' })
    }
    return text
  }

  /** The text of a text; nothing else is read out of the sandbox. */
  text(handle: QuickJSHandle | undefined): string {
    return handle !== undefined && this.#context.typeof(handle) === 'string' ? this.#context.getString(handle) : ''
  }

  #member(object: QuickJSHandle, name: string): QuickJSHandle {
    return this.#scope.manage(this.#context.getProp(object, name))
  }

  #take(result: ReturnType<QuickJSContext['callFunction']>): QuickJSHandle {
    if (result.error) throw this.#thrown(this.#scope.manage(result.error))
    return this.#scope.manage(result.value)
  }

  /** Runs what was put off until nothing is left, and says what the promise came to. */
  #settled(promise: QuickJSHandle): QuickJSHandle {
    for (let count = 1; count > 0 && !this.#tooLate(); ) {
      const done = this.#runtime.executePendingJobs(jobsAtOnce)
      if (done.error) throw this.#thrown(this.#scope.manage(done.error))
      count = done.value
    }
    const state = this.#context.getPromiseState(promise)
    if (state.type === 'fulfilled') return this.#scope.manage(state.value)
    if (state.type === 'rejected') throw this.#thrown(this.#scope.manage(state.error))
    const message = 'It waits for what never comes: there are no timers, and there is nobody to call.'
    throw new Thrown({ code: 'plugin_failed', message })
  }

  #thrown(error: QuickJSHandle): Thrown {
    const described = this.#describe && this.#context.callFunction(this.#describe, this.#context.undefined, error)
    const text = described?.error ? '' : this.text(described && this.#scope.manage(described.value))
    if (described?.error) described.error.dispose()
    // Where there is no room left for an error, there is none: null is thrown, or nothing can be said of it.
    const isWithoutWords = text === '' || (text === 'It threw null' && this.#shortage.isThere)
    if (isWithoutWords || /^InternalError: out of memory/.test(text)) {
      return new Thrown({ code: 'plugin_memory', message: 'It took more than 16 MiB of memory.' })
    }
    const [message = '', ...stack] = text.split('\n')
    const place = /plugin\.js:(\d+)(?::(\d+))?/.exec(stack.join('\n'))
    return new Thrown({
      code: 'plugin_failed',
      message: storableJson(message).slice(0, messageMax),
      ...(place && { line: Number(place[1]), ...(place[2] !== undefined && { column: Number(place[2]) }) }),
    })
  }
}

/** What this thread computes from now on. */
function startClock() {
  const before = process.threadCpuUsage()
  return {
    elapsedMs() {
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1000
    },
  }
}
