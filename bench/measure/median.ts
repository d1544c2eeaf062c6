/** The middle one of the values by size; NaN when there are none. A slow moment of the machine moves it little. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The median of the ratios of two that took turns: the machine's pace changes less from turn to turn than over all. */
export function medianRatio(values: readonly number[], floors: readonly number[]): number {
  return median(values.map((value, turn) => value / (floors[turn] ?? Number.NaN)))
}
