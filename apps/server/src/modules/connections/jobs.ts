import type { Tasks } from '../../queue/engine.ts'
import type { ConnectionService } from './service.ts'

export function connectionTasks(connections: ConnectionService): Tasks {
  return {
    'connections.keep-alive': () => connections.keepAlive(),
    'connections.check-health': () => connections.checkHealth(),
    'connections.revoke': () => connections.retryRevocations(),
    'connections.review'(payload) {
      const { organizationId, integrationId } = payload as { organizationId: string; integrationId: string }
      return connections.review(organizationId, integrationId)
    },
  }
}

export const connectionSchedule = [
  { task: 'connections.keep-alive', match: '*/2 * * * *' },
  { task: 'connections.check-health', match: '* * * * *' },
  { task: 'connections.revoke', match: '* * * * *' },
]
