import type { Integration } from '@koble/contract/integrations'
import type { Registration } from '@koble/contract/webhook-registrations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { expect } from 'vitest'
import { connect } from './connect.ts'
import type { HookProvider } from './hook-provider.ts'
import { startOAuthServer } from './oauth-server.ts'
import type { TestKoble } from './test-koble.ts'

/** An integration with an account that may register, at a provider of the test's. */
export interface Registering {
  integrationId: string
  connectionId: string
}

/** By a key that the account's owner gave. */
export async function registeringByKey(
  koble: Pick<TestKoble, 'request'>,
  provider: { origin: string },
  input: { provider: string; authMethod?: string; apiKey: string },
): Promise<Registering> {
  const { apiKey, ...integration } = input
  const created = await koble.request<Integration>('POST', '/api/integrations', {
    body: { ...integration, endpoints: { apiUrl: provider.origin } },
  })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  const connection = await koble.request<{ id: string }>('POST', '/api/connections', {
    body: { integrationId: created.body.id, externalUserId: 'u1', credentials: { apiKey } },
  })
  expect(connection.status, JSON.stringify(connection.body)).toBe(201)
  return { integrationId: created.body.id, connectionId: connection.body.id }
}

/** By signing in, with these scopes granted. */
export async function registeringBySignIn(
  koble: TestKoble,
  provider: { origin: string },
  input: { provider: string; scopes: string[] },
): Promise<Registering> {
  const server = await startOAuthServer()
  // Its tokens do not run out while the test lasts.
  server.expiresInSeconds = 86_400
  const created = await koble.request<Integration>('POST', '/api/integrations', {
    body: {
      ...input,
      credentials: { clientId: 'client', clientSecret: 'clientsecret' },
      endpoints: {
        authorizationUrl: `${server.origin}/authorize`,
        tokenUrl: `${server.origin}/token`,
        userInfoUrl: `${provider.origin}/userinfo`,
        apiUrl: provider.origin,
      },
    },
  })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  const { connection, page } = await connect(koble, created.body, { externalUserId: crypto.randomUUID() })
  expect(connection, page.html).toBeDefined()
  await server.close()
  return { integrationId: created.body.id, connectionId: connection?.id ?? '' }
}

/** Opens an endpoint that is registered at once; expects that it was taken up, whatever came of it. */
export async function openRegistered(
  koble: Pick<TestKoble, 'request'>,
  { integrationId, connectionId }: Registering,
  input: { target: string; parameters?: Record<string, string>; events?: string[] },
): Promise<{ endpoint: CreatedEndpoint; registration: Registration }> {
  const { events = [], ...register } = input
  const { status, body } = await koble.request<CreatedEndpoint>('POST', `/api/integrations/${integrationId}/webhooks`, {
    body: { events, register: { connectionId, ...register } },
  })
  expect(status, JSON.stringify(body)).toBe(201)
  return { endpoint: body, registration: body.registration as Registration }
}

/** Has a registration worked on by this node as if its time had come. */
export async function tendNow(koble: TestKoble, id: string, changes = ''): Promise<Registration> {
  await koble.testDatabase.query(
    `UPDATE webhook_registrations SET next_at = now() - interval '1 second', lease_until = NULL ${changes} WHERE id = $1`,
    [id],
  )
  await koble.services.registrations.tend()
  return await readRegistration(koble, id)
}

/** As the API shows it. */
export async function readRegistration(koble: TestKoble, id: string): Promise<Registration> {
  const [row] = await koble.testDatabase.query<{ endpoint_id: string }>(
    'SELECT endpoint_id FROM webhook_registrations WHERE id = $1',
    [id],
  )
  const path = `/api/webhooks/${row?.endpoint_id}/registrations/${id}`
  return (await koble.request<Registration>('GET', path)).body
}

/** The only thing that is registered at a provider. */
export function onlyHook(provider: HookProvider) {
  expect(provider.hooks.size).toBe(1)
  const [hook] = provider.hooks.values()
  if (!hook) throw new Error('there is none')
  return hook
}
