import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { altinn } from '../services/altinn/altinn.ts'
import { createAltinnEvents } from './altinn-events.ts'
import { createAltinnInstances } from './altinn-instances.ts'
import { problem } from './altinn-problem.ts'
import { createMaskinporten } from './maskinporten-server.ts'
import { type CreateStandIn, createRouter, Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'

const customer = {
  partyUuid: '6c5d7e3a-93c4-4d9e-8a40-0d7f1f3f9a01',
  partyId: 50001337,
  name: 'FJORD SYKLER AS',
  type: 'Organization',
  organizationNumber: '314234367',
  unitType: 'AS',
  isDeleted: false,
  onlyHierarchyElementWithNoAccess: false,
  authorizedRoles: ['daglig-leder'],
  authorizedAccessPackages: ['skatt-naering'],
  authorizedResources: ['app_ttd_koble-test'],
  subunits: [],
}

/** Altinn's platform, the apps of the test owner `ttd`, and the Maskinporten before them. */
export const createStandIn: CreateStandIn = (options) => {
  const scopes = ('scopes' in altinn.auth ? (altinn.auth.scopes ?? []) : []).map(({ name }) => name)
  const maskinporten = createMaskinporten({
    id: 'a1b2c3d4-0000-4000-8000-6b6f626c6532',
    organization: '312978083',
    scopes,
    consumers: [],
    systemUsers: [customer.organizationNumber],
  })
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const issuer = 'https://platform.tt02.altinn.no/authentication/api/v1/openid/'

  async function sign(claims: JWTPayload): Promise<string> {
    const { scope, authorization_details, consumer } = claims
    const number = String((consumer as { ID?: string } | undefined)?.ID ?? '').replace('0192:', '')
    return await new SignJWT({
      'urn:altinn:orgNumber': number || claims['urn:altinn:orgNumber'],
      'urn:altinn:authenticatemethod': 'maskinporten',
      'urn:altinn:authlevel': 3,
      scope,
      ...(authorization_details !== undefined && { authorization_details }),
    })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(issuer)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('30m')
      .sign(keys.privateKey)
  }

  async function verify({ headers }: Pick<StandInRequest, 'headers'>): Promise<JWTPayload> {
    const [, given = ''] = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '') ?? []
    try {
      return (await jwtVerify(given, keys.publicKey, { issuer, algorithms: ['RS256'] })).payload
    } catch (error) {
      const detail = error instanceof errors.JWTExpired ? 'The token has expired' : 'The token is invalid'
      throw new Refusal({
        status: 401,
        headers: { 'www-authenticate': `Bearer error="invalid_token"` },
        body: { detail },
      })
    }
  }

  /** Lets only holders of one of these scopes in. */
  const guarded =
    (allowed: readonly string[], handler: StandInHandler): StandInHandler =>
    async (request) => {
      const { scope } = await verify(request)
      const held = String(scope ?? '').split(' ')
      if (allowed.length > 0 && !allowed.some((one) => held.includes(one))) {
        throw problem(403, `One of these scopes is needed: ${allowed.join(', ')}`)
      }
      return await handler(request)
    }

  const connections = 'altinn:accessmanagement/enduser:connections'
  const events = createAltinnEvents(options)
  const instances = createAltinnInstances(options, customer, events.publish)
  const read = ['altinn:instances.read', 'altinn:instances.write', 'altinn:serviceowner/instances.read']
  const write = ['altinn:instances.write', 'altinn:serviceowner/instances.write']
  const listed =
    (data: unknown[]): StandInHandler =>
    () => ({ body: { links: { next: null }, data } })
  return createRouter({
    'POST /token': maskinporten.token,
    'GET /authentication/api/v1/exchange/maskinporten': async ({ headers }) => {
      if (headers['x-altinn-enterpriseuser-authentication']) throw problem(410, 'Enterprise users are removed')
      return json(await sign(await maskinporten.verify(headers)))
    },
    'GET /authentication/api/v1/refresh': async (request) => json(await sign(await verify(request))),
    'GET /accessmanagement/api/v1/enduser/authorizedparties': guarded(
      ['altinn:accessmanagement/authorizedparties'],
      listed([customer]),
    ),
    'POST /accessmanagement/api/v1/resourceowner/authorizedparties': guarded(
      ['altinn:accessmanagement/authorizedparties.resourceowner'],
      () => ({ body: [customer] }),
    ),
    'GET /accessmanagement/api/v1/enduser/connections/roles': guarded(
      [`${connections}:toothers.read`, `${connections}:fromothers.read`],
      listed([{ role: { id: randomUUID(), code: 'daglig-leder', name: 'Daglig leder' }, permissions: [] }]),
    ),
    'GET /accessmanagement/api/v1/enduser/connections': guarded(
      [`${connections}:toothers.read`, `${connections}:fromothers.read`],
      ({ query }) => {
        const party = query.get('party')
        if (party === null || ![query.get('from'), query.get('to')].includes(party)) {
          throw problem(400, 'party must be equal to from or to', { code: 'AM-00001' })
        }
        const other = {
          id: randomUUID(),
          name: 'REGNSKAP NORD AS',
          type: 'Organisasjon',
          organizationIdentifier: '312978083',
        }
        return { body: { links: {}, data: [{ party: other, roles: [{ id: randomUUID(), code: 'regnskapsforer' }] }] } }
      },
    ),
    // The sandbox has the usual scopes only; those of the owners of APIs are not asked for here.
    'GET /accessmanagement/api/v1/maskinporten/delegations/': guarded([], ({ query }) => {
      const scope = query.get('scope')
      if (!scope) throw problem(403, 'Not authorized for lookup of delegations without specifying parameter: scope')
      const created = '2026-01-15T09:00:00Z'
      return { body: [{ consumer_org: '314234367', supplier_org: '312978083', scopes: [scope], created }] }
    }),
    'GET /storage/api/v1/instances': guarded(read, instances.search),
    'POST /ttd/{app}/instances': guarded(write, instances.create),
    'POST /ttd/{app}/instances/create': guarded(write, instances.create),
    'GET /ttd/{app}/instances/{party}/{guid}': guarded(read, instances.get),
    'GET /ttd/{app}/instances/{party}/{guid}/validate': guarded(read, instances.validate),
    'GET /ttd/{app}/instances/{party}/{guid}/process': guarded(read, instances.process),
    'PUT /ttd/{app}/instances/{party}/{guid}/process/next': guarded(write, instances.next),
    'POST /ttd/{app}/instances/{party}/{guid}/data': guarded(write, instances.addData),
    'PUT /ttd/{app}/instances/{party}/{guid}/data/{data}': guarded(write, instances.replaceData),
    'POST /events/api/v1/subscriptions': guarded([], events.subscribe),
    'GET /events/api/v1/subscriptions': guarded([], events.list),
    'DELETE /events/api/v1/subscriptions/{id}': guarded([], events.remove),
    'GET /events/api/v1/events': guarded(['altinn:events.subscribe'], events.events),
  })
}

/** A text is a JSON string there, in quotes. */
function json(text: string) {
  return { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(text) }
}
