import { Worker } from 'node:worker_threads'
import type { SandboxCall, SandboxOutcome } from './plugin-sandbox.ts'

/** A call that the interpreter does not interrupt by itself is ended with its thread, so long after its time was over. */
const graceMs = 2_000
const startWithinMs = 20_000

/**
 * A thread that runs plugins, one call at a time. The memory of a call is bounded within WebAssembly, which a thread
 * holds to; so it needs no process of its own.
 */
export class PluginThread {
  readonly #worker: Worker
  #ready = false
  #begun = 0
  #call: { organizationId: string; call: SandboxCall } | undefined
  #settle: ((outcome: SandboxOutcome) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  /** Nothing more can be run in it. */
  isOver = false

  constructor() {
    this.#worker = new Worker(new URL('./plugin-worker.ts', import.meta.url), {
      name: 'koble-plugins',
      // Nothing of ours: the environment holds keys.
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    })
    this.#worker.on('message', (message: 'ready' | SandboxOutcome) => this.#hear(message))
    this.#worker.on('error', (error) => this.#fail(`The thread broke down: ${error.message}`.slice(0, 300)))
    this.#worker.on('exit', () => this.#fail('The thread came to an end.'))
    this.#watch(startWithinMs, () => this.#fail('The sandbox did not start in time.'))
  }

  get isIdle(): boolean {
    return !this.isOver && this.#settle === undefined
  }

  /** Never rejects. */
  run(organizationId: string, call: SandboxCall): Promise<SandboxOutcome> {
    this.#worker.ref()
    return new Promise((resolve) => {
      this.#call = { organizationId, call }
      this.#begun = performance.now()
      this.#settle = (outcome) => {
        this.#settle = undefined
        this.#call = undefined
        clearTimeout(this.#timer)
        // An idle thread keeps no process alive.
        this.#worker.unref()
        resolve(outcome)
      }
      if (this.#ready) this.#start()
    })
  }

  async end(): Promise<void> {
    this.isOver = true
    clearTimeout(this.#timer)
    await this.#worker.terminate()
  }

  #start(): void {
    const { call } = this.#call as { call: SandboxCall }
    this.#begun = performance.now()
    this.#worker.postMessage(this.#call)
    this.#watch(call.timeoutMs + graceMs, () => {
      const message = `It computed for longer than ${call.timeoutMs} ms, and could not be interrupted.`
      this.#give({ code: 'plugin_timeout', message })
      void this.end()
    })
  }

  #hear(message: 'ready' | SandboxOutcome): void {
    if (message !== 'ready') {
      this.#settle?.(message)
      return
    }
    clearTimeout(this.#timer)
    this.#ready = true
    if (this.#call) this.#start()
  }

  /** An answer that is here already, and only was not read yet, counts. */
  #watch(ms: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(then, 0)
    }, ms)
  }

  #fail(message: string): void {
    this.#give({ code: 'plugin_failed', message })
    void this.end()
  }

  #give(problem: NonNullable<SandboxOutcome['problem']>): void {
    // Said before whoever waits for it looks.
    this.isOver = true
    this.#settle?.({ result: null, problem, log: [], durationMs: Math.round(performance.now() - this.#begun) })
  }
}
