import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import type { OperationResult } from '@koble/contract/operations'
import type { AuthType } from '@koble/providers/auth-method'
import { needsSignIn } from '@koble/providers/auth-methods'
import { catalogue } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { sandboxMethodOf } from '@koble/providers/sandbox-methods'
import { expect } from 'vitest'
import { createBrowser, readForm } from './browser.ts'
import { connectUrl, createConnectSession } from './connect.ts'
import type { TestKoble } from './test-koble.ts'

/**
 * Sets up a provider's sandbox and connects an account there, as a newcomer does: by consent, or by the key shown. The
 * provider's usual method is taken, and all that its operations need is asked for, unless others are given.
 */
export async function connectInSandbox(
  koble: TestKoble,
  provider: string,
  scopes?: string[],
  authMethod?: AuthType,
): Promise<Connection> {
  const settings = { provider, sandbox: true, ...(authMethod && { authMethod }), ...(scopes && { scopes }) }
  const created = await koble.request<Integration>('POST', '/api/integrations', { body: settings })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  const integration = created.body
  const described = sandboxMethodOf(catalogue.get(provider) as CatalogueEntry, authMethod)
  const { connectionCredentials: credentials, person } = described ?? {}
  if (!needsSignIn(integration.authMethod)) {
    const body = { integrationId: integration.id, externalUserId: 'u1', credentials: credentials ?? {} }
    const connection = await koble.request<Connection>('POST', '/api/connections', { body })
    expect(connection.status, JSON.stringify(connection.body)).toBe(201)
    return connection.body
  }
  const browser = createBrowser()
  const session = await createConnectSession(koble, { externalUserId: crypto.randomUUID() })
  const consent = await browser.open(connectUrl(koble, session, integration))
  const { action, fields } = readForm(consent, person === undefined ? '<button' : `>${person}<`)
  const page = await browser.open(action, { form: fields })
  expect(page.status, page.html).toBe(200)
  const { body } = await koble.request<{ connections: Connection[] }>('GET', `/api/connect-sessions/${session.id}`)
  return body.connections[0] as Connection
}

/** Runs an operation with a connection; expects that it succeeds. */
export async function runOperation(koble: TestKoble, { id }: Connection, name: string, input: object): Promise<void> {
  const path = `/api/connections/${id}/operations/${name}`
  const { status, body } = await koble.request<OperationResult>('POST', path, { body: { input } })
  expect(status, JSON.stringify(body)).toBe(200)
}
