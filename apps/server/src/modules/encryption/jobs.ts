import type { Tasks } from '../../queue/engine.ts'
import type { KeyRotationService } from './rotation.ts'

export function keyTasks(keys: KeyRotationService): Tasks {
  return {
    'keys.rotate': (payload) => keys.resume((payload as { organizationId: string }).organizationId),
    'keys.tend': () => keys.tend(),
  }
}

export const keySchedule = [{ task: 'keys.tend', match: '*/10 * * * *' }]
