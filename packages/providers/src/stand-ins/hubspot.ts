import { createRecords, refusal, type Search, shown } from './hubspot-records.ts'
import { type Change, createHubspotWebhooks } from './hubspot-webhooks.ts'
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

const client = { id: '5e0a1f6c-koble-sandbox', secret: 'koble-sandbox-hubspot-secret' }
const portalId = 62515
const privateAppToken = 'pat-eu1-6b6f626c-0000-4000-8000-000000062515'
const people: Person[] = [{ label: 'kari@example.com', subject: '7001' }]
const owners = [
  { id: '41629779', email: 'kari@example.com', firstName: 'Kari', lastName: 'Nordmann', userId: 7001, archived: false },
  { id: '41629780', email: 'ola@example.com', firstName: 'Ola', lastName: 'Hansen', userId: 7002, archived: false },
]
const text = { type: 'string', fieldType: 'text' }
const contactProperties = [
  { name: 'email', label: 'Email', ...text, hasUniqueValue: true, options: [] },
  { name: 'firstname', label: 'First name', ...text, options: [] },
  {
    ...{ name: 'lifecyclestage', label: 'Lifecycle stage', type: 'enumeration', fieldType: 'radio' },
    options: [
      { label: 'Lead', value: 'lead' },
      { label: 'Customer', value: 'customer' },
    ],
  },
]

