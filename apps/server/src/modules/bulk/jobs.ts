import type { Actor } from '../../http/actor.ts'
import { toProblem } from '../../http/problems.ts'
import type { Tasks } from '../../queue/engine.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { BulkHandler, BulkHandlers, BulkRun, ItemOutcome } from './handlers.ts'
import { batchContext, inputContext } from './service.ts'
import type { BulkStore, OperationRecord, Progress } from './store.ts'

const dayMs = 86_400_000
const operationsKeptMs = 30 * dayMs
const bundlesKeptMs = dayMs

/**
 * Runs operations, one batch for each job. Each batch adds the job of the next in the transaction that counts it, so a
 * killed node's work is taken up where it was; the job that finds no batch left finishes the operation.
 */
export function bulkTasks(parts: {
  store: BulkStore
  encryption: EncryptionService
  handlers: BulkHandlers
  log: { error(details: object, message: string): void }
}): Tasks {
  const { store, encryption, handlers, log } = parts

  async function runOf(operation: OperationRecord): Promise<BulkRun<never>> {
    const { id, organization_id: organizationId, created_by: by } = operation
    const context = inputContext(organizationId, id)
    const input = operation.input === null ? undefined : JSON.parse(await encryption.decrypt(context, operation.input))
    // Whoever began it had the role, or there would be no operation.
    const actor = { ...by, organizationId, role: 'admin', sessionId: '' } as Actor
    return { id, organizationId, actor, input: input as never }
  }

  async function* outputsOf({ id, organizationId }: BulkRun): AsyncGenerator<string> {
    for (let after = -1; ; ) {
      const rows = await store.listOutputs(organizationId, id, after, 100)
      for (const { number, output } of rows) {
        const context = batchContext(organizationId, id, number, 'output')
        if (output !== null) yield await encryption.decrypt(context, output)
        after = number
      }
      if (rows.length < 100) return
    }
  }

  async function work(operation: OperationRecord, handler: BulkHandler): Promise<void> {
    const run = await runOf(operation)
    const { id, organizationId } = run
    const batch = await store.nextBatch(organizationId, id)
    if (batch) {
      const { number } = batch
      const items =
        batch.items === null
          ? (batch.connection_ids ?? [])
          : JSON.parse(await encryption.decrypt(batchContext(organizationId, id, number, 'items'), batch.items))
      const { outcomes, output } = await handler.runBatch(items, run)
      const context = batchContext(organizationId, id, number, 'output')
      const progress = progressOf(outcomes, output ? await encryption.encrypt(context, output) : null)
      await store.endBatch(organizationId, id, number, progress, handler.finishAfterMs ?? 0)
      return
    }
    const end = (await handler.finish?.(run, outputsOf(run))) ?? {}
    const isVain = operation.total > 0 && operation.failed === operation.total
    await store.end(organizationId, id, { status: isVain ? 'failed' : 'completed', ...end })
  }

  return {
    async 'bulk.run'(payload) {
      const { organizationId, operationId } = payload as { organizationId: string; operationId: string }
      const operation = await store.resume(organizationId, operationId)
      if (!operation) return
      const handler = handlers[operation.kind]
      try {
        if (!handler) throw new Error(`Nobody does ${operation.kind}`)
        await work(operation, handler)
      } catch (error) {
        const problem = toProblem(error, '')
        if (problem.code === 'database_unavailable') throw error
        if (problem.code === 'internal_error') log.error({ err: error, operationId }, 'a bulk operation failed')
        await store.end(organizationId, operationId, {
          status: 'failed',
          errorCode: problem.code,
          errorMessage: problem.detail ?? problem.title,
        })
      }
    },
    async 'bulk.purge'() {
      await store.purge(new Date(Date.now() - operationsKeptMs), new Date(Date.now() - bundlesKeptMs))
    },
  }
}

export const bulkSchedule = [{ task: 'bulk.purge', match: '23 * * * *' }]

function progressOf(outcomes: ItemOutcome[], output: string | null): Progress {
  const progress: Progress = { done: 0, failed: 0, counts: {}, errors: [], output }
  for (const outcome of outcomes) {
    const count = 'failed' in outcome ? 1 : (outcome.count ?? 1)
    progress.done += count
    if ('failed' in outcome) {
      progress.failed += 1
      progress.errors.push(outcome.failed)
    } else if (count > 0) progress.counts[outcome.ended] = (progress.counts[outcome.ended] ?? 0) + count
  }
  return progress
}
