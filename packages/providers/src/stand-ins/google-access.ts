import { googleError } from './google-error.ts'
import type { StandInHandler, StandInRequest } from './stand-in.ts'

const auth = 'https://www.googleapis.com/auth'

/** Which scopes a call takes: one of them is enough. https://developers.google.com/workspace/calendar/api/auth */
export const calendarScopes = {
  readList: ['calendar', 'calendar.readonly', 'calendar.calendarlist', 'calendar.calendarlist.readonly'],
  writeList: ['calendar', 'calendar.calendarlist'],
  readEvents: ['calendar', 'calendar.readonly', 'calendar.events', 'calendar.events.readonly'],
  writeEvents: ['calendar', 'calendar.events'],
} as const satisfies Record<string, readonly string[]>

export interface GoogleAccess {
  /** The token endpoint: passes on what the service behind says, and keeps in mind what it grants. */
  token: StandInHandler
  /** The e-mail address of whose token it is; refuses with 401 and 403 as Google does. */
  demand(request: StandInRequest, scopes: readonly string[]): Promise<string>
}

/** Whose tokens are good, the service behind knows; what they are good for, it says only when it gives them. */
export function createGoogleAccess(behind: string): GoogleAccess {
  const scopesByToken = new Map<string, string[]>()

  return {
    async token({ headers, body }) {
      const { 'content-type': type = '', authorization } = headers
      const answer = await fetch(`${behind}/oauth2/token`, {
        method: 'POST',
        headers: { 'content-type': type, ...(authorization && { authorization }) },
        body: new Uint8Array(body),
      })
      const said = (await answer.json()) as { access_token?: string; scope?: string }
      if (said.access_token) scopesByToken.set(said.access_token, (said.scope ?? '').split(' '))
      return { status: answer.status, body: said }
    },
    async demand({ headers }, scopes) {
      const { authorization = '' } = headers
      const token = /^Bearer (.+)$/i.exec(authorization)?.[1]
      const where = { location: 'Authorization', locationType: 'header' } as const
      if (token === undefined) throw googleError(401, 'required', 'Login Required.', where)
      const held = scopesByToken.get(token)
      const email = held && (await emailOf(authorization))
      if (email === undefined) throw googleError(401, 'authError', 'Invalid Credentials', where)
      if (scopes.some((scope) => held?.includes(`${auth}/${scope}`))) return email
      throw googleError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
    },
  }

  async function emailOf(authorization: string): Promise<string | undefined> {
    const answer = await fetch(`${behind}/oauth2/v2/userinfo`, { headers: { authorization } })
    const { email } = (await answer.json()) as { email?: string }
    return answer.ok ? email : undefined
  }
}
