import { tenantId } from './entra-tenant.ts'
import { graphError } from './graph-error.ts'
import { createGraphSubscriptions, type GraphTopic } from './graph-subscriptions.ts'

const topics: Record<string, GraphTopic> = {
  users: { name: 'users', minutesMax: 41_760, changeTypes: ['updated', 'deleted'] },
  groups: { name: 'groups', minutesMax: 41_760, changeTypes: ['updated', 'deleted'] },
}

/** Subscriptions to users and groups. */
export function createEntraSubscriptions(options: { publicUrl: string; applicationId: string }) {
  const { tell, routes } = createGraphSubscriptions({
    ...options,
    tenantId,
    // One application, whoever signed in at it.
    ownerOf: () => options.applicationId,
    topicOf(resource) {
      const topic = topics[resource.replace(/^\//, '')]
      if (!topic) throw graphError(400, 'ExtensionError', 'Unsupported resource')
      return topic
    },
  })
  let sequenceNumber = 637_950_123_456_789

  return {
    routes,
    tell(topic: 'users' | 'groups', changeType: 'updated' | 'deleted', id: string): void {
      const kind = topic === 'users' ? 'User' : 'Group'
      const resource = `${kind}s/${id}`
      const about = { '@odata.type': `#Microsoft.Graph.${kind}`, '@odata.id': resource, id, organizationId: tenantId }
      const resourceData = { ...about, sequenceNumber: ++sequenceNumber }
      tell({ topics: [topic], changeType, resource, resourceData })
    },
  }
}
