import type { Tasks } from '../../queue/engine.ts'
import type { RegistrationService } from './service.ts'

export function registrationTasks(registrations: RegistrationService): Tasks {
  return {
    'webhook-registrations.tend': () => registrations.tend(),
    'webhook-registrations.purge': () => registrations.purge(),
  }
}

export const registrationSchedule = [
  { task: 'webhook-registrations.tend', match: '* * * * *' },
  { task: 'webhook-registrations.purge', match: '41 4 * * *' },
]
