import type { Problem } from '@koble/contract/errors'
import type { Integration, MarketplaceDetail } from '@koble/contract/integrations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

const create = (body: object) => koble.request<Integration>('POST', '/api/integrations', { body })

describe('the sandbox of a provider with several methods', () => {
  test('is shown with those that it takes, and with what is to be entered for each', async () => {
    const path = '/api/integrations/marketplace/github'
    const { body } = await koble.request<MarketplaceDetail>('GET', path)
    expect(
      body.authMethods.map(({ type, sandbox, sandboxCredentials }) => [type, sandbox, sandboxCredentials]),
    ).toEqual([
      ['oauth2', true, null],
      ['api_key', true, { apiKey: 'ghp_koble_sandbox_of_octocat' }],
      ['two_step', true, { installationId: '51000001' }],
    ])
    // The private key of the integration is filled in by the server alone.
    expect(JSON.stringify(body)).not.toContain('-----BEGIN PRIVATE KEY-----\\nMII')
  })

  test('is set up by the usual one, or by the one that is asked for, whose name tells it apart', async () => {
    const usual = await create({ provider: 'github', sandbox: true })
    expect(usual.body).toMatchObject({ name: 'GitHub sandbox', authMethod: 'oauth2', sandbox: true })
    const other = await create({ provider: 'github', sandbox: true, authMethod: 'two_step' })
    expect(other.body).toMatchObject({
      name: 'GitHub sandbox, Installation of a GitHub App',
      authMethod: 'two_step',
      clientId: '510001',
    })
    const named = await create({ provider: 'github', sandbox: true, authMethod: 'api_key', name: 'Ours' })
    expect(named.body).toMatchObject({ name: 'Ours', authMethod: 'api_key' })
  })

  test('connects an installation of a GitHub App as the account that it is installed on', async () => {
    const connection = await connectInSandbox(koble, 'github', undefined, 'two_step')
    expect(connection).toMatchObject({ accountLabel: 'octocat', status: 'connected' })
    const { integrationId } = connection
    const shop = { integrationId, externalUserId: 'u2', credentials: { installationId: '51000002' } }
    expect((await koble.request('POST', '/api/connections', { body: shop })).body).toMatchObject({
      accountLabel: 'fjord-bikes',
    })
    const none = { integrationId, externalUserId: 'u3', credentials: { installationId: '51000003' } }
    expect(await koble.request<Problem>('POST', '/api/connections', { body: none })).toMatchObject({
      status: 422,
      body: { code: 'credentials_rejected' },
    })
  })

  test('connects machines and tokens as the tenant that they are of', async () => {
    const labels = []
    for (const [provider, type] of [
      ['okta', 'client_credentials'],
      ['okta', 'api_key'],
      ['keycloak', 'client_credentials'],
      ['entra', 'client_credentials'],
    ] as const) {
      labels.push((await connectInSandbox(koble, provider, undefined, type)).accountLabel)
    }
    expect(labels).toEqual(['fjord.okta.com', 'fjord.okta.com', 'fjord', 'Fjord Bikes'])
  })

  test('is not set up by a method that the provider has not', async () => {
    expect(await create({ provider: 'slack', sandbox: true, authMethod: 'api_key' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
  })
})
