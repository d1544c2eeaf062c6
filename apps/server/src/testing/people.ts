import type { Role, Session } from '@koble/contract/organizations'
import { type Answer, type CallOptions, call } from './http-call.ts'
import type { TestKoble } from './test-koble.ts'

/** A person who is signed in to the dashboard. */
export interface Person {
  id: string
  email: string
  password: string
  cookie: string
  session: Session
  /** One call with the session cookie and the header that the dashboard sends along. */
  request<Body = unknown>(method: string, path: string, options?: CallOptions): Promise<Answer<Body>>
}

const password = 'correct horse battery'

/** Accepts an invitation link as somebody new. */
export async function join(
  koble: TestKoble,
  link: string,
  email: string,
  more: { name?: string; organizationName?: string } = {},
): Promise<Person> {
  const token = new URL(link).searchParams.get('token')
  const body = { token, name: more.name ?? email.split('@')[0], email, password, ...more }
  const answer = await koble.request<Session>('POST', '/api/invitations/accept', { key: null, body })
  if (answer.status !== 200) throw new Error(`${email} could not join: ${JSON.stringify(answer.body)}`)
  const cookie = cookiesOf(answer)
  return {
    id: answer.body.user?.id ?? '',
    email,
    password,
    cookie,
    session: answer.body,
    request: (method, path, { headers, ...rest } = {}) =>
      call(method, koble.url + path, { cookie, headers: { 'koble-csrf': '1', ...headers }, ...rest }),
  }
}

/** The first owner, by the one-time link. */
export async function signUpOwner(koble: TestKoble): Promise<Person> {
  const link = await koble.services.organizations.ownerLink(koble.organization.id)
  return await join(koble, link, 'olav@example.com')
}

/** Somebody invited into the organization of the owner's key. */
export async function invite(koble: TestKoble, email: string, role: Role): Promise<Person> {
  const { body } = await koble.request<{ url: string }>('POST', '/api/invitations', { body: { email, role } })
  return await join(koble, body.url, email)
}

/** Another organization of that person's, and an owner's key to it. */
export async function createOrganization(person: Person, name: string): Promise<{ id: string; ownerKey: string }> {
  const organization = await person.request<{ id: string }>('POST', '/api/organizations', { body: { name } })
  const earlier = (await person.request<Session>('GET', '/api/session')).body.organization.id
  const switchTo = (organizationId: string) =>
    person.request('PUT', '/api/session/organization', { body: { organizationId } })
  await switchTo(organization.body.id)
  const key = await person.request<{ key: string }>('POST', '/api/api-keys', { body: { name: 'Key', role: 'owner' } })
  await switchTo(earlier)
  return { id: organization.body.id, ownerKey: key.body.key }
}

/** What a browser would send back. */
export function cookiesOf(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}
