/** What happened within one twentieth of a window. Plain JSON, to be kept in a store. */
export interface WindowSlot {
  /** The number of the slot since 1970. */
  slot: number
  calls: number
  failures: number
}

/** Finer slots follow the true window more closely and cost more room: twenty are off by at most 5 %. */
const slotsPerWindow = 20

/**
 * Drops the slots that lie further back than the window. What remains covers the window and up to one slot more, so a
 * count of it is never too low.
 */
export function slide(slots: WindowSlot[], nowMs: number, windowMs: number): void {
  const oldest = slotOf(nowMs, windowMs) - slotsPerWindow
  while (slots[0] !== undefined && slots[0].slot < oldest) slots.shift()
}

/** Counts calls at this time. */
export function record(slots: WindowSlot[], nowMs: number, windowMs: number, calls: number, failures: number): void {
  const slot = slotOf(nowMs, windowMs)
  const last = slots.at(-1)
  // A clock that was set back goes on in the slot it left.
  if (last !== undefined && last.slot >= slot) {
    last.calls += calls
    last.failures += failures
  } else {
    slots.push({ slot, calls, failures })
  }
}

/** In how many milliseconds at most `calls` calls remain in the window; 0 when it is so now. */
export function untilAtMost(slots: readonly WindowSlot[], calls: number, nowMs: number, windowMs: number): number {
  let remaining = slots.reduce((sum, slot) => sum + slot.calls, 0)
  if (remaining <= calls) return 0
  for (const { slot, calls: left } of slots) {
    remaining -= left
    if (remaining <= calls) return ((slot + slotsPerWindow + 1) * windowMs) / slotsPerWindow - nowMs
  }
  return windowMs
}

function slotOf(nowMs: number, windowMs: number): number {
  return Math.floor((nowMs * slotsPerWindow) / windowMs)
}
