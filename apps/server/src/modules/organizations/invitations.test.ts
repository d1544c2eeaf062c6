import type { Problem } from '@koble/contract/errors'
import type { Member, Role, Session } from '@koble/contract/organizations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookiesOf, invite, type Person, signUpOwner } from '../../testing/people.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let owner: Person

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  owner = await signUpOwner(koble)
})
afterAll(() => koble.stop())

async function invitationTo(email: string, role: Role): Promise<string> {
  const { body } = await koble.request<{ url: string }>('POST', '/api/invitations', { body: { email, role } })
  return new URL(body.url).searchParams.get('token') ?? ''
}
const accept = (token: string, email: string, password: string) =>
  koble.request<Session & Problem>('POST', '/api/invitations/accept', {
    key: null,
    body: { token, name: 'Somebody', email, password },
  })
const members = async () => (await koble.request<{ data: Member[] }>('GET', '/api/members')).body.data

test('an invitation to less than one is takes nothing away, so the last owner stays one', async () => {
  const answer = await accept(await invitationTo(owner.email, 'viewer'), owner.email, owner.password)
  expect(answer).toMatchObject({ status: 200, body: { role: 'owner' } })
  expect(await members()).toMatchObject([{ userId: owner.id, role: 'owner' }])
  const viewer = await invite(koble, 'vera@example.com', 'viewer')
  await accept(await invitationTo(viewer.email, 'admin'), viewer.email, viewer.password)
  expect((await members()).find((member) => member.userId === viewer.id)?.role).toBe('admin')
})

test('an invitation accepted twice in one moment, as by a double click, makes one member', async () => {
  const token = await invitationTo('nina@example.com', 'viewer')
  const answers = await Promise.all([1, 2, 3].map(() => accept(token, 'nina@example.com', 'a good password')))
  // The others find the address taken, its password not there yet, or the link used up.
  const taken = expect.toSatisfy((status: number) => [401, 404, 409].includes(status))
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, taken, taken])
  expect((await members()).filter((member) => member.email === 'nina@example.com')).toHaveLength(1)
  const joined = answers.find((answer) => answer.status === 200)
  const whoAmI = await koble.request<Session>('GET', '/api/session', {
    key: null,
    cookie: cookiesOf(joined ?? (answers[0] as never)),
  })
  expect(whoAmI.body.user?.email).toBe('nina@example.com')
})

test('a session that ran out opens nothing', async () => {
  expect((await owner.request('GET', '/api/session')).status).toBe(200)
  await koble.testDatabase.query("UPDATE sessions SET expires_at = now() - interval '1 second'")
  expect((await owner.request('GET', '/api/session')).status).toBe(401)
})

test('text that the database cannot keep is refused as such', async () => {
  const body = { name: 'a\u0000b' }
  const refusal = { status: 400, body: { code: 'invalid_request' } }
  expect(await koble.request('PATCH', '/api/organization', { body })).toMatchObject(refusal)
  expect(await koble.request('POST', '/api/api-keys', { body })).toMatchObject(refusal)
  expect(await koble.request('GET', '/api/activity?search=%00')).toMatchObject(refusal)
})

// The last one: a process lets an address sign in ten times a minute, the tests above included.
test('an invitation is not used up by a wrong password, nor by too many attempts', async () => {
  const before = await members()
  const token = await invitationTo(owner.email, 'developer')
  const wrong = await accept(token, owner.email, 'another password')
  expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_failed' } })
  expect(wrong.headers.getSetCookie()).toEqual([])
  const newcomer = await invitationTo('ivar@example.com', 'viewer')
  for (let attempt = 0; attempt < 8; attempt += 1) await accept(token, owner.email, 'another password')
  const limited = { status: 429, body: { code: 'rate_limited' } }
  expect(await accept(token, owner.email, owner.password)).toMatchObject(limited)
  expect(await accept(newcomer, 'ivar@example.com', 'a good password')).toMatchObject(limited)

  expect(await members()).toEqual(before)
  expect(await koble.testDatabase.query("SELECT 1 FROM users WHERE email = 'ivar@example.com'")).toEqual([])
  for (const open of [token, newcomer]) {
    expect((await koble.request('GET', `/api/invitations/preview?token=${open}`, { key: null })).status).toBe(200)
  }
})
