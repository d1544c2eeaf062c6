import type { LoadResult } from './load.ts'
import { median, medianRatio } from './median.ts'

/** What the turns of several contenders brought, for each name as many as for the others. */
export interface Turns {
  /** The median over all turns. */
  of(name: string, key: keyof LoadResult): number
  /** The median of the ratios of neighbouring turns. */
  ratio(name: string, floor: string, key: keyof LoadResult): number
}

/** Lets contenders take turns, so that a busy moment of the machine slows all of them. */
export async function takeTurns<Contender extends { name: string }>(
  contenders: Contender[],
  rounds: number,
  run: (contender: Contender) => Promise<LoadResult>,
): Promise<Turns> {
  const results = new Map<string, LoadResult[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) results.get(contender.name)?.push(await run(contender))
  }
  const all = (name: string, key: keyof LoadResult) => (results.get(name) ?? []).map((result) => result[key])
  return {
    of: (name, key) => median(all(name, key)),
    ratio: (name, floor, key) => medianRatio(all(name, key), all(floor, key)),
  }
}
