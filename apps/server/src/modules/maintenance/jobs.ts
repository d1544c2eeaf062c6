import type { Tasks } from '../../queue/engine.ts'
import type { ConnectService } from '../connect/service.ts'
import type { MessageService } from '../messages/service.ts'
import type { NotificationService } from '../notifications/service.ts'
import { retentionDaysMax } from '../organizations/service.ts'
import type { PortalService } from '../portal/service.ts'
import type { SystemEventService } from '../system-events/service.ts'
import type { MaintenanceStore } from './store.ts'

/** Sums of calls are small, and looked back on for longer. */
const statsRetentionDays = 90

export function maintenanceTasks(parts: {
  store: MaintenanceStore
  connect: ConnectService
  events: SystemEventService
  notifications: NotificationService
  messages: MessageService
  portal: PortalService
  log: { warn(details: object, message: string): void }
}): Tasks {
  const { store, connect, events, notifications, messages, portal } = parts
  return {
    async 'maintenance.hourly'() {
      const before = new Date(Date.now() - retentionDaysMax * 86_400_000)
      const missing = await store.makePartitions()
      const kept = await store.dropBefore(before)
      if (missing.length + kept.length > 0) {
        parts.log.warn({ missing, kept }, 'somebody reads for long: these partitions could not be made or dropped yet')
      }
      await events.purge(before)
      await notifications.purge(before)
      await store.dropStatsBefore(new Date(Date.now() - statsRetentionDays * 86_400_000))
      await store.purgeIdempotencyKeys()
      await connect.purge()
      await messages.purge(before)
      await portal.purge()
    },
  }
}

export const maintenanceSchedule = [{ task: 'maintenance.hourly', match: '7 * * * *' }]
