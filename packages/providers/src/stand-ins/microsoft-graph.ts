import { createGraphAccess } from './graph-access.ts'
import { createGraphCalendar } from './graph-calendar.ts'
import { graphError } from './graph-error.ts'
import { createGraphFiles } from './graph-files.ts'
import { createGraphMail } from './graph-mail.ts'
import { createGraphMeetings } from './graph-meetings.ts'
import { createGraphMessages } from './graph-messages.ts'
import { createGraphPeople } from './graph-people.ts'
import { createGraphSubscriptions } from './graph-subscriptions.ts'
import { createGraphTeams } from './graph-teams.ts'
import { createGraphTenant, type GraphUser, graphTenantId } from './graph-tenant.ts'
import { graphTopic } from './graph-topics.ts'
import { createOAuthServer, type Person } from './oauth-server.ts'
import { type CreateStandIn, createRouter, Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'

const client = { id: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6521', secret: 'koble-sandbox-microsoft-secret' }
/** Who has a button; the others of the tenant are only there to be found. */
const signsIn = ['kari@example.com', 'ola@example.com']

/**
 * Sign-in with Microsoft and the part of Graph that is called here, with one tenant. Each call needs one of the scopes
 * that Graph's reference names, and what the person could not reach in Graph is not reached here.
 */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const tenant = createGraphTenant()
  const people = [...tenant.users.values()].filter((user) => signsIn.includes(user.userPrincipalName)).map(personOf)
  const oauth = createOAuthServer({
    ...{ issuer: `${origin}/${graphTenantId}/v2.0`, publicUrl, client, people, rotates: true },
    // Nobody stays connected without having asked for it, and the answer does not name that scope.
    answer({ refresh_token, scope, ...standard }, grant) {
      const scopes = grant.scope.split(' ')
      const isLasting = scopes.includes('offline_access')
      const named = scopes.filter((one) => one !== 'offline_access').join(' ')
      return { ...standard, ...(scope !== undefined && { scope: named }), ...(isLasting && { refresh_token }) }
    },
  })
  const access = createGraphAccess((request, refusal) => oauth.demand(request, refusal), tenant)
  const anybody = (request: StandInRequest) => access(request, 'directory', oauth.demand(request).scope.split(' ')).id
  const subscriptions = createGraphSubscriptions({
    ...{ publicUrl, tenantId: graphTenantId, applicationId: client.id },
    ownerOf: anybody,
    topicOf: (resource, request) => graphTopic(resource, request, { access, tenant }),
  })
  const parts = { access, origin, tenant, tell: subscriptions.tell }

  return createRouter(
    {
      'GET /{authority}/oauth2/v2.0/authorize': oauth.authorize,
      'POST /{authority}/oauth2/v2.0/authorize': oauth.consent,
      'POST /{authority}/oauth2/v2.0/token': saying(oauth.token),
      'GET /{authority}/discovery/v2.0/keys': oauth.jwks,
      'GET /oidc/userinfo': oauth.userInfo,
      ...createGraphPeople(parts),
      ...createGraphTeams(parts),
      ...createGraphMessages(parts),
      ...createGraphCalendar(parts),
      ...createGraphMeetings(parts),
      ...createGraphMail(parts),
      ...createGraphFiles(parts),
      ...subscriptions.routes,
    },
    { notFound: graphError(400, 'BadRequest', 'Resource not found for the segment.').reply },
  )
}

function personOf({ id, displayName: name, userPrincipalName: email }: GraphUser): Person {
  // The subject is another one for each application.
  const claims = { oid: id, tid: graphTenantId, name, email, preferred_username: email, ver: '2.0' }
  return { label: email, subject: `AAAAAAAAAAAAAAAAAAAAA${Buffer.from(id).toString('base64url').slice(-22)}`, claims }
}

const reasons: Record<string, [number, string]> = {
  invalid_client: [7000215, 'Invalid client secret provided.'],
  invalid_grant: [70000, 'The provided value for the input parameter is not valid or has expired.'],
  unsupported_grant_type: [70003, 'The app requested an unsupported grant type.'],
}

/** Microsoft says of each refusal of its token endpoint why, and by a number. */
function saying(handler: StandInHandler): StandInHandler {
  return async (request) => {
    try {
      return await handler(request)
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      const { error } = thrown.reply.body as { error: string }
      const [code = 90000, text = 'The request is not valid.'] = reasons[error] ?? []
      const error_description = `AADSTS${code}: ${text}`
      throw new Refusal({ ...thrown.reply, body: { error, error_description, error_codes: [code] } })
    }
  }
}
