import type { BulkKind, BulkOperation } from '@koble/contract/bulk'
import type { Actor } from '../../http/actor.ts'
import { toProblem } from '../../http/problems.ts'

/** One operation at work. */
export interface BulkRun<Input = unknown> {
  id: string
  organizationId: string
  /** Who began it. */
  actor: Actor
  input: Input
}

/** How an item ended: in a way to be counted, or not. A slice says of how many items it speaks. */
export type ItemOutcome = { ended: string; count?: number } | { failed: BulkOperation['errors'][number] }

/** What is done to the items of one kind of operation. A batch may come twice, after a kill. */
export interface BulkHandler<Input = never> {
  /** `items` are ids of connections, or what `start` was given. `output` is kept sealed for `finish`. */
  runBatch(items: unknown[], run: BulkRun<Input>): Promise<{ outcomes: ItemOutcome[]; output?: string }>
  /** When all batches are done. */
  finish?(
    run: BulkRun<Input>,
    outputs: AsyncIterable<string>,
  ): Promise<{ counts?: Record<string, number>; bundle?: string }>
  /** How long to wait before `finish`. */
  finishAfterMs?: number
}

export type BulkHandlers = Partial<Record<BulkKind, BulkHandler>>

const parallel = 8

/**
 * Works on items, a few at a time; `work` says how each ended. What it throws becomes a failure of that item, unless the
 * database cannot be reached: then the whole batch has to be done again.
 */
export async function runItems<Item>(
  items: Item[],
  nameOf: (item: Item) => string,
  work: (item: Item) => Promise<string>,
): Promise<ItemOutcome[]> {
  const outcomes: ItemOutcome[] = []
  const waiting = items.entries()
  const next = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      try {
        outcomes[at] = { ended: await work(item) }
      } catch (error) {
        const problem = toProblem(error, '')
        if (problem.code === 'database_unavailable') throw error
        outcomes[at] = {
          failed: { item: nameOf(item), code: problem.code, message: problem.detail ?? problem.title },
        }
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, next))
  return outcomes
}
