import type { Tasks } from '../../queue/engine.ts'
import type { ConnectService } from './service.ts'

export function connectTasks(connect: ConnectService): Tasks {
  return { 'connect.ask-devices': () => connect.askDevices() }
}

/** Sessions are asked about whenever somebody looks at them; this is for those that nobody looks at any more. */
export const connectSchedule = [{ task: 'connect.ask-devices', match: '* * * * *' }]
