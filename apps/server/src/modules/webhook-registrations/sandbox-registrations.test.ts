import type { Connection } from '@koble/contract/connections'
import type { OperationResult } from '@koble/contract/operations'
import type { EventDetail } from '@koble/contract/webhooks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRegistered } from '../../testing/register-webhooks.ts'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Registrations at stand-ins that ask our address who it is, and then deliver to it. */
let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

async function run({ id }: Connection, name: string, input: object): Promise<void> {
  const path = `/api/connections/${id}/operations/${name}`
  const { status, body } = await koble.request<OperationResult>('POST', path, { body: { input } })
  expect(status, JSON.stringify(body)).toBe(200)
}

const openId = ['openid', 'profile', 'email', 'offline_access']

test.each([
  {
    provider: 'okta',
    scopes: [...openId, 'okta.users.manage', 'okta.eventHooks.manage'],
    register: { target: 'event-hook', events: ['user.lifecycle.suspend'] },
    operation: ['suspendUser', { userId: 'ola@example.com' }] as const,
    eventType: 'user.lifecycle.suspend',
  },
  {
    provider: 'entra',
    scopes: [...openId, 'User.Read', 'User.ReadWrite.All'],
    register: { target: 'users' },
    operation: ['updateUser', { userId: 'ola@fjord.example', department: 'Shop' }] as const,
    eventType: 'updated',
  },
  {
    provider: 'auth0',
    register: { target: 'event-stream', events: ['user.updated'] },
    operation: ['updateUser', { userId: 'auth0|66f1c2a4e3b7d90012ab34ce', name: 'Ola' }] as const,
    eventType: 'user.updated',
  },
  {
    provider: 'auth0',
    register: { target: 'log-stream' },
    operation: ['deleteUser', { userId: 'auth0|66f1c2a4e3b7d90012ab34cf' }] as const,
    eventType: 'sdu',
  },
])('$provider: $register.target is registered by its API, brings events, and is removed', async (example) => {
  const connection = await connectInSandbox(koble, example.provider, example.scopes)
  const account = { integrationId: connection.integrationId, connectionId: connection.id }
  const { endpoint, registration } = await openRegistered(koble, account, example.register)
  expect(registration).toMatchObject({ status: 'active', errorCode: null })
  const [name, input] = example.operation
  await run(connection, name, input)
  await vi.waitFor(async () => {
    const { body } = await koble.request<{ data: EventDetail[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
    expect(body.data).toMatchObject([
      { eventType: example.eventType, status: 'completed', connectionId: connection.id },
    ])
  }, 20_000)
  const path = `/api/webhooks/${endpoint.id}/registrations/${registration.id}`
  expect((await koble.request<{ status: string }>('DELETE', path)).body.status).toBe('removed')
})