/** HubSpot with one account: sign-in, CRM records, associations, owners, and an app's webhooks. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const oauth = createOAuthServer({
    issuer: origin,
    publicUrl,
    client,
    people,
    standing: { [privateAppToken]: { person: null, scope: 'crm.objects.contacts.write' } },
    expiresIn: 1800,
    answer: ({ scope, ...standard }) => ({
      ...standard,
      token_type: 'bearer',
      token_use: 'access_token',
      hub_id: portalId,
      user_id: 7001,
      scopes: String(scope ?? '').split(' '),
    }),
  })
  const records = createRecords()
  const associations = new Map<string, Set<string>>()
  const allows = { any: createWindow(110, 10_000), search: createWindow(5, 1_000) }

  const demand = (request: StandInRequest) =>
    oauth.demand(request, refusal(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.').reply)
  const webhooks = createHubspotWebhooks({
    ...{ publicUrl, appId: 54321, portalId, secret: client.secret },
    // They are those of a public app; a private one has none that an API could set.
    demand(request) {
      if (demand(request).person === null) throw refusal(403, 'MISSING_SCOPES', 'This app has not been granted it')
    },
  })

  /** Asks for the token, and counts the call. */
  const call =
    (handler: StandInHandler, limit: 'any' | 'search' = 'any'): StandInHandler =>
    async (request) => {
      demand(request)
      const remaining = allows[limit]()
      if (remaining < 0) throw tooMany(limit === 'any' ? 'TEN_SECONDLY_ROLLING' : 'SECONDLY')
      const reply = await handler(request)
      if (limit === 'search') return reply
      const told = { 'x-hubspot-ratelimit-max': '110', 'x-hubspot-ratelimit-interval-milliseconds': '10000' }
      return { ...reply, headers: { ...reply.headers, ...told, 'x-hubspot-ratelimit-remaining': String(remaining) } }
    }

  const setsOf = (type: string, objectId: string, properties: Record<string, string>): Change[] =>
    Object.entries(properties).map(([name, value]) => ({
      type: `${singular(type)}.propertyChange`,
      objectId,
      property: { name, value },
    }))

  function create(type: string, properties: Record<string, string>) {
    const record = records.create(type, properties)
    webhooks.tell([{ type: `${singular(type)}.creation`, objectId: record.id }, ...setsOf(type, record.id, properties)])
    return record
  }

  function upsert(type: string, input: { id: string; idProperty?: string; properties: Record<string, string> }) {
    const property = input.idProperty ?? ''
    const known = records.findBy(type, property, input.id)
    if (!known) return { record: create(type, { ...input.properties, [property]: input.id }), isNew: true }
    records.update(known, input.properties)
    webhooks.tell(setsOf(type, known.id, input.properties))
    return { record: known, isNew: false }
  }

  const pairOf = ({ fromType, fromId, toType, toId }: Readonly<Record<string, string>>) => {
    records.find(fromType ?? '', fromId ?? '')
    records.find(toType ?? '', toId ?? '')
    return [
      [`${fromType}/${fromId}/${toType}`, toId ?? ''],
      [`${toType}/${toId}/${fromType}`, fromId ?? ''],
    ] as const
  }
  const wanted = (query: URLSearchParams) => query.get('properties')?.split(',')

  return createRouter(
    {
      'GET /oauth/authorize': oauth.authorize,
      'POST /oauth/authorize': oauth.consent,
      'POST /oauth/v3/token': (request) => {
        // All of it belongs into the body.
        if ([...request.query].length > 0) throw refusal(400, 'BAD_REQUEST', 'Query parameters are not supported')
        return oauth.token(request)
      },
      'POST /oauth/v3/token/revoke': oauth.revoke,
      'POST /oauth/v3/token/introspect': (request) => {
        const authorization = `Bearer ${formOf(request).get('token') ?? ''}`
        const { scope } = oauth.demand({ headers: { authorization } }, { body: { active: false } })
        return { body: { active: true, hub_id: portalId, token_use: 'access_token', scopes: scope.split(' ') } }
      },
      'GET /account-info/v3/details': call(() => ({
        body: {
          ...{ portalId, accountType: 'STANDARD', timeZone: 'Europe/Oslo', companyCurrency: 'NOK' },
          ...{ uiDomain: 'app-eu1.hubspot.com', dataHostingLocation: 'eu1' },
        },
      })),
      'GET /crm/v3/owners': call(({ query }) => {
        const email = query.get('email')
        return { body: { results: owners.filter((owner) => email === null || owner.email === email) } }
      }),
      'GET /crm/v3/properties/{type}': call(({ params }) => {
        if (!records.has(params['type'] ?? '')) throw refusal(400, 'VALIDATION_ERROR', 'Unable to infer object type')
        return { body: { results: params['type'] === 'contacts' ? contactProperties : [] } }
      }),
      'POST /crm/v3/objects/{type}/search': call((request) => {
        const type = request.params['type'] ?? ''
        const search = jsonOf<Search>(request)
        const { results, ...rest } = records.search(type, search)
        return { body: { ...rest, results: results.map((record) => shown(type, record, search.properties)) } }
      }, 'search'),
      'POST /crm/v3/objects/{type}/batch/upsert': call((request) => {
        const type = request.params['type'] ?? ''
        const { inputs = [] } = jsonOf<{ inputs?: (Parameters<typeof upsert>[1] & { objectWriteTraceId?: string })[] }>(
          request,
        )
        if (inputs.length > 100) throw refusal(400, 'VALIDATION_ERROR', 'At most 100 inputs')
        const results: object[] = []
        const errors: object[] = []
        for (const input of inputs) {
          const trace = input.objectWriteTraceId
          try {
            const { record, isNew } = upsert(type, input)
            results.push({ ...shown(type, record), new: isNew, objectWriteTraceId: trace })
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            errors.push({ ...(error.reply.body as object), ...(trace && { context: { objectWriteTraceId: [trace] } }) })
          }
        }
        const failed = errors.length > 0 ? { numErrors: errors.length, errors } : {}
        return { status: errors.length > 0 ? 207 : 200, body: { status: 'COMPLETE', results, ...failed } }
      }),
      'GET /crm/v3/objects/{type}': call(({ params, query }) => {
        const type = params['type'] ?? ''
        const { results, ...rest } = records.page(type, query)
        return { body: { results: results.map((record) => shown(type, record, wanted(query))), ...rest } }
      }),
      'POST /crm/v3/objects/{type}': call((request) => {
        const type = request.params['type'] ?? ''
        const { properties } = jsonOf<{ properties: Record<string, string> }>(request)
        return { status: 201, body: create(type, properties) }
      }),
      'GET /crm/v3/objects/{type}/{id}': call(({ params, query }) => {
        const { type = '', id = '' } = params
        return { body: shown(type, records.find(type, id, query.get('idProperty')), wanted(query)) }
      }),
      'PATCH /crm/v3/objects/{type}/{id}': call((request) => {
        const { type = '', id = '' } = request.params
        const record = records.find(type, id, request.query.get('idProperty'))
        const { properties } = jsonOf<{ properties: Record<string, string> }>(request)
        records.update(record, properties)
        webhooks.tell(setsOf(type, record.id, properties))
        return { body: shown(type, record, Object.keys(properties)) }
      }),
      'DELETE /crm/v3/objects/{type}/{id}': call(({ params }) => {
        const { type = '', id = '' } = params
        records.find(type, id).archived = true
        webhooks.tell([{ type: `${singular(type)}.deletion`, objectId: id }])
        return { status: 204 }
      }),
      'GET /crm/v4/objects/{fromType}/{fromId}/associations/{toType}': call(({ params }) => {
        const { fromType = '', fromId = '', toType = '' } = params
        records.find(fromType, fromId)
        const associationTypes = [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }]
        const ids = associations.get(`${fromType}/${fromId}/${toType}`) ?? []
        return { body: { results: [...ids].map((id) => ({ toObjectId: Number(id), associationTypes })) } }
      }),
      'PUT /crm/v4/objects/{fromType}/{fromId}/associations/default/{toType}/{toId}': call(({ params }) => {
        for (const [key, id] of pairOf(params)) associations.set(key, (associations.get(key) ?? new Set()).add(id))
        return { body: { status: 'COMPLETE', results: [] } }
      }),
      'DELETE /crm/v4/objects/{fromType}/{fromId}/associations/{toType}/{toId}': call(({ params }) => {
        for (const [key, id] of pairOf(params)) associations.get(key)?.delete(id)
        return { status: 204 }
      }),
      ...webhooks.routes,
    },
    { notFound: { status: 404, body: { status: 'error', message: 'resource not found' } } },
  )
}

function tooMany(policyName: string): Refusal {
  const message = `You have reached your ${policyName.toLowerCase()} limit.`
  return new Refusal({ status: 429, body: { status: 'error', message, errorType: 'RATE_LIMIT', policyName } })
}

/** How many calls are left in the window after this one; less than none when it is one too many. */
function createWindow(requests: number, ms: number): () => number {
  const times: number[] = []
  return () => {
    const now = Date.now()
    while (times[0] !== undefined && times[0] <= now - ms) times.shift()
    if (times.length >= requests) return -1
    times.push(now)
    return requests - times.length
  }
}

function singular(type: string): string {
  return type === 'companies' ? 'company' : type.replace(/s$/, '')
}
