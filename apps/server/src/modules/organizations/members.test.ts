import type { Problem } from '@koble/contract/errors'
import type { Invitation, Member, Session } from '@koble/contract/organizations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOrganization, invite, join, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

describe('members', () => {
  let koble: TestKoble
  let owner: Person
  let viewer: Person
  beforeAll(async () => {
    koble = await startTestKoble({ jobs: false })
    owner = await signUpOwner(koble)
    viewer = await invite(koble, 'vera@example.com', 'viewer')
  })
  afterAll(() => koble.stop())

  const roleOf = (person: Person, role: string) =>
    koble.request<Problem>('PATCH', `/api/members/${person.id}`, { body: { role } })

  test('may do what their role says, from the moment it is changed', async () => {
    const make = () => viewer.request('POST', '/api/connect-sessions', { body: { externalUserId: 'u1' } })
    expect((await make()).status).toBe(403)
    expect((await roleOf(viewer, 'developer')).status).toBe(200)
    expect((await make()).status).toBe(201)
    expect((await roleOf(viewer, 'viewer')).status).toBe(200)
    expect((await make()).status).toBe(403)
  })

  test('always include an owner: the last one can be neither demoted nor removed', async () => {
    expect(await roleOf(owner, 'admin')).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect((await koble.request('DELETE', `/api/members/${owner.id}`)).status).toBe(409)
    await roleOf(viewer, 'owner')
    const both = await Promise.all([roleOf(owner, 'admin'), roleOf(viewer, 'admin')])
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 409])
    const { body } = await koble.request<{ data: Member[] }>('GET', '/api/members')
    expect(body.data.filter((member) => member.role === 'owner')).toHaveLength(1)
    await roleOf(owner, 'owner')
    await roleOf(viewer, 'viewer')
  })

  test('who are removed are out at once', async () => {
    const leaver = await invite(koble, 'lea@example.com', 'admin')
    expect((await leaver.request('GET', '/api/members')).status).toBe(200)
    expect((await koble.request('DELETE', `/api/members/${leaver.id}`)).status).toBe(204)
    expect((await leaver.request('GET', '/api/members')).status).toBe(401)
    const again = { email: leaver.email, password: leaver.password }
    expect((await koble.request('POST', '/api/session', { key: null, body: again })).status).toBe(401)
  })

  test('cannot invite to more than they are themselves', async () => {
    const adminKey = await koble.createKey('admin')
    const ask = (role: string) =>
      koble.request('POST', '/api/invitations', { key: adminKey, body: { email: 'x@example.com', role } })
    expect((await ask('owner')).status).toBe(403)
    expect((await ask('admin')).status).toBe(201)
  })

  test('come by invitations that are for one address, and end when withdrawn or after a week', async () => {
    const make = async (email: string) =>
      (
        await koble.request<Invitation & { url: string }>('POST', '/api/invitations', {
          body: { email, role: 'viewer' },
        })
      ).body
    const first = await make('nina@example.com')
    await expect(join(koble, first.url, 'eve@example.com')).rejects.toThrow('another address')
    expect((await koble.request('DELETE', `/api/invitations/${first.id}`)).status).toBe(204)
    await expect(join(koble, first.url, 'nina@example.com')).rejects.toThrow('invitation_unknown')
    const second = await make('nina@example.com')
    await koble.testDatabase.query("UPDATE invitations SET expires_at = expires_at - interval '7 days'")
    await expect(join(koble, second.url, 'nina@example.com')).rejects.toThrow('invitation_unknown')
    const third = await make('nina@example.com')
    expect((await join(koble, third.url, 'Nina@Example.com')).session.role).toBe('viewer')
    const stored = await koble.testDatabase.query('SELECT row_to_json(i)::text AS text FROM invitations i')
    for (const { url } of [first, second, third]) {
      expect(JSON.stringify(stored)).not.toContain(new URL(url).searchParams.get('token'))
    }
  })

  test('who have an account already join with its password, and with no other', async () => {
    const other = await createOrganization(owner, 'Second')
    const invitation = await koble.request<{ url: string }>('POST', '/api/invitations', {
      key: other.ownerKey,
      body: { email: viewer.email, role: 'developer' },
    })
    const token = new URL(invitation.body.url).searchParams.get('token')
    const accept = (password: string) =>
      koble.request<Session>('POST', '/api/invitations/accept', {
        key: null,
        body: { token, name: 'Vera', email: viewer.email, password },
      })
    expect(await accept('another password')).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } })
    const joined = await accept(viewer.password)
    expect(joined.body).toMatchObject({ role: 'developer', organization: { id: other.id }, user: { id: viewer.id } })
    expect(joined.body.organizations).toHaveLength(2)
  })
})
