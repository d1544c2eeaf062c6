import type { AuditEntry } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Classification, Register } from '@koble/contract/governance'
import type { Role } from '@koble/contract/organizations'
import type { EventDetail } from '@koble/contract/webhooks'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliver, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { bodyLoggingOf } from '../integrations/service.ts'
import { createGovernanceService, type Use } from './service.ts'

let koble: TestKoble
let thirdParty: LocalServer
const keys = new Map<Role, string>()

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
  for (const role of ['viewer', 'developer', 'admin', 'owner'] as const) keys.set(role, await koble.createKey(role))
})
afterAll(async () => {
  await thirdParty.close()
  await koble.stop()
})

const classify = async (integrationId: string, classification: Classification | null) => {
  const answer = await koble.request('PATCH', `/api/integrations/${integrationId}`, { body: { classification } })
  expect(answer).toMatchObject({ status: 200, body: { classification } })
}
async function connectionOf(classification: Classification): Promise<Connection> {
  const id = await createKeyConnection(koble, thirdParty.origin)
  const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
  await classify(body.integrationId, classification)
  return body
}
const as = <Body>(role: Role, path: string) => koble.request<Body>('GET', path, { key: keys.get(role) })

describe('under a restricted integration', () => {
  test('only an owner reads tokens, under others an admin does too', async () => {
    const restricted = await connectionOf('restricted')
    const path = `/api/connections/${restricted.id}/token`
    expect(await as('admin', path)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await as('owner', path)).status).toBe(200)
    const internal = await connectionOf('internal')
    expect((await as('admin', `/api/connections/${internal.id}/token`)).status).toBe(200)
  })

  test('only an owner exports the log of a connection', async () => {
    const restricted = await connectionOf('restricted')
    const path = `/api/connections/${restricted.id}/logs.csv`
    expect(await as<Problem>('admin', path)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await as('owner', path)).status).toBe(200)
    await classify(restricted.integrationId, 'internal')
    expect((await as('viewer', path)).status).toBe(200)
  })

  test('only an admin sees the raw body of an event; the others see that there is one', async () => {
    const endpoint = await openGithubEndpoint(koble.request)
    const { body } = await deliver(endpoint, 'delivery-1', { body: '{"secret":"of the customer"}' })
    const path = `/api/events/${body.eventId}`
    expect((await as<EventDetail>('viewer', path)).body).toMatchObject({ bodyWithheld: false, bodyEncoding: 'utf8' })
    await classify(endpoint.integrationId, 'restricted')
    const seen = await as<EventDetail>('developer', path)
    expect(seen.body).toMatchObject({ body: '', bodyWithheld: true, bodyBytes: 28 })
    expect(JSON.stringify(seen.body)).not.toContain('of the customer')
    expect((await as<EventDetail>('admin', path)).body.body).toContain('of the customer')
    await koble.request('DELETE', `/api/integrations/${endpoint.integrationId}`)
    expect((await as<EventDetail>('developer', path)).body).toMatchObject({ body: '', bodyWithheld: true })
  })

  test('bodies are never logged, under an internal one not in clear', () => {
    expect(bodyLoggingOf({ classification: 'restricted' })).toBe('never')
    expect(bodyLoggingOf({ classification: 'internal' })).toBe('redacted')
    expect(bodyLoggingOf({ classification: 'open' })).toBe('allowed')
    expect(bodyLoggingOf({ classification: null })).toBe('allowed')
  })
})

