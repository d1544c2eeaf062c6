import type { AuditEntry } from '@koble/contract/activity'
import type { Problem } from '@koble/contract/errors'
import type { Approval } from '@koble/contract/governance'
import type { Integration } from '@koble/contract/integrations'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { invite, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let owner: Person
let admin: Person
let developer: Person

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  owner = await signUpOwner(koble)
  admin = await invite(koble, 'astrid@example.com', 'admin')
  developer = await invite(koble, 'dag@example.com', 'developer')
})
afterAll(() => koble.stop())
beforeEach(() => setPolicy('required'))

type Caller = Pick<Person, 'request'>

const setPolicy = async (integrationApproval: 'none' | 'required') => {
  const answer = await koble.request('PATCH', '/api/organization', { body: { policies: { integrationApproval } } })
  expect(answer.status).toBe(200)
}
const github = {
  provider: 'github',
  credentials: { clientId: 'client', clientSecret: 'first-client-secret' },
  scopes: ['read:user'],
  justification: 'The issue list of customers',
}
async function create(caller: Caller = developer, more: object = {}): Promise<Integration> {
  const answer = await caller.request<Integration>('POST', '/api/integrations', { body: { ...github, ...more } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}
const get = async (id: string) => (await koble.request<Integration>('GET', `/api/integrations/${id}`)).body
const patch = <Body = Integration>(id: string, body: object, caller: Caller = developer) =>
  caller.request<Body>('PATCH', `/api/integrations/${id}`, { body })
const decide = <Body = Approval>(caller: Caller, id: string, how: 'approve' | 'reject', body: object = {}) =>
  caller.request<Body>('POST', `/api/integrations/${id}/${how}`, { body })
const approval = async (id: string | null) => (await koble.request<Approval>('GET', `/api/approvals/${id}`)).body
async function createActive(more: object = {}): Promise<Integration> {
  const { id } = await create(developer, more)
  expect((await decide(admin, id, 'approve')).status).toBe(200)
  return await get(id)
}
const start = (integrationId: string) =>
  koble.request<Problem>('GET', `/api/connect/github?integrationId=${integrationId}&externalUserId=u1`)

describe('without the policy', () => {
  test('an integration is active at once, and is widened at once', async () => {
    await setPolicy('none')
    const { id, status, pendingApprovalId } = await create(developer, { justification: undefined })
    expect({ status, pendingApprovalId }).toEqual({ status: 'active', pendingApprovalId: null })
    expect((await patch(id, { scopes: ['repo'] })).body).toMatchObject({ scopes: ['repo'], pendingApprovalId: null })
    expect((await start(id)).status).toBe(302)
  })
})

describe('a new integration', () => {
  test('waits, and cannot be connected until it is approved', async () => {
    const { id, status, pendingApprovalId } = await create()
    expect(status).toBe('pending')
    expect(await start(id)).toMatchObject({ status: 409, body: { code: 'approval_required' } })
    const keyed = await koble.request<Integration>('POST', '/api/integrations', {
      body: { provider: 'api-key', config: { apiUrl: 'http://127.0.0.1:9' }, justification: 'A test' },
    })
    const body = { integrationId: keyed.body.id, externalUserId: 'u1', credentials: { apiKey: 'x' } }
    expect(await koble.request('POST', '/api/connections', { body })).toMatchObject({
      status: 409,
      body: { code: 'approval_required' },
    })
    const answer = await decide(admin, id, 'approve', { reason: 'Fine', approvalId: pendingApprovalId })
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'approved', reason: 'Fine', selfApproved: false, decidedBy: { type: 'user', id: admin.id } },
    })
    expect(await get(id)).toMatchObject({ status: 'active', pendingApprovalId: null })
    expect((await start(id)).status).toBe(302)
  })

  test('is shown with its scopes in words, its hosts and what it is set to, and never with its secrets', async () => {
    const { pendingApprovalId } = await create(developer, {
      scopes: ['read:user', 'repo', 'unheard-of'],
      classification: 'restricted',
    })
    const request = await approval(pendingApprovalId)
    expect(request).toMatchObject({
      kind: 'new',
      status: 'pending',
      justification: github.justification,
      requestedBy: { type: 'user', id: developer.id, label: 'dag' },
      asks: {
        scopes: [
          { name: 'read:user', description: 'Read your profile', sensitive: false, added: true },
          { name: 'repo', sensitive: true, added: true },
          { name: 'unheard-of', description: null, sensitive: true, added: true },
        ],
        hosts: [
          { host: 'api.github.com', added: true },
          { host: 'github.com', added: true },
          { host: 'uploads.github.com', added: true },
        ],
        classification: 'restricted',
      },
    })
    expect(request.asks.changes).toContainEqual({
      field: 'clientSecret',
      from: null,
      to: null,
      secret: true,
      widens: false,
    })
    expect(JSON.stringify(request)).not.toContain('first-client-secret')
  })

  test('needs a justification', async () => {
    const body = { ...github, justification: undefined }
    expect(await developer.request('POST', '/api/integrations', { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'justification' }] },
    })
  })

  test('cannot be switched on past the approval, nor be approved in a form that was not read', async () => {
    const { id, pendingApprovalId } = await create()
    for (const status of ['active', 'inactive']) {
      expect(await patch<Problem>(id, { status })).toMatchObject({ status: 409, body: { code: 'approval_required' } })
    }
    const edited = (await patch(id, { scopes: ['repo'] })).body
    expect(edited).toMatchObject({ status: 'pending', scopes: ['repo'] })
    expect(edited.pendingApprovalId).not.toBe(pendingApprovalId)
    expect((await approval(pendingApprovalId)).status).toBe('superseded')
    expect(await decide(admin, id, 'approve', { approvalId: pendingApprovalId })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect((await approval(edited.pendingApprovalId)).asks.scopes).toMatchObject([{ name: 'repo' }])
  })

  test('opens no endpoint, and is switched on by anyone who may once approval is no longer required', async () => {
    const { id, pendingApprovalId } = await create()
    expect(await developer.request('POST', `/api/integrations/${id}/webhooks`, { body: {} })).toMatchObject({
      status: 409,
      body: { code: 'approval_required' },
    })
    await setPolicy('none')
    expect((await patch(id, { status: 'active' })).body).toMatchObject({ status: 'active', pendingApprovalId: null })
    expect(await approval(pendingApprovalId)).toMatchObject({ status: 'withdrawn' })
    expect((await developer.request('POST', `/api/integrations/${id}/webhooks`, { body: {} })).status).toBe(201)
  })

  test('stays out of use when it is rejected or withdrawn, and may be asked for again', async () => {
    const { id, pendingApprovalId } = await create()
    expect(await decide(admin, id, 'reject')).toMatchObject({ status: 400 })
    expect(await decide(admin, id, 'reject', { reason: 'Too much' })).toMatchObject({
      status: 200,
      body: { status: 'rejected', reason: 'Too much' },
    })
    expect(await start(id)).toMatchObject({ status: 409, body: { code: 'approval_required' } })
    expect(await decide(admin, id, 'approve', { approvalId: pendingApprovalId })).toMatchObject({ status: 409 })
    const again = (await patch(id, { name: 'Again', justification: 'Less' })).body.pendingApprovalId
    const withdraw = (caller: Caller) => caller.request<Problem>('POST', `/api/approvals/${again}/withdraw`)
    expect(await withdraw(owner)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await withdraw(developer)).toMatchObject({ status: 200, body: { status: 'withdrawn' } })
    expect(await withdraw(developer)).toMatchObject({ status: 409 })
    expect(await get(id)).toMatchObject({ status: 'pending', pendingApprovalId: null })
  })

  test('leaves a request in the list when it is removed, where nobody can approve it any more', async () => {
    const { id, pendingApprovalId } = await create()
    expect((await admin.request('DELETE', `/api/integrations/${id}`)).status).toBe(204)
    expect(await approval(pendingApprovalId)).toMatchObject({ status: 'withdrawn', integrationName: 'GitHub' })
  })

  test('is approved once, however many do it at the same time', async () => {
    const { id } = await create()
    const answers = await Promise.all([admin, owner, admin, owner].map((caller) => decide(caller, id, 'approve')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
  })
})

describe('a change of an active integration', () => {
  const widening: [string, object][] = [
    ['more scopes', { scopes: ['read:user', 'repo'] }],
    ['another host', { endpoints: { apiUrl: 'https://github.example.com/api/v3' } }],
    ['another path on the same host', { endpoints: { apiUrl: 'https://api.github.com/v4' } }],
    ['another client', { credentials: { clientId: 'other', clientSecret: 'second' } }],
    ['a looser address list', { ipAllowList: ['10.0.0.0/7'] }],
    ['no address list', { ipAllowList: [] }],
    ['a looser classification', { classification: 'open' }],
    ['no classification', { classification: null }],
  ]
  test.each(widening)('that brings %s waits, with the present settings in force', async (_what, change) => {
    const before = await createActive({ ipAllowList: ['10.0.0.0/8'], classification: 'internal' })
    const answer = await patch(before.id, { ...change, justification: 'More is needed' })
    expect(answer.status).toBe(200)
    const { pendingApprovalId, ...present } = answer.body
    expect({ ...present, pendingApprovalId: null }).toEqual(before)
    expect(pendingApprovalId).not.toBeNull()
    expect((await start(before.id)).status).toBe(302)
    const request = await approval(pendingApprovalId)
    expect(request.kind).toBe('change')
    expect(request.asks.changes.some(({ widens }) => widens)).toBe(true)
    expect((await decide(admin, before.id, 'approve')).status).toBe(200)
    const { credentials, ...plain } = change as { credentials?: { clientId: string } }
    const expected = credentials ? { clientId: credentials.clientId } : plain
    expect(await get(before.id)).toMatchObject({ ...expected, pendingApprovalId: null, status: 'active' })
  })

  const narrowing: [string, object][] = [
    ['fewer scopes', { scopes: [] }],
    ['another name', { name: 'Renamed' }],
    ['a new secret of the same client', { credentials: { clientSecret: 'rotated' } }],
    ['a narrower address list', { ipAllowList: ['10.1.0.0/16', '10.2.3.4'] }],
    ['a stricter classification', { classification: 'restricted' }],
    ['a purpose', { processing: { purpose: 'Support', legalBasis: 'contract' } }],
    ['being switched off', { status: 'inactive' }],
  ]
  test.each(narrowing)('that brings %s takes effect at once', async (_what, change) => {
    const { id } = await createActive({ ipAllowList: ['10.0.0.0/8'], classification: 'internal' })
    const answer = await patch(id, change)
    expect(answer).toMatchObject({ status: 200, body: { pendingApprovalId: null } })
    const { credentials: _secret, ...plain } = change as { credentials?: object }
    expect(answer.body).toMatchObject(plain)
  })

  test('is kept sealed, and is gone once it was decided', async () => {
    const { id } = await createActive()
    const credentials = { clientId: 'other', clientSecret: 'planted-client-secret' }
    const { pendingApprovalId } = (await patch(id, { credentials, justification: 'A new app' })).body
    const rows = () =>
      koble.testDatabase.query<{ change: string | null }>('SELECT * FROM approvals WHERE id = $1', [pendingApprovalId])
    const [waiting] = await rows()
    expect(waiting?.change).toEqual(expect.any(String))
    expect(JSON.stringify(waiting)).not.toContain('planted-client-secret')
    await decide(admin, id, 'approve')
    expect((await rows())[0]?.change).toBeNull()
    const open = await koble.services.integrations.open(koble.organization.id, id)
    expect(open).toMatchObject({ clientId: 'other', secrets: { clientSecret: 'planted-client-secret' } })
  })

  test('is not approved when the settings beside it were changed since it was read', async () => {
    const { id } = await createActive({ classification: 'internal' })
    await patch(id, { scopes: ['repo'], justification: 'More' })
    await patch(id, { classification: 'restricted' })
    expect(await decide(admin, id, 'approve')).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await get(id)).toMatchObject({ scopes: ['read:user'], classification: 'restricted' })
    const again = (await patch(id, { scopes: ['repo'], justification: 'More' })).body
    expect((await decide(admin, id, 'approve', { approvalId: again.pendingApprovalId })).status).toBe(200)
    expect(await get(id)).toMatchObject({ scopes: ['repo'], classification: 'restricted' })
  })

  test('is not made when it is rejected', async () => {
    const before = await createActive()
    await patch(before.id, { scopes: ['repo'], justification: 'More' })
    expect((await decide(admin, before.id, 'reject', { reason: 'No' })).status).toBe(200)
    expect(await get(before.id)).toEqual(before)
  })
})

