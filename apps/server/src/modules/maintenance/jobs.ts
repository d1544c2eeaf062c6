import type { Tasks } from '../../queue/engine.ts'
import type { ConnectService } from '../connect/service.ts'
import { retentionDaysMax } from '../organizations/service.ts'
import type { MaintenanceStore } from './store.ts'

export function maintenanceTasks(store: MaintenanceStore, connect: ConnectService): Tasks {
  return {
    async 'maintenance.hourly'() {
      await store.makePartitions()
      await store.dropBefore(new Date(Date.now() - retentionDaysMax * 86_400_000))
      await store.purgeIdempotencyKeys()
      await connect.purge()
    },
  }
}

export const maintenanceSchedule = [{ task: 'maintenance.hourly', match: '7 * * * *' }]
