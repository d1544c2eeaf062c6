import type { Clock } from '../resilience/clock.ts'

/** A clock whose hands the test turns. */
export interface ManualClock extends Clock {
  /** Moves the time and calls back whom it passes, each at its own time and with all that follows from it done. */
  advance(durationMs: number): Promise<void>
  /** How many wait for their time. */
  readonly waiting: number
}

/** Makes a clock that stands still until it is advanced; it begins at `startMs`. */
export function createManualClock(startMs = 1_767_225_600_000): ManualClock {
  let nowMs = startMs
  const timers = new Set<{ atMs: number; callback: () => void }>()

  return {
    now: () => nowMs,
    get waiting() {
      return timers.size
    },
    after(delayMs, callback) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(durationMs) {
      const untilMs = nowMs + durationMs
      await settled()
      for (;;) {
        let next: { atMs: number; callback: () => void } | undefined
        for (const timer of timers) {
          if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer
        }
        if (next === undefined) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.atMs)
        next.callback()
        await settled()
      }
      nowMs = untilMs
    },
  }
}

/** Promises that follow from one another are done before the event loop comes to an immediate. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
