import type { Session } from '@koble/contract/organizations'
import { KobleError } from '@koble/core/errors'
import type { Actor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { OrganizationService } from '../organizations/service.ts'
import { type Auth, authBasePath, clientAddressHeader } from './auth.ts'

/** An answer that also sets or clears the session cookie. */
export interface WithCookies<Body> {
  body: Body
  cookies: string[]
}

/** Where a sign-in comes from, for rate limits and the list of sessions. */
export interface Caller {
  ip: string
  userAgent?: string
}

export interface SessionService {
  authenticate(cookie: string): Promise<Actor | null>
  describe(actor: Actor, cookie?: string): Promise<WithCookies<Session>>
  signIn(caller: Caller, input: { email: string; password: string }): Promise<WithCookies<Session>>
  signOut(cookie: string): Promise<string[]>
  /** Joins by an invitation: makes the user, or checks the password of the one who exists, and signs in. */
  accept(
    caller: Caller,
    input: { token: string; name: string; email: string; password: string; organizationName?: string },
    origin: Origin,
  ): Promise<WithCookies<Session>>
  switchTo(actor: Actor, organizationId: string): Promise<Session>
}

export function createSessionService(
  auth: () => Promise<Auth>,
  organizations: OrganizationService,
  audit: AuditService,
  publicUrl: string,
): SessionService {
  async function call(
    path: string,
    caller: Caller | null,
    init: { cookie?: string; body?: object },
  ): Promise<Response> {
    const headers = new Headers({ origin: new URL(publicUrl).origin })
    if (caller) headers.set(clientAddressHeader, caller.ip)
    if (caller?.userAgent) headers.set('user-agent', caller.userAgent)
    if (init.cookie) headers.set('cookie', init.cookie)
    if (init.body) headers.set('content-type', 'application/json')
    const { handler } = await auth()
    return await handler(
      new Request(`${publicUrl}${authBasePath}${path}`, {
        method: 'POST',
        headers,
        body: init.body ? JSON.stringify(init.body) : null,
      }),
    )
  }

  /** The cookies of a new session; whether the person belongs to an organization is not asked. */
  async function openSession(caller: Caller, input: { email: string; password: string }): Promise<string[]> {
    const response = await call('/sign-in/email', caller, { body: { email: input.email, password: input.password } })
    if (response.status === 429) {
      const retryAfterMs = 1000 * (Number(response.headers.get('x-retry-after')) || 60)
      throw apiError('rate_limited', 'Too many attempts; wait a minute.', { retryAfterMs })
    }
    if (response.status >= 500) throw new KobleError('internal_error', 'The sign-in could not be completed')
    if (!response.ok) throw apiError('sign_in_failed', 'The e-mail address or the password is wrong.')
    return response.headers.getSetCookie()
  }

  async function signIn(caller: Caller, input: { email: string; password: string }): Promise<WithCookies<Session>> {
    const cookies = await openSession(caller, input)
    const actor = await authenticate(cookieHeader(cookies))
    if (!actor) throw apiError('sign_in_failed', 'This account belongs to no organization. Ask for an invitation.')
    return { body: (await describe(actor)).body, cookies }
  }

  async function authenticate(cookie: string): Promise<Actor | null> {
    const found = await (await auth()).api.getSession({
      headers: new Headers({ cookie }),
      query: { disableRefresh: true },
    })
    if (!found) return null
    const memberships = await organizations.membershipsOf(found.user.id)
    const current = memberships.find((entry) => entry.id === found.session.organizationId) ?? memberships[0]
    if (!current) return null
    return {
      type: 'user',
      id: found.user.id,
      label: found.user.name,
      organizationId: current.id,
      role: current.role,
      sessionId: found.session.id,
    }
  }

  async function describe(actor: Actor, cookie?: string): Promise<WithCookies<Session>> {
    if (actor.role === null) throw apiError('forbidden', 'A connect session is no session of the dashboard.')
    const organization = await organizations.get(actor.organizationId)
    if (actor.type !== 'user') {
      const body = {
        user: null,
        organization,
        role: actor.role,
        organizations: [{ ...organization, role: actor.role }],
      }
      return { body, cookies: [] }
    }
    // Reading the session without `disableRefresh` extends it when a day has passed, and hands back the new cookie.
    const extended = cookie
      ? await (await auth()).api.getSession({ headers: new Headers({ cookie }), returnHeaders: true })
      : undefined
    const user = await organizations.getUser(actor.id)
    const all = await organizations.membershipsOf(actor.id)
    return {
      body: { user, organization, role: actor.role, organizations: all },
      cookies: extended?.headers?.getSetCookie() ?? [],
    }
  }

  async function switchTo(actor: Actor, organizationId: string): Promise<Session> {
    if (actor.type !== 'user') throw apiError('forbidden', 'An API key belongs to one organization.')
    const target = (await organizations.membershipsOf(actor.id)).find((entry) => entry.id === organizationId)
    if (!target) throw apiError('not_found', 'There is no such organization.')
    await organizations.rememberOrganization(actor.sessionId, organizationId)
    return (await describe({ ...actor, organizationId, role: target.role })).body
  }

  return {
    authenticate,
    describe,
    signIn,
    async signOut(cookie) {
      const response = await call('/sign-out', null, { cookie, body: {} })
      return response.headers.getSetCookie()
    },

    async accept(caller, input, origin) {
      const invitation = await organizations.findInvitation(input.token)
      const email = input.email.toLowerCase()
      if (invitation.email !== null && invitation.email.toLowerCase() !== email) {
        throw apiError('invalid_request', 'email: the invitation was made out to another address.')
      }
      const context = await (await auth()).$context
      const existing = await context.internalAdapter.findUserByEmail(email)
      let userId = existing?.user.id
      let undo = async () => {}
      if (!userId) {
        const password = await context.password.hash(input.password)
        const details = { email, name: input.name, emailVerified: invitation.email !== null }
        const user = await context.internalAdapter
          .createUser(details, { method: 'email-password' })
          .catch(async (error: unknown) => {
            if (!(await context.internalAdapter.findUserByEmail(email))) throw error
            throw apiError('conflict', 'Somebody has just joined with this address; sign in instead.')
          })
        await context.internalAdapter.linkAccount({
          userId: user.id,
          accountId: user.id,
          providerId: 'credential',
          password,
        })
        userId = user.id
        undo = () => context.internalAdapter.deleteUser(user.id)
      }
      let cookies: string[]
      try {
        // Before the link is used up: whoever holds it must also be the person that an account of theirs belongs to.
        cookies = await openSession(caller, { email, password: input.password })
        await organizations.acceptInvitation(invitation, userId, input.organizationName)
      } catch (error) {
        // Somebody else used the link in the same moment: nobody may be left who belongs nowhere.
        await undo()
        if (existing && error instanceof KobleError && error.code === 'sign_in_failed') {
          throw apiError('sign_in_failed', 'You have an account already: enter its password.')
        }
        throw error
      }
      const actor: Actor = {
        type: 'user',
        id: userId,
        label: input.name,
        organizationId: invitation.organizationId,
        role: invitation.role,
        sessionId: '',
      }
      const target = { targetType: 'user', targetId: userId, details: { role: invitation.role } }
      await audit.record(actor, origin, { action: 'member.joined', ...target })
      const opened = await authenticate(cookieHeader(cookies))
      if (opened?.type !== 'user') throw new KobleError('internal_error', 'The session of a new member is gone')
      return { body: await switchTo(opened, invitation.organizationId), cookies }
    },
    switchTo,
  }
}

/** Turns `Set-Cookie` lines into what the browser would send back. */
function cookieHeader(setCookies: string[]): string {
  return setCookies.map((line) => line.split(';', 1)[0]).join('; ')
}
