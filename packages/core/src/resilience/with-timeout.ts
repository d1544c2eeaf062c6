import { type Clock, systemClock } from './clock.ts'
import { timeoutFailure } from './failure.ts'

/** How long `withTimeout` waits. */
export interface TimeoutOptions {
  timeoutMs: number
  /** The caller's own; the promise rejects with its reason. */
  signal?: AbortSignal
  clock?: Clock
}

/**
 * Runs `task` and rejects with `KobleError('provider_timeout')` when it is not done in time, whether it heeds the
 * signal it is given or not. The signal aborts at the same moment, so that the task can stop what it does.
 */
export function withTimeout<Result>(
  task: (signal: AbortSignal) => Result | PromiseLike<Result>,
  options: TimeoutOptions,
): Promise<Result> {
  const clock = options.clock ?? systemClock
  return new Promise((resolve, reject) => {
    const { signal: outer } = options
    const inner = new AbortController()
    if (outer?.aborted) return reject(outer.reason)
    const stop = (reason: unknown) => {
      cleanUp()
      inner.abort(reason)
      reject(reason)
    }
    const onAbort = () => stop(outer?.reason)
    const cancel = clock.after(options.timeoutMs, () => stop(timeoutFailure()))
    const cleanUp = () => {
      cancel()
      outer?.removeEventListener('abort', onAbort)
    }
    outer?.addEventListener('abort', onAbort, { once: true })
    // A promise that was rejected by the timeout ignores what the task says afterwards.
    new Promise<Result>((run) => run(task(inner.signal))).then(resolve, reject).finally(cleanUp)
  })
}