describe('who asked', () => {
  test('cannot approve, not even by a key of theirs or what such a key asked for', async () => {
    const { id } = await create(admin)
    const refused = { status: 403, body: { code: 'self_approval_refused' } }
    expect(await decide(admin, id, 'approve')).toMatchObject(refused)
    const body = { name: 'Key of Astrid', role: 'admin' }
    const { key } = (await admin.request<{ key: string }>('POST', '/api/api-keys', { body })).body
    const byKey: Caller = { request: (method, path, options) => koble.request(method, path, { ...options, key }) }
    const made = await byKey.request<{ key: string }>('POST', '/api/api-keys', {
      body: { name: 'Second', role: 'admin' },
    })
    const bySecondKey: Caller = {
      request: (method, path, options) => koble.request(method, path, { ...options, key: made.body.key }),
    }
    expect(await decide(byKey, id, 'approve')).toMatchObject(refused)
    expect(await decide(bySecondKey, id, 'approve')).toMatchObject(refused)
    const other = await create(byKey)
    expect(await decide(admin, other.id, 'approve')).toMatchObject(refused)
    expect(await decide(owner, other.id, 'approve')).toMatchObject({ status: 200, body: { selfApproved: false } })
    expect(await decide(owner, id, 'approve')).toMatchObject({ status: 200, body: { selfApproved: false } })
  })

  test('may approve when nobody else can, which the record says', async () => {
    await koble.request('PATCH', `/api/members/${admin.id}`, { body: { role: 'developer' } })
    try {
      const { id } = await create(owner)
      expect(await decide(owner, id, 'approve')).toMatchObject({ status: 200, body: { selfApproved: true } })
      const { body } = await koble.request<{ data: AuditEntry[] }>(
        'GET',
        '/api/audit-log?action=integration.approved&limit=1',
      )
      expect(body.data[0]).toMatchObject({ actorId: owner.id, targetId: id, details: { selfApproved: true } })
    } finally {
      await koble.request('PATCH', `/api/members/${admin.id}`, { body: { role: 'admin' } })
    }
  })

  test('is told apart from a key that approves, which is recorded as a key', async () => {
    const { id } = await create()
    expect(await decide({ request: koble.request }, id, 'approve')).toMatchObject({
      status: 200,
      body: { decidedBy: { type: 'api_key', label: 'First admin key' } },
    })
    const { id: another } = await create()
    expect(await decide(developer, another, 'approve')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })
})

test('requests are listed by status, and stand in the audit log and in the activity', async () => {
  const { id, pendingApprovalId } = await create()
  const list = async (status: string) =>
    (await koble.request<{ data: Approval[] }>('GET', `/api/approvals?status=${status}&limit=200`)).body.data
  const ids = (approvals: Approval[]) => approvals.map((entry) => entry.id)
  expect(ids(await list('pending'))).toContain(pendingApprovalId)
  expect(ids(await list('approved'))).not.toContain(pendingApprovalId)
  await decide(admin, id, 'approve', { reason: 'Fine' })
  expect(ids(await list('approved'))).toContain(pendingApprovalId)
  expect((await list('pending')).every((entry) => entry.status === 'pending')).toBe(true)
  const audit = await koble.request<{ data: AuditEntry[] }>('GET', '/api/audit-log?limit=3')
  expect(audit.body.data.map((entry) => [entry.action, entry.actorLabel])).toEqual([
    ['integration.approved', 'astrid'],
    ['approval.requested', 'dag'],
    ['integration.created', 'dag'],
  ])
  const activity = await koble.request<{ data: { action: string }[] }>('GET', `/api/activity?integrationId=${id}`)
  expect(activity.body.data.map((line) => line.action)).toEqual(['integration.approved', 'approval.requested'])
})
