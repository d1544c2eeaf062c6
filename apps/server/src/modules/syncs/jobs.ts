import type { Tasks } from '../../queue/engine.ts'
import type { RunQueue } from './queue/store.ts'
import type { RecordStore } from './records/store.ts'
import type { PageJob } from './run-page.ts'
import type { RunStore } from './runs/store.ts'

const dayMs = 86_400_000
const runsKeptMs = 30 * dayMs
const deletedKeptMs = 30 * dayMs

/** Works on runs, one page for each job; queues what is due, and forgets what is old. */
export function syncTasks(parts: {
  queue: RunQueue
  runs: RunStore
  records: RecordStore
  runPage(job: PageJob): Promise<void>
}): Tasks {
  return {
    'syncs.run': (payload) => parts.runPage(payload as PageJob),
    'syncs.schedule': () => parts.queue.queueDue(),
    async 'syncs.purge'() {
      await parts.runs.purge(new Date(Date.now() - runsKeptMs))
      await parts.records.purge(new Date(Date.now() - deletedKeptMs))
    },
  }
}

export const syncSchedule = [
  { task: 'syncs.schedule', match: '* * * * *' },
  { task: 'syncs.purge', match: '11 * * * *' },
]
