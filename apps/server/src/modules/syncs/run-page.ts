import { KobleError } from '@koble/core/errors'
import type { Actor } from '../../http/actor.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import { CallerPresence } from '../gateway/service.ts'
import type { OperationService } from '../operations/service.ts'
import { type RecordPage, readPage } from './read-page.ts'
import type { RecordStore } from './records/store.ts'
import { lineOf } from './run-line.ts'
import type { OpenRun, RunEnd, RunStore, Step } from './runs/store.ts'

/** What a job of a run has to do, by its payload. */
export type PageJob = Step & { organizationId: string }

/** A run that had more pages would hardly ever come to an end. */
const pagesMax = 10_000
/** For all calls of one page together. */
const pageTimeoutMs = 120_000
/** Pages that this node asks for at the same time; jobs of other kinds need room, too. */
const pagesAtOnce = 20
const busyWaitMs = 5_000
/** The waits between attempts at a page, each ±20 %; after the last one the run fails. */
const waitsMs = [2_000, 10_000, 60_000, 300_000, 900_000]
const longestWaitMs = 86_400_000
/** They speak of the hour, not of the request. */
const passing = new Set([
  'provider_throttled',
  'provider_unavailable',
  'provider_unreachable',
  'provider_timeout',
  'circuit_open',
  'bulkhead_full',
  'rate_limited',
  'shutting_down',
])

/**
 * Does one page of a run: asks the provider for it, and writes its records with the checkpoint and the job of the next
 * page in one transaction. A killed node's page is asked for again; one that was cancelled meanwhile is thrown away.
 */
export function createRunPage(parts: {
  runs: RunStore
  records: RecordStore
  operations: OperationService
  activity: ActivityService
  log: { error(details: object, message: string): void }
}): (job: PageJob) => Promise<void> {
  const { runs, records, activity } = parts
  let underWay = 0

  async function ask({ run, sync }: OpenRun): Promise<RecordPage> {
    const { output } = await parts.operations.run({
      actor: { ...(sync.actor as unknown as Actor), organizationId: sync.organization_id },
      connectionId: sync.connection_id,
      operation: sync.operation,
      input: { ...run.input, ...(run.cursor !== null && { cursor: run.cursor }) },
      timeoutMs: pageTimeoutMs,
      requestId: run.id,
      idempotencyKey: `${run.id}-${run.pages}`,
      isOwn: true,
      signal: new CallerPresence(),
    })
    return readPage(output, { items: sync.items, recordId: sync.record_id })
  }

  /** Whether the run is over. */
  async function write(step: Step, { run: { organization_id: organizationId } }: OpenRun, page: RecordPage) {
    return await runs.transaction(organizationId, async (query) => {
      const open = await runs.lockForStep(step, query)
      if (!open) return false
      const { sync } = open
      const counts = await records.upsert(organizationId, sync.id, page.records, query)
      // Whatever is to become of absent ones: that may be changed before the pass is over.
      const recordIds = page.records.map(({ externalId }) => externalId)
      const { nextCursor } = page
      const { repeats } = await runs.endPage(open, { counts, recordIds, nextCursor }, query)
      if (repeats) throw apiError('sync_cursor_repeats', `Page ${step.page + 1} leads back to one before it.`)
      if (nextCursor !== null && step.page + 1 >= pagesMax) {
        throw apiError('sync_too_large', `There are more than ${pagesMax} pages.`)
      }
      if (nextCursor !== null) return false
      const deleted = sync.deletes === 'mark' ? await records.markAbsent(sync.id, step.runId, query) : 0
      const ended = await runs.end(open, { status: 'completed', deleted }, query)
      await activity.recordAll([lineOf(ended, sync)], query)
      return true
    })
  }

  /** Has the page tried again, or ends the run; whether it is over. */
  async function fail(step: Step, { run }: OpenRun, error: unknown): Promise<boolean> {
    const failure = failureOf(error)
    const at = passing.has(failure.errorCode) ? nextAttempt(step.attempt, error) : null
    return await runs.transaction(run.organization_id, async (query) => {
      const open = await runs.lockForStep(step, query)
      if (!open) return false
      if (at) {
        await runs.postpone(open, { at, ...failure }, query)
        return false
      }
      const end: RunEnd = { status: 'failed', ...failure }
      await activity.recordAll([lineOf(await runs.end(open, end, query), open.sync)], query)
      return true
    })
  }

  return async ({ organizationId, ...step }) => {
    if (underWay >= pagesAtOnce) {
      const waitMs = busyWaitMs * (1 + Math.random())
      return await runs.defer(organizationId, step, new Date(Date.now() + waitMs))
    }
    underWay += 1
    try {
      const open = await runs.open(organizationId, step)
      if (!open) return
      let isOver: boolean
      try {
        isOver = await write(step, open, await ask(open))
      } catch (error) {
        const { code } = toProblem(error, '')
        if (code === 'database_unavailable') throw error
        if (code === 'internal_error') parts.log.error({ err: error, runId: step.runId }, 'a sync failed')
        isOver = await fail(step, open, error)
      }
      if (isOver) await activity.announce([organizationId])
    } finally {
      underWay -= 1
    }
  }
}

/** In our words, with the status and the code that the provider gave. */
function failureOf(error: unknown): { errorCode: string; errorMessage: string } {
  const { code, detail, title, provider } = toProblem(error, '')
  const said = provider && ` (${[provider.status, provider.code?.slice(0, 100)].filter(Boolean).join(' ')})`
  return { errorCode: code, errorMessage: `${detail ?? title}${said ?? ''}`.slice(0, 1000) }
}

/** When to try again after so many failures in a row, and no sooner than was asked for; null for never. */
function nextAttempt(failures: number, error: unknown): Date | null {
  const waitMs = waitsMs[failures]
  if (waitMs === undefined) return null
  const asked = error instanceof KobleError ? error.details['retryAfterMs'] : undefined
  const spreadMs = waitMs * (0.8 + Math.random() * 0.4)
  return new Date(Date.now() + Math.min(longestWaitMs, Math.max(spreadMs, typeof asked === 'number' ? asked : 0)))
}
