/** One comparison: Koble, the floor it is held against, and what the budget says of the two. */
export interface Comparison {
  /** `webhook ingest, api` */
  bench: string
  /** `requests/s at 16` */
  measure: string
  floor: number | null
  koble: number
  /** What is judged: a ratio, or a difference where the budget is one. */
  judged: { name: string; value: number }
  /** Null where the figure is for reading only. */
  budget: { least: number } | { most: number } | null
}

/** Whether a comparison is within its budget; null without one. */
export function isMet({ judged, budget }: Comparison): boolean | null {
  if (budget === null) return null
  return 'least' in budget ? judged.value >= budget.least : judged.value <= budget.most
}

/** Prints the comparisons as a table. */
export function printTable(comparisons: Comparison[]): void {
  console.table(
    comparisons.map((comparison) => ({
      bench: comparison.bench,
      measure: comparison.measure,
      floor: comparison.floor === null ? '' : rounded(comparison.floor),
      koble: rounded(comparison.koble),
      judged: `${comparison.judged.name} ${comparison.judged.value.toFixed(2)}`,
      budget: budgetText(comparison.budget),
      met: { true: 'yes', false: 'NO', null: '' }[String(isMet(comparison)) as 'true' | 'false' | 'null'],
    })),
  )
}

function budgetText(budget: Comparison['budget']): string {
  if (budget === null) return ''
  return 'least' in budget ? `≥ ${budget.least}` : `≤ ${budget.most}`
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
