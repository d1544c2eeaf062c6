/** The middle one of the values by size; NaN when there are none. A slow moment of the machine moves it little. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