describe('every use of a restricted integration', () => {
  const useOf = (more: Partial<Use> = {}): Use => ({
    integration: { id: '0190-integration', organizationId: koble.organization.id, classification: 'restricted' },
    connectionId: 'connection-1',
    actor: { type: 'api_key', id: 'k', label: 'Key', organizationId: koble.organization.id, role: 'developer' },
    origin: { id: 'request-1', ip: '10.1.2.3' },
    method: 'GET',
    path: '/things',
    status: 200,
    ...more,
  })
  const entries = async () => {
    const { body } = await koble.request<{ data: AuditEntry[] }>(
      'GET',
      '/api/audit-log?action=connection.used&limit=200',
    )
    return body.data
  }

  test('is in the audit log, in order and in an unbroken chain, and no use of others is', async () => {
    const { governance, audit } = koble.services
    for (let count = 0; count < 120; count += 1) governance.noteUse(useOf({ path: `/things/${count}` }))
    for (const classification of ['internal', 'open', null] as const) {
      const { id, organizationId } = useOf().integration
      governance.noteUse(useOf({ integration: { id, organizationId, classification } }))
    }
    await governance.flush()
    const written = await entries()
    expect(written.map((entry) => entry.details['path'])).toEqual(
      Array.from({ length: 120 }, (_, index) => `/things/${119 - index}`),
    )
    expect(written[0]).toMatchObject({
      actorLabel: 'Key',
      ip: '10.1.2.3',
      requestId: 'request-1',
      targetType: 'connection',
      targetId: 'connection-1',
      details: { integrationId: '0190-integration', method: 'GET', status: 200, usedAt: expect.any(String) },
    })
    expect(await audit.verify(koble.organization.id)).toMatchObject({ ok: true })
  })

  test('is written later when the database is away, and what did not fit is counted', async () => {
    const written: { action: string; details?: Record<string, unknown> }[] = []
    let isAway = true
    const audit = {
      ...koble.services.audit,
      recordAll: async (all: { deed: { action: string; details?: Record<string, unknown> } }[]) => {
        if (isAway) throw new Error('away')
        written.push(...all.map(({ deed }) => deed))
      },
      recordSystem: async (_organizationId: string, deed: { action: string; details?: Record<string, unknown> }) => {
        written.push(deed)
      },
    }
    const governance = createGovernanceService({ audit, log: { warn() {} } })
    for (let count = 0; count < 20_005; count += 1) governance.noteUse(useOf())
    await governance.flush()
    expect(written).toEqual([])
    isAway = false
    await governance.stop()
    expect(written.filter(({ action }) => action === 'connection.used')).toHaveLength(20_000)
    expect(written.at(-1)).toEqual({ action: 'connection.uses_lost', details: { count: 5 } })
  })
})

describe('the register', () => {
  test('holds every integration with purpose, basis, hosts, scopes and how long its data is kept', async () => {
    const processing = {
      purpose: '=Support',
      legalBasis: 'contract',
      dataCategories: ['Name', 'E-mail'],
      retentionDays: 7,
    }
    const body = {
      provider: 'google',
      name: 'Calendar',
      credentials: { clientId: 'a', clientSecret: 'b' },
      scopes: ['openid'],
      classification: 'internal',
      processing,
    }
    const made = await koble.request<{ id: string }>('POST', '/api/integrations', { body })
    expect(made.status).toBe(201)
    const { body: register } = await koble.request<Register>('GET', '/api/governance/register')
    expect(register.data.find((entry) => entry.integrationId === made.body.id)).toEqual({
      integrationId: made.body.id,
      name: 'Calendar',
      provider: 'google',
      providerName: 'Google',
      status: 'active',
      classification: 'internal',
      purpose: '=Support',
      legalBasis: 'contract',
      dataCategories: ['Name', 'E-mail'],
      hosts: expect.arrayContaining(['oauth2.googleapis.com', 'www.googleapis.com']),
      scopes: ['openid'],
      retentionDays: { events: 7, requests: 7 },
      connectionCount: 0,
    })
    const csv = await koble.request<string>('GET', '/api/governance/register.csv')
    expect(csv.headers.get('content-type')).toContain('text/csv')
    const lines = csv.body.trimEnd().split('\r\n')
    expect(lines).toHaveLength(register.data.length + 1)
    // No spreadsheet may run what somebody entered.
    expect(csv.body).toContain(",internal,'=Support,contract,Name; E-mail,")
  })

  test('can be made complete: an integration without a classification is then refused', async () => {
    const setPolicy = (classificationRequired: boolean) =>
      koble.request('PATCH', '/api/organization', { body: { policies: { classificationRequired } } })
    await setPolicy(true)
    try {
      const body = { provider: 'github', credentials: { clientId: 'a', clientSecret: 'b' } }
      const refusal = { status: 400, body: { code: 'invalid_request', errors: [{ path: 'classification' }] } }
      expect(await koble.request('POST', '/api/integrations', { body })).toMatchObject(refusal)
      const made = await koble.request<{ id: string }>('POST', '/api/integrations', {
        body: { ...body, classification: 'open' },
      })
      expect(made.status).toBe(201)
      const path = `/api/integrations/${made.body.id}`
      expect(await koble.request('PATCH', path, { body: { classification: null } })).toMatchObject(refusal)
      expect((await koble.request('PATCH', path, { body: { name: 'Renamed' } })).status).toBe(200)
    } finally {
      await setPolicy(false)
    }
  })
})
