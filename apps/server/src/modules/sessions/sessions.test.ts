import type { Problem } from '@koble/contract/errors'
import type { Instance, InvitationPreview, Member, Session } from '@koble/contract/organizations'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookiesOf, createOrganization, join, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Ten sign-ins a minute are allowed from one address, and all nodes of a test file share the count: this file makes eight. */
async function withKoble(work: (koble: TestKoble) => Promise<void>): Promise<void> {
  const koble = await startTestKoble({ jobs: false })
  try {
    await work(koble)
  } finally {
    await koble.stop()
  }
}

const signIn = (koble: TestKoble, email: string, password: string) =>
  koble.request<Session & Problem>('POST', '/api/session', { key: null, body: { email, password } })

describe('the first owner’s link', () => {
  test('signs up one owner, once, and tells what it leads to', async () => {
    await withKoble(async (koble) => {
      const earlier = await koble.services.organizations.ownerLink(koble.organization.id)
      const link = await koble.services.organizations.ownerLink(koble.organization.id)
      const preview = (url: string) =>
        koble.request<InvitationPreview>(
          'GET',
          `/api/invitations/preview?token=${new URL(url).searchParams.get('token')}`,
          {
            key: null,
          },
        )
      expect((await preview(earlier)).status).toBe(404)
      expect((await preview(link)).body).toEqual({
        organizationName: 'default',
        role: 'owner',
        email: null,
        firstOwner: true,
      })
      const needsOwner = async () =>
        (await koble.request<Instance>('GET', '/api/instance', { key: null })).body.needsOwner
      expect(await needsOwner()).toBe(true)

      const owner = await join(koble, link, 'olav@example.com', { organizationName: 'Fjord Bikes' })
      expect(owner.session).toMatchObject({
        role: 'owner',
        organization: { name: 'Fjord Bikes' },
        user: { email: 'olav@example.com' },
      })
      expect(await needsOwner()).toBe(false)
      expect((await preview(link)).status).toBe(404)
      await expect(join(koble, link, 'eve@example.com')).rejects.toThrow('invitation_unknown')
      expect((await signIn(koble, 'eve@example.com', owner.password)).status).toBe(401)
    })
  })

  test('used by two people in the same moment makes one owner, and leaves nobody behind', async () => {
    await withKoble(async (koble) => {
      const link = await koble.services.organizations.ownerLink(koble.organization.id)
      const names = ['ada', 'eve']
      const outcomes = await Promise.allSettled(names.map((name) => join(koble, link, `${name}@example.com`)))
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
      const { body } = await koble.request<{ data: Member[] }>('GET', '/api/members')
      expect(body.data).toHaveLength(1)
      const users = await koble.testDatabase.query('SELECT email FROM users')
      expect(users).toEqual([{ email: body.data[0]?.email }])
      expect(await koble.testDatabase.query('SELECT 1 FROM accounts')).toHaveLength(1)
    })
  })
})

describe('a session', () => {
  let koble: TestKoble
  let owner: Person
  beforeAll(async () => {
    koble = await startTestKoble({ jobs: false })
    owner = await signUpOwner(koble)
  })
  afterAll(() => koble.stop())

  test('begins with the right password alone, and the answer does not tell which part was wrong', async () => {
    const wrong = await signIn(koble, owner.email, 'not the password')
    const unknown = await signIn(koble, 'nobody@example.com', owner.password)
    for (const answer of [wrong, unknown]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } })
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' })
    const right = await signIn(koble, owner.email.toUpperCase(), owner.password)
    expect(right).toMatchObject({ status: 200, body: { role: 'owner', user: { email: owner.email } } })
    expect(right.headers.getSetCookie().join()).toMatch(/HttpOnly.*SameSite=Lax/i)
    expect(right.headers.get('cache-control')).toBe('no-store')
  })

  test('ends with the sign-out: its cookie opens nothing any more', async () => {
    const cookie = cookiesOf(await signIn(koble, owner.email, owner.password))
    const whoAmI = () => koble.request('GET', '/api/session', { key: null, cookie })
    expect((await whoAmI()).status).toBe(200)
    expect((await koble.request('DELETE', '/api/session', { key: null, cookie })).status).toBe(204)
    expect((await whoAmI()).status).toBe(401)
  })

  test('needs a cookie that Koble signed: the token in the database opens nothing', async () => {
    const [row] = await koble.testDatabase.query<{ token: string }>('SELECT token FROM sessions LIMIT 1')
    const [name] = owner.cookie.split('=')
    for (const value of [
      row?.token,
      `${row?.token}.`,
      `${row?.token}.${'A'.repeat(43)}=`,
      encodeURIComponent(`${row?.token}.${'A'.repeat(43)}=`),
    ]) {
      expect((await koble.request('GET', '/api/session', { key: null, cookie: `${name}=${value}` })).status).toBe(401)
    }
  })

  test('changes nothing without the header that another site cannot add', async () => {
    const body = { name: 'From elsewhere', role: 'viewer' }
    for (const headers of [{}, { 'koble-csrf': '' }, { 'koble-csrf': '0' }] as Record<string, string>[]) {
      const answer = await koble.request('POST', '/api/api-keys', { key: null, cookie: owner.cookie, headers, body })
      expect(answer).toMatchObject({ status: 403, body: { code: 'csrf_refused' } })
    }
    const proxied = await koble.request('POST', '/api/proxy/x', { key: null, cookie: owner.cookie, body })
    expect(proxied).toMatchObject({ status: 403, body: { code: 'csrf_refused' } })
    expect((await koble.request('GET', '/api/api-keys', { key: null, cookie: owner.cookie })).status).toBe(200)
    expect((await owner.request('POST', '/api/api-keys', { body })).status).toBe(201)
  })

  test('moves between organizations, and remembers where it is', async () => {
    const other = await createOrganization(owner, 'Second')
    const { body } = await owner.request<Session>('GET', '/api/session')
    expect(body.organizations.map((entry) => entry.name).sort()).toEqual(['Second', 'default'])
    expect(body.organization.id).toBe(koble.organization.id)
    const switched = await owner.request<Session>('PUT', '/api/session/organization', {
      body: { organizationId: other.id },
    })
    expect(switched.body.organization.id).toBe(other.id)
    expect((await owner.request<Session>('GET', '/api/session')).body.organization.id).toBe(other.id)
    await owner.request('PUT', '/api/session/organization', { body: { organizationId: koble.organization.id } })
  })
})
