import { deltaPage } from './entra-delta.ts'
import { createEntraSubscriptions } from './entra-subscriptions.ts'
import { createEntraTenant, kariId, tenantId } from './entra-tenant.ts'
import { graphError } from './graph-error.ts'
import { type GraphItem, graphPage, selected } from './graph-page.ts'
import { createOAuthServer, type Person } from './oauth-server.ts'
import {
  type CreateStandIn,
  createRouter,
  formOf,
  jsonOf,
  Refusal,
  type StandInHandler,
  type StandInRequest,
} from './stand-in.ts'

const client = { id: '0f6e7c1a-5b0c-4e55-9d4e-6b6f626c6541', secret: 'koble-sandbox-entra-secret' }
const people: Person[] = [
  {
    label: 'kari@fjord.example',
    subject: 'AAAAAAAAAAAAAAAAAAAAAKobleSandboxPairwise01',
    claims: { oid: kariId, tid: tenantId, name: 'Kari Nordmann', preferred_username: 'kari@fjord.example', ver: '2.0' },
  },
]
const applications = [
  {
    ...{ id: '3d0c1b52-7f0a-4a3e-9d4e-6b6f626c6551', appId: client.id, displayName: 'Koble' },
    ...{ signInAudience: 'AzureADMultipleOrgs', createdDateTime: '2026-01-02T03:04:05Z', keyCredentials: [] },
    passwordCredentials: [{ keyId: 'k1', endDateTime: '2027-01-02T03:04:05Z' }],
  },
]
const signIns = [
  {
    ...{ id: '66ea54eb-6301-4ee5-be62-ff5a759b0100', createdDateTime: '2026-11-02T07:00:00Z', userId: kariId },
    ...{ userPrincipalName: 'kari@fjord.example', appDisplayName: 'Koble', ipAddress: '192.0.2.17' },
    status: { errorCode: 0, failureReason: 'Other.' },
  },
]

/** Entra ID with one tenant: sign-in, applications without anybody, and Graph's users, groups and subscriptions. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const issuer = `${origin}/${tenantId}/v2.0`
  const oauth = createOAuthServer({ issuer, publicUrl, client, people, requirePkce: true, rotates: true })
  const tenant = createEntraTenant()
  const subscriptions = createEntraSubscriptions({ publicUrl, applicationId: client.id })
  const unauthorized = graphError(401, 'InvalidAuthenticationToken', 'Access token is empty.').reply

  const guarded = (handlers: Record<string, StandInHandler>) =>
    Object.fromEntries(
      Object.entries(handlers).map(([key, handler]): [string, StandInHandler] => [
        key,
        async (request) => {
          oauth.demand(request, unauthorized)
          return await handler(request)
        },
      ]),
    )
  const shownUser = (request: StandInRequest, ref: string | undefined) => ({
    body: selected(tenant.find(ref), request.query),
  })
  const page = (request: StandInRequest, items: Iterable<{ id: string }>) =>
    graphPage(origin, request, [...items] as GraphItem[])

  return createRouter(
    {
      'GET /organizations/oauth2/v2.0/authorize': oauth.authorize,
      'POST /organizations/oauth2/v2.0/authorize': oauth.consent,
      'GET /organizations/discovery/v2.0/keys': oauth.jwks,
      'POST /{tenant}/oauth2/v2.0/token': async (request) => {
        const form = formOf(request)
        const isApp = form.get('grant_type') === 'client_credentials'
        if (isApp && request.params['tenant'] !== tenantId) {
          throw tokenError('invalid_request', 90002, `Tenant '${request.params['tenant']}' not found.`)
        }
        if (isApp && !/^https:\/\/graph\.microsoft\.\w+\/\.default$/.test(form.get('scope') ?? '')) {
          throw tokenError('invalid_scope', 1002012, 'The provided value for scope is not valid.')
        }
        return await oauth.token(request)
      },
      ...guarded({
        'GET /v1.0/me': (request) => {
          if (oauth.demand(request).person) return shownUser(request, kariId)
          throw graphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
        },
        'GET /v1.0/organization': ({ query }) => ({
          body: { value: [selected({ id: tenantId, displayName: 'Fjord Bikes', countryLetterCode: 'NO' }, query)] },
        }),
        'GET /v1.0/users/delta': (request) => deltaPage(origin, request, tenant),
        'GET /v1.0/users': (request) => page(request, tenant.users.values()),
        'POST /v1.0/users': (request) => {
          const user = tenant.create(jsonOf(request))
          subscriptions.tell('users', 'updated', user.id)
          return { status: 201, body: user }
        },
        'GET /v1.0/users/{user}': (request) => shownUser(request, request.params['user']),
        'PATCH /v1.0/users/{user}': (request) => {
          const user = tenant.find(request.params['user'])
          tenant.update(user, jsonOf(request))
          subscriptions.tell('users', 'updated', user.id)
          return { status: 204 }
        },
        'DELETE /v1.0/users/{user}': ({ params }) => {
          const user = tenant.find(params['user'])
          tenant.drop(user)
          subscriptions.tell('users', 'deleted', user.id)
          return { status: 204 }
        },
        'POST /v1.0/users/{user}/revokeSignInSessions': ({ params }) => {
          tenant.find(params['user'])
          return { body: { value: true } }
        },
        'GET /v1.0/groups': (request) => page(request, tenant.groups.values()),
        'GET /v1.0/groups/{group}/members/microsoft.graph.user': (request) => {
          if (request.query.get('$count') !== 'true') {
            throw graphError(
              400,
              'Request_UnsupportedQuery',
              'OData cast needs $count=true and ConsistencyLevel: eventual',
            )
          }
          return page(request, tenant.membersOf(tenant.group(request.params['group']).id))
        },
        'POST /v1.0/groups/{group}/members/$ref': (request) => {
          const group = tenant.group(request.params['group'])
          if (group.groupTypes.includes('DynamicMembership')) {
            throw graphError(400, 'Request_BadRequest', 'Insufficient privileges: the membership is dynamic.')
          }
          const reference = String(jsonOf(request)['@odata.id'] ?? '')
          const user = tenant.find(reference.split('/directoryObjects/')[1])
          if (!tenant.join(group.id, user.id)) {
            const message =
              "One or more added object references already exist for the following modified properties: 'members'."
            throw graphError(400, 'Request_BadRequest', message)
          }
          subscriptions.tell('groups', 'updated', group.id)
          return { status: 204 }
        },
        'DELETE /v1.0/groups/{group}/members/{user}/$ref': ({ params }) => {
          const group = tenant.group(params['group'])
          const { id } = tenant.find(params['user'])
          if (!tenant.leave(group.id, id))
            throw graphError(404, 'Request_ResourceNotFound', `Resource '${id}' does not exist`)
          subscriptions.tell('groups', 'updated', group.id)
          return { status: 204 }
        },
        'GET /v1.0/applications': (request) => page(request, applications),
        'GET /v1.0/auditLogs/signIns': (request) => page(request, signIns),
        ...subscriptions.routes,
      }),
    },
    { notFound: graphError(400, 'BadRequest', 'Resource not found for the segment.').reply },
  )
}

function tokenError(error: string, code: number, text: string): Refusal {
  const error_description = `AADSTS${code}: ${text}`
  return new Refusal({ status: 400, body: { error, error_description, error_codes: [code] } })
}
