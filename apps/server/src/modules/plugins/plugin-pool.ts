import { apiError } from '../../http/problems.ts'
import { type Pace, Paces } from './paces.ts'
import type { SandboxCall, SandboxOutcome } from './plugin-sandbox.ts'
import { PluginThread } from './plugin-thread.ts'
import { type InLane, Turns } from './turns.ts'

/** More calls of a plugin wait than it gets done soon; nothing was done for this one. */
export class PluginsBusy extends Error {
  override name = 'PluginsBusy'
  /** When it would be its turn. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('More calls of this plugin wait than it gets done soon.')
    this.retryAfterMs = retryAfterMs
  }
}

/** Whose call it is; `lane` is what calls share that take about as long as one another: a version of a plugin. */
export interface PooledCall extends SandboxCall, InLane {}

/** Runs plugins in threads apart from the one that serves everyone. */
export interface PluginPool {
  /**
   * What the call came to; a plugin that fails is no failure of the call. Rejects with `PluginsBusy`, so that slow
   * plugins keep few callers waiting, and with `KobleError('shutting_down')`.
   */
  run(call: PooledCall): Promise<SandboxOutcome>
  stop(): Promise<void>
}

interface Waiting extends PooledCall {
  pace: Pace
  resolve(outcome: SandboxOutcome): void
  reject(error: Error): void
}

/** One is left to the quick ones, whatever the others do. */
const threadsMax = 2
const slowAtOnce = threadsMax - 1
const slowWaitingMax = 16

/** Starts its threads when there is work, and again when one was ended. */
export function createPluginPool(): PluginPool {
  const turns = new Turns<Waiting>()
  const paces = new Paces()
  const threads = new Set<PluginThread>()
  let waiting = 0
  let slowWaiting = 0
  let slowRunning = 0
  let stopped = false

  function enter(call: Waiting): void {
    turns.add(call)
    call.pace.waiting += 1
    waiting += 1
    if (call.pace.isSlow) slowWaiting += 1
  }

  function leave(call: Waiting): void {
    call.pace.waiting -= 1
    waiting -= 1
    if (call.pace.isSlow) slowWaiting -= 1
  }

  function next(): Waiting | undefined {
    const call = turns.next((lane) => slowRunning < slowAtOnce || !paces.of(lane).isSlow)
    if (call) leave(call)
    return call
  }

  /** Learns from a call; those that wait behind it for longer than is good are given back. */
  function learn(call: Waiting, durationMs: number): void {
    const { pace } = call
    const wasSlow = pace.isSlow
    pace.note(durationMs)
    if (pace.isSlow !== wasSlow) slowWaiting += pace.isSlow ? pace.waiting : -pace.waiting
    for (const late of turns.trim(call, pace.room)) {
      leave(late)
      late.reject(new PluginsBusy(pace.nextTurnMs()))
    }
  }

  async function work(thread: PluginThread, call: Waiting): Promise<void> {
    const countsAsSlow = call.pace.isSlow
    if (countsAsSlow) slowRunning += 1
    const { code, event, timeoutMs, organizationId } = call
    const outcome = await thread.run(organizationId, { code, event, timeoutMs })
    if (countsAsSlow) slowRunning -= 1
    learn(call, outcome.durationMs)
    call.resolve(outcome)
    serve()
  }

  function serve(): void {
    // One may have come to its end while it had nothing to do.
    for (const thread of threads) if (thread.isOver) threads.delete(thread)
    while (waiting > 0 && !stopped) {
      const idle = [...threads].find((thread) => thread.isIdle)
      if (!idle && threads.size >= threadsMax) return
      const call = next()
      if (!call) return
      const thread = idle ?? new PluginThread()
      threads.add(thread)
      void work(thread, call)
    }
  }

  return {
    run(call) {
      return new Promise((resolve, reject) => {
        if (stopped) throw apiError('shutting_down', 'This node is stopping.')
        const pace = paces.of(call.lane)
        if (pace.waiting >= pace.room || (pace.isSlow && slowWaiting >= slowWaitingMax)) {
          throw new PluginsBusy(pace.nextTurnMs())
        }
        enter({ ...call, pace, resolve, reject })
        serve()
      })
    },
    async stop() {
      stopped = true
      for (let call = turns.next(() => true); call; call = turns.next(() => true)) {
        call.reject(apiError('shutting_down', 'This node is stopping.'))
      }
      await Promise.all([...threads].map((thread) => thread.end()))
    },
  }
}
