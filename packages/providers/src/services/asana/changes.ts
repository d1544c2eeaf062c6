import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { type Compact, gid, named, nextCursor, page, reference, toNamed, type Wrapped } from './page.ts'

const webhook = z.object({ id: z.string(), isActive: z.boolean(), resource: named.nullable(), target: z.string() })
const filters = z
  .array(
    z.strictObject({
      resourceType: z.string().min(1).max(100).optional().describe('task, story, project'),
      resourceSubtype: z.string().min(1).max(100).optional(),
      action: z.enum(['added', 'changed', 'removed', 'deleted', 'undeleted']).optional(),
      fields: z.array(z.string().min(1).max(100)).max(50).optional().describe('Of changes; not for whole workspaces'),
    }),
  )
  .max(50)

/** What happened: asked for by sync tokens, or told by webhooks. */
export const changeOperations = {
  listEvents: defineOperation({
    title: 'List events',
    description:
      'What happened to a project or a task since the sync token. Without one, or with one that is too old, nothing is told but a fresh token: read the resource anew then, and go on from there.',
    docsUrl: reference('getevents'),
    effect: 'read',
    scopes: ['tasks:read'],
    input: z.strictObject({
      resourceId: gid.describe('Of a task, a project or a goal'),
      sync: z.string().min(1).max(1_000).optional().describe('That of the answer before; good for a day at most'),
    }),
    output: z.object({
      events: z.array(
        z.object({
          action: z.string(),
          resource: z.object({ id: z.string(), type: z.string(), subtype: z.string().nullable() }),
          parent: z.object({ id: z.string(), type: z.string() }).nullable(),
          userId: z.string().nullable(),
          field: z.string().nullable().describe('Which changed'),
          createdAt: z.string(),
        }),
      ),
      sync: z.string().describe('For the next call; always the newest'),
      hasMore: z.boolean(),
      isReset: z.boolean().describe('Events may be missing: read the resource anew'),
    }),
    example: { resourceId: '1200000000000101' },
    async run({ resourceId, sync }, { send }) {
      const query = { resource: resourceId, sync }
      // What tells that the token is no good brings the next one.
      const { status, body } = await send({ method: 'GET', path: '/events', query, accept: [412] })
      const answer = body as { data?: AsanaEvent[]; sync: string; has_more?: boolean }
      return {
        events: (answer.data ?? []).map(toEvent),
        sync: answer.sync,
        hasMore: answer.has_more ?? false,
        isReset: status === 412,
      }
    },
  }),

  listWebhooks: defineOperation({
    title: 'List webhooks',
    description: 'The webhooks that this app made in a workspace.',
    docsUrl: reference('getwebhooks'),
    effect: 'read',
    scopes: ['webhooks:read'],
    input: z.strictObject({ workspaceId: gid, resourceId: gid.optional(), ...page }),
    output: z.object({ webhooks: z.array(webhook), nextCursor }),
    example: { workspaceId: '1200000000000001' },
    async run({ workspaceId, resourceId, limit, cursor }, { send }) {
      const query = { workspace: workspaceId, resource: resourceId, limit, offset: cursor }
      const { body } = await send({ method: 'GET', path: '/webhooks', query })
      const { data, next_page } = body as Wrapped<AsanaWebhook[]>
      return { webhooks: data.map(toWebhook), nextCursor: next_page?.offset ?? null }
    },
  }),

  createWebhook: defineOperation({
    title: 'Create a webhook',
    description:
      'Has changes of a resource told to an address. Asana brings it a secret while it makes the webhook; an endpoint of ours must have been opened without one.',
    docsUrl: reference('createwebhook'),
    effect: 'write',
    scopes: ['webhooks:write'],
    input: z.strictObject({
      resourceId: gid.describe('Of a task or a project; of a workspace or a team only with filters'),
      target: z.url({ protocol: /^https?$/ }).max(2_000),
      filters: filters.optional().describe('One of them must hold; everything when absent'),
    }),
    output: webhook,
    example: {
      resourceId: '1200000000000101',
      target: 'https://koble.example.com/webhooks/asana',
      filters: [{ resourceType: 'task', action: 'changed', fields: ['completed'] }],
    },
    async run({ resourceId, target, filters }, { send }) {
      const data = {
        resource: resourceId,
        target,
        filters: filters?.map(({ resourceType, resourceSubtype, action, fields }) => ({
          resource_type: resourceType,
          resource_subtype: resourceSubtype,
          action,
          fields,
        })),
      }
      const { body } = await send({ method: 'POST', path: '/webhooks', json: { data } })
      return toWebhook((body as Wrapped<AsanaWebhook>).data)
    },
  }),

  deleteWebhook: defineOperation({
    title: 'Delete a webhook',
    description: 'Ends the telling; what is on its way may still come.',
    docsUrl: reference('deletewebhook'),
    effect: 'write',
    scopes: ['webhooks:delete'],
    input: z.strictObject({ id: gid }),
    output: z.object({ id: z.string() }),
    example: { id: '1200000000000901' },
    async run({ id }, { send }) {
      await send({ method: 'DELETE', path: path`/webhooks/${id}` })
      return { id }
    },
  }),
}

interface AsanaEvent {
  action: string
  resource: { gid: string; resource_type: string; resource_subtype?: string }
  parent?: { gid: string; resource_type: string } | null
  user?: { gid: string } | null
  change?: { field: string } | null
  created_at: string
}
interface AsanaWebhook {
  gid: string
  active: boolean
  resource?: Compact | null
  target: string
}

function toEvent({ action, resource, parent, user, change, created_at }: AsanaEvent) {
  return {
    action,
    resource: { id: resource.gid, type: resource.resource_type, subtype: resource.resource_subtype ?? null },
    parent: parent ? { id: parent.gid, type: parent.resource_type } : null,
    userId: user?.gid ?? null,
    field: change?.field ?? null,
    createdAt: created_at,
  }
}

function toWebhook({ gid, active, resource, target }: AsanaWebhook): z.infer<typeof webhook> {
  return { id: gid, isActive: active, resource: resource ? toNamed(resource) : null, target }
}
