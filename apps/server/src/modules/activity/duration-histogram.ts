/**
 * A histogram of durations in fixed buckets, each a fourth root of two wider than the one before, so that any two can
 * be added up. Bucket `i` counts what took more than 2^((i-9)/4) and at most 2^((i-8)/4) milliseconds; the first holds
 * everything below, the last everything above.
 */
export const bucketCount = 88

/** The first bucket ends at a quarter of a millisecond; the last begins at 741 seconds. */
const offset = 8

/** The bucket of a duration in milliseconds. */
export function bucketOf(durationMs: number): number {
  if (!(durationMs > 0.25)) return 0
  return Math.min(bucketCount - 1, Math.ceil(Math.log2(durationMs) * 4 - 1e-9) + offset)
}

/**
 * The duration in milliseconds that `share` (0–1) of the calls did not exceed: the middle of its bucket, which is off
 * by at most 9.1 % (the eighth root of two) between a quarter of a millisecond and twelve minutes. Null without calls.
 */
export function percentile(counts: readonly number[], share: number): number | null {
  let total = 0
  for (const count of counts) total += count
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(total * share))
  let passed = 0
  for (const [bucket, count] of counts.entries()) {
    passed += count
    if (passed >= rank) return rounded(2 ** ((bucket - offset - 0.5) / 4))
  }
  return null
}

/** Three digits say all that a bucket knows. */
const rounded = (milliseconds: number) => Number(milliseconds.toPrecision(3))
