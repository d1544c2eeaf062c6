import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { ImportReport } from '@koble/contract/portability'
import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser, readForm } from '../../testing/browser.ts'
import { connectUrl, createConnectSession } from '../../testing/connect.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import { apiOf, demandAccountBase, withAccountBase } from './account-api.ts'
import { fromFields } from './credentials.ts'

describe('the base of the API for one account', () => {
  const open = (api: Partial<ResolvedProvider['api']>) => {
    const accountBase = { answerField: 'instance_url', hosts: ['.example.com'], origins: [] }
    const baseUrl = 'https://login.example.com'
    const resolved = {
      name: 'Moving',
      api: { baseUrl, headers: {}, otherOrigins: [], aliases: [], accountBase, ...api },
    }
    return { resolved } as unknown as OpenIntegration
  }
  const integration = open({})
  const none = fromFields('oauth2', {})
  const at = (instance_url: unknown, before = none) => withAccountBase(integration, before, { instance_url })

  test('follows the answers, and stays where an answer names none that may be used', () => {
    const first = at('https://eu1.example.com')
    expect(apiOf(integration, first).baseUrl).toBe('https://eu1.example.com')
    expect(apiOf(integration, at('https://eu2.example.com', first)).baseUrl).toBe('https://eu2.example.com')
    for (const other of [undefined, 7, 'https://eu1.example.net']) expect(at(other, first)).toEqual(first)
  })

  test('is demanded of a sign-in, where the provider has one', () => {
    const malformed = expect.objectContaining({ code: 'provider_malformed' })
    expect(() => demandAccountBase(integration, at('https://eu1.example.net'))).toThrow(malformed)
    expect(() => demandAccountBase(integration, at('https://eu1.example.com'))).not.toThrow()
    expect(() => demandAccountBase(open({ accountBase: undefined }), none)).not.toThrow()
  })

  test('is left when the integration is moved to another installation', () => {
    const before = at('https://eu1.example.com')
    const baseUrl = 'https://crm.example.org'
    const accountBase = { answerField: 'instance_url', hosts: [], origins: [baseUrl] }
    expect(apiOf(open({ baseUrl, accountBase }), before).baseUrl).toBe(baseUrl)
    expect(apiOf(open({ accountBase: undefined }), before).baseUrl).toBe('https://login.example.com')
  })
})

describe('in a sandbox of two orgs', { timeout: 60_000 }, () => {
  let koble: TestKoble
  let integration: Integration
  beforeAll(async () => {
    koble = await startTestKoble({ sandbox: true })
    const body = { provider: 'salesforce', sandbox: true }
    integration = (await koble.request<Integration>('POST', '/api/integrations', { body })).body
  })
  afterAll(() => koble.stop())

  async function connect(person: string): Promise<Connection> {
    const browser = createBrowser()
    const session = await createConnectSession(koble, { externalUserId: person })
    const consent = await browser.open(connectUrl(koble, session, integration))
    const { action, fields } = readForm(consent, person)
    const page = await browser.open(action, { form: fields })
    expect(page.status, page.html).toBe(200)
    const { body } = await koble.request<{ connections: Connection[] }>('GET', `/api/connect-sessions/${session.id}`)
    return body.connections[0] as Connection
  }
  type Queried = { records: { Name: string }[] } & Problem
  const soql = encodeURIComponent('SELECT Name FROM Organization')
  const orgOf = async ({ id }: Pick<Connection, 'id'>) => {
    const headers = { 'koble-connection': id }
    const { body } = await koble.request<Queried>('GET', `/api/proxy/services/data/v67.0/query?q=${soql}`, { headers })
    return body.records?.[0]?.Name ?? body
  }

  test('each connection is called at its own, also after its token was renewed', async () => {
    const kari = await connect('kari@fjord.example.com')
    const ida = await connect('ida@fjell.example.com')
    expect([kari.accountLabel, ida.accountLabel]).toEqual(['kari@fjord.example.com', 'ida@fjell.example.com'])
    expect([await orgOf(kari), await orgOf(ida)]).toEqual(['fjord', 'fjell'])
    expect((await koble.request('POST', `/api/connections/${ida.id}/refresh`)).status).toBe(200)
    expect([await orgOf(kari), await orgOf(ida)]).toEqual(['fjord', 'fjell'])
    const tested = await koble.request('POST', `/api/connections/${ida.id}/test`)
    expect(tested.body).toMatchObject({ ok: true, status: 200 })
  })

  test('a whole address is taken below the base of the connection, and not below that of another', async () => {
    const kari = await connect('kari@fjord.example.com')
    const { body } = await koble.request<{ accessToken: string }>('GET', `/api/connections/${kari.id}/token`)
    const open = await koble.services.connections.fresh(koble.organization.id, kari.id)
    expect(open.credentials.slots['default']?.accessToken).toBe(body.accessToken)
    const base = open.credentials.baseUrl ?? ''
    const call = (address: string) =>
      koble.request<Problem>('GET', '/api/proxy/', { headers: { 'koble-connection': kari.id, 'koble-url': address } })
    expect((await call(`${base}/services/data/v67.0/limits`)).status).toBe(200)
    const elsewhere = base.replace('/orgs/fjord', '/orgs/fjell')
    expect(elsewhere).not.toBe(base)
    expect((await call(`${elsewhere}/services/data/v67.0/limits`)).body.code).toBe('url_not_of_provider')
  })

  test('tokens are imported with it, and not with one that would lead them elsewhere', async () => {
    const kari = await connect('kari@fjord.example.com')
    const open = await koble.services.connections.fresh(koble.organization.id, kari.id)
    const accessToken = open.credentials.slots['default']?.accessToken ?? ''
    const { baseUrl } = open.credentials
    const item = (externalUserId: string, given: object) => ({
      integrationId: integration.id,
      externalUserId,
      credentials: { accessToken, ...given },
    })
    const connections = [
      item('imported', { baseUrl }),
      item('led-away', { baseUrl: 'https://fjord.my.salesforce.com.example.net' }),
    ]
    const { body } = await koble.request<ImportReport>('POST', '/api/connections/import', {
      body: { connections, verify: true },
    })
    expect(body.results.map(({ code }) => code)).toEqual([null, 'invalid_request'])
    expect(body.results[1]?.message).toContain('credentials.baseUrl')
    expect(await orgOf({ id: body.results[0]?.connectionId ?? '' })).toBe('fjord')
    const nango = await koble.request<ImportReport>('POST', '/api/connections/import', {
      body: {
        nango: [
          {
            ...{ connection_id: 'from-nango', provider_config_key: 'sf', connection_config: { instance_url: baseUrl } },
            credentials: { type: 'OAUTH2', access_token: accessToken },
          },
        ],
        mapping: { sf: integration.id },
      },
    })
    expect(await orgOf({ id: nango.body.results[0]?.connectionId ?? '' })).toBe('fjord')
  })
})
