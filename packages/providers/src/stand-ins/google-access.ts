import { askBehind } from './ask-behind.ts'
import { googleError } from './google-error.ts'
import { formOf, type StandInHandler, type StandInRequest } from './stand-in.ts'

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
  /** Ends all that was granted together with a token. */
  revoke: StandInHandler
  /** The e-mail address of whose token it is; refuses with 401 and 403 as Google does. */
  demand(request: StandInRequest, scopes: readonly string[]): Promise<string>
}

/** What somebody consented to once. */
interface Grant {
  scopes: string[]
  tokens: Set<string>
}

/**
 * Whose tokens they are, the service behind knows; what they are good for, it says only when it gives them, and it takes
 * those that were revoked, so that both are kept here.
 */
export function createGoogleAccess(behind: string): GoogleAccess {
  const grants = new Map<string, Grant>()

  const ask = (path: string, { headers, body }: Pick<StandInRequest, 'headers' | 'body'>) =>
    askBehind(behind + path, {
      method: 'POST',
      headers: { 'content-type': headers['content-type'] ?? '' },
      body,
    })

  return {
    async token(request) {
      const answer = await ask('/oauth2/token', request)
      const said = answer.json as { access_token?: string; refresh_token?: string; scope?: string }
      const scopes = (said.scope ?? '').split(' ')
      const grant = grants.get(formOf(request).get('refresh_token') ?? '') ?? { scopes, tokens: new Set() }
      for (const token of [said.access_token, said.refresh_token]) {
        if (token === undefined) continue
        grants.set(token, grant)
        grant.tokens.add(token)
      }
      return { status: answer.status, body: said }
    },
    async revoke(request) {
      const grant = grants.get(formOf(request).get('token') ?? '')
      if (!grant) {
        return { status: 400, body: { error: 'invalid_token', error_description: 'Token expired or revoked' } }
      }
      for (const token of grant.tokens) {
        grants.delete(token)
        const body = Buffer.from(new URLSearchParams({ token }).toString())
        await ask('/oauth2/revoke', { headers: request.headers, body })
      }
      return { body: {} }
    },
    async demand({ headers }, scopes) {
      const { authorization = '' } = headers
      const token = /^Bearer (.+)$/i.exec(authorization)?.[1]
      const where = { location: 'Authorization', locationType: 'header' } as const
      if (token === undefined) throw googleError(401, 'required', 'Login Required.', where)
      const grant = grants.get(token)
      const email = grant && (await emailOf(authorization))
      if (email === undefined) throw googleError(401, 'authError', 'Invalid Credentials', where)
      if (scopes.some((scope) => grant?.scopes.includes(`${auth}/${scope}`))) return email
      throw googleError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
    },
  }

  async function emailOf(authorization: string): Promise<string | undefined> {
    const { status, json } = await askBehind(`${behind}/oauth2/v2/userinfo`, { headers: { authorization } })
    return status === 200 ? (json as { email?: string }).email : undefined
  }
}
