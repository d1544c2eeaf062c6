import type { Tasks } from '../../queue/engine.ts'
import type { QueuedRequestService } from './service.ts'

export function queuedRequestTasks(queued: QueuedRequestService): Tasks {
  return {
    'queued-requests.attempt': (payload) => queued.attempt(payload as Parameters<QueuedRequestService['attempt']>[0]),
    'queued-requests.callback': (payload) =>
      queued.callBack(payload as Parameters<QueuedRequestService['callBack']>[0]),
    'queued-requests.purge': () => queued.purge(),
  }
}

export const queuedRequestSchedule = [{ task: 'queued-requests.purge', match: '23 4 * * *' }]
