import type { Tasks } from '../../queue/engine.ts'
import type { ConnectionService } from './service.ts'

export function connectionTasks(connections: ConnectionService): Tasks {
  return { 'connections.keep-alive': () => connections.keepAlive() }
}

export const connectionSchedule = [{ task: 'connections.keep-alive', match: '*/2 * * * *' }]
