/** What time it is and when to wake up. Everything here that waits takes one, so that a test can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970. Nodes that share state must agree on it, so it is the time of day. */
  now(): number
  /** Calls back once after so many milliseconds; what it returns takes the call back. */
  after(delayMs: number, callback: () => void): () => void
}

/** A longer wait would end at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const timerMsMax = 2_147_483_647

/** The time of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, timerMsMax))
    return () => clearTimeout(timer)
  },
}

/** Resolves after so many milliseconds; rejects with the signal's reason as soon as that aborts. */
export function waitFor(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
