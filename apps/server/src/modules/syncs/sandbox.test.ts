import type { Sync } from '@koble/contract/syncs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { recordsOf, runNow, runsOf } from '../../testing/contacts-server.ts'
import { openRegistered } from '../../testing/register-webhooks.ts'
import { connectInSandbox, runOperation } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Syncs of the stand-ins, whose webhooks tell of what is done there. */
let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

const examples = [
  {
    provider: 'asana',
    scopes: ['default'],
    register: {
      target: 'resource',
      parameters: { resource: '1200000000000101', workspace: '1200000000000001' },
      events: ['task.added'],
    },
    source: { operation: 'listTasks', input: { projectId: '1200000000000101', limit: 2 } },
    items: 'tasks',
    change: { name: 'createTask', input: { name: 'Order bells', projectIds: ['1200000000000101'] } },
    brought: expect.objectContaining({ name: 'Order bells' }),
    counts: { created: 1, updated: 0 },
  },
  {
    provider: 'okta',
    scopes: [
      ...['openid', 'profile', 'email', 'offline_access'],
      ...['okta.users.read', 'okta.users.manage', 'okta.eventHooks.manage'],
    ],
    register: { target: 'event-hook', events: ['user.lifecycle.suspend'] },
    source: { operation: 'listUsers', input: { limit: 1 } },
    items: 'users',
    change: { name: 'suspendUser', input: { userId: 'ola@example.com' } },
    brought: expect.objectContaining({ login: 'ola@example.com', status: 'SUSPENDED' }),
    counts: { created: 0, updated: 1 },
  },
]

test.each(examples)(
  'what is done at $provider arrives by its webhook in the records of $source.operation',
  async ({ provider, scopes, register, source, items, change, brought, counts }) => {
    const connection = await connectInSandbox(koble, provider, scopes)
    const created = await koble.request<Sync>('POST', '/api/syncs', {
      body: { name: 'Everything', connectionId: connection.id, ...source },
    })
    expect(created, JSON.stringify(created.body)).toMatchObject({ status: 201, body: { items } })
    const first = await runNow(koble, created.body)
    expect(first.created).toBeGreaterThan(1)
    expect(first.pages).toBeGreaterThan(1)
    const account = { integrationId: connection.integrationId, connectionId: connection.id }
    const { endpoint } = await openRegistered(koble, account, register)
    const handlers = [{ type: 'sync' }]
    await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { handlers } })
    await runOperation(koble, connection, change.name, change.input)
    await vi.waitFor(async () => {
      const [run] = await runsOf(koble, created.body)
      expect(run).toMatchObject({ trigger: 'webhook', status: 'completed', deleted: 0, ...counts })
    }, 20_000)
    const records = await recordsOf(koble, created.body)
    expect([...records.values()].map(({ payload }) => payload)).toContainEqual(brought)
  },
)
