import type { Connection, CreatedConnectSession } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import { expect } from 'vitest'
import { type Browser, createBrowser, type Page } from './browser.ts'
import type { OAuthServer } from './oauth-server.ts'
import type { TestKoble } from './test-koble.ts'

type Koble = Pick<TestKoble, 'request' | 'url'>

/** Sets up the generic OAuth 2.0 provider for a server of the test's. */
export async function createOAuthIntegration(
  koble: Koble,
  server: Pick<OAuthServer, 'config'>,
  credentials = { clientId: 'client', clientSecret: 'clientsecret' },
): Promise<Integration> {
  const body = { provider: 'oauth2', credentials, config: server.config, scopes: ['read'] }
  const answer = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

export async function createConnectSession(
  koble: Koble,
  input: { externalUserId?: string; integrations?: string[]; expiresIn?: number; returnTo?: string } = {},
): Promise<CreatedConnectSession> {
  const body = { externalUserId: 'u1', ...input }
  return (await koble.request<CreatedConnectSession>('POST', '/api/connect-sessions', { body })).body
}

/** Where an end user's browser goes to begin. */
export function connectUrl(
  koble: Koble,
  session: { token: string },
  integration: { id: string; provider: string },
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({ token: session.token, integrationId: integration.id, ...more })
  return `${koble.url}/api/connect/${integration.provider}?${query}`
}

/** The whole way of an end user whose provider consents by itself; the last page is the answer to the callback. */
export async function connect(
  koble: Koble,
  integration: { id: string; provider: string },
  options: { externalUserId?: string; browser?: Browser; more?: Record<string, string> } = {},
): Promise<{ page: Page; connection: Connection | undefined; sessionId: string }> {
  const { externalUserId = 'u1', browser = createBrowser() } = options
  const session = await createConnectSession(koble, { externalUserId })
  const page = await browser.open(connectUrl(koble, session, integration, options.more))
  const { body } = await koble.request<{ connections: Connection[] }>('GET', `/api/connect-sessions/${session.id}`)
  return { page, connection: body.connections[0], sessionId: session.id }
}
