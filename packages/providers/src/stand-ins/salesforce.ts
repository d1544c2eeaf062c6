import { createHmac } from 'node:crypto'
import { createOAuthServer, type Grant, type Person } from './oauth-server.ts'
import { createBulk } from './salesforce-bulk.ts'
import { createOrg, type Org, objects, type Row, refusal } from './salesforce-org.ts'
import {
  type CreateStandIn,
  createRouter,
  jsonOf,
  Refusal,
  type StandInHandler,
  type StandInReply,
  type StandInRequest,
} from './stand-in.ts'

const client = { id: '3MVG9KobleSandbox', secret: 'koble-sandbox-salesforce-secret' }
const dailyMax = 15_000
const data = '/orgs/{org}/services/data/v67.0'
const resources = ['sobjects', 'query', 'queryAll', 'composite', 'jobs', 'limits']

/** One of each org. */
const people: (Person & { org: string })[] = [
  { label: 'kari@fjord.example.com', subject: '005000000000001AAA', org: 'fjord' },
  { label: 'ida@fjell.example.com', subject: '005000000000002AAA', org: 'fjell' },
]

/**
 * Salesforce with two orgs. Everybody signs in at the same place, and each org is called at an address of its own, which
 * only the token answer tells; a token of one is no good at the other's.
 */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const orgs = new Map(people.map(({ org }, index) => [org, openOrg(org, index)]))
  const orgIdOf = ({ person }: Grant) => orgs.get(orgOf(person))?.id ?? ''

  const oauth = createOAuthServer({
    issuer: origin,
    publicUrl,
    client,
    people,
    requirePkce: true,
    answer({ expires_in: _unsaid, refresh_token: refreshToken, ...standard }, grant) {
      const issuedAt = String(Date.now())
      const id = `${origin}/id/${orgIdOf(grant)}/${grant.person?.subject}`
      return {
        ...standard,
        // Only whoever asked for it may stay.
        ...(/\b(refresh_token|offline_access)\b/.test(grant.scope) && refreshToken
          ? { refresh_token: refreshToken }
          : {}),
        signature: createHmac('sha256', client.secret)
          .update(id + issuedAt)
          .digest('base64'),
        instance_url: `${origin}/orgs/${orgOf(grant.person)}`,
        id,
        issued_at: issuedAt,
      }
    },
  })

  const ended = refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid').reply
  interface Call {
    request: StandInRequest
    org: Org
    bulk: ReturnType<typeof createBulk>
  }
  /** Only for tokens of the org that is called; counts the call. */
  const inOrg =
    (handler: (call: Call) => StandInReply): StandInHandler =>
    (request) => {
      const { person } = oauth.demand(request, ended)
      const open = orgs.get(request.params['org'] ?? '')
      if (!open || orgOf(person) !== request.params['org']) throw new Refusal(ended)
      if (open.calls >= dailyMax) throw refusal(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
      open.calls++
      const reply = handler({ request, ...open })
      return { ...reply, headers: { ...reply.headers, 'sforce-limit-info': `api-usage=${open.calls}/${dailyMax}` } }
    }

  const page = ({ request, org }: Call): StandInReply => {
    const withDeleted = request.params['resource'] === 'queryAll'
    const [, batch = '2000'] = /batchSize=(\d+)/.exec(request.headers['sforce-query-options'] ?? '') ?? []
    const [text, start, size] = request.params['cursor']
      ? readCursor(request.params['cursor'])
      : [request.query.get('q') ?? '', 0, Math.min(2_000, Math.max(200, Number(batch)))]
    const { object, rows } = org.query(text, withDeleted)
    const end = start + size
    const isDone = end >= rows.length
    const base = `/services/data/v67.0`
    const records = rows.slice(start, end).map((row) => withAttributes(object, row))
    const next = Buffer.from(JSON.stringify([text, end, size])).toString('base64url')
    return {
      body: {
        totalSize: rows.length,
        done: isDone,
        ...(!isDone && { nextRecordsUrl: `${base}/query/${next}` }),
        records,
      },
    }
  }

  return createRouter(
    {
      'GET /services/oauth2/authorize': oauth.authorize,
      'POST /services/oauth2/authorize': oauth.consent,
      'POST /services/oauth2/token': oauth.token,
      'POST /services/oauth2/revoke': oauth.revoke,
      'GET /orgs/{org}/services/oauth2/userinfo': (request) => {
        const grant = oauth.demand(request, ended)
        if (orgOf(grant.person) !== request.params['org']) throw new Refusal(ended)
        if (!/\b(id|openid|full)\b/.test(grant.scope)) return { status: 403, body: 'Missing_OAuth_Token' }
        const { subject, label } = grant.person as Person
        const orgId = orgIdOf(grant)
        const sub = `${origin}/id/${orgId}/${subject}`
        return { body: { sub, user_id: subject, organization_id: orgId, preferred_username: label, email: label } }
      },
      [`GET ${data}/`]: inOrg(() => ({
        body: Object.fromEntries(resources.map((one) => [one, `/services/data/v67.0/${one}`])),
      })),
      [`GET ${data}/limits`]: inOrg(({ request }) => {
        const calls = orgs.get(request.params['org'] ?? '')?.calls ?? 0
        return { body: { DailyApiRequests: { Max: dailyMax, Remaining: dailyMax - calls } } }
      }),
      [`GET ${data}/sobjects`]: inOrg(() => ({
        body: {
          encoding: 'UTF-8',
          maxBatchSize: 200,
          sobjects: Object.keys(objects).map((name) => ({ name, label: name, custom: false, queryable: true })),
        },
      })),
      [`GET ${data}/sobjects/{object}/describe`]: inOrg(({ request }) => ({
        body: describe(request.params['object'] ?? ''),
      })),
      [`GET ${data}/{resource}`]: inOrg((call) => {
        if (!/^query(All)?$/.test(call.request.params['resource'] ?? '')) throw nothing()
        return page(call)
      }),
      [`GET ${data}/sobjects/{object}/updated/`]: inOrg(({ request, org }) => {
        const { object, start, end } = spanOf(request)
        const ids = org.changed(object, false, start, end).map((row) => row.Id)
        return { body: { ids, latestDateCovered: end } }
      }),
      [`GET ${data}/sobjects/{object}/deleted/`]: inOrg(({ request, org }) => {
        const { object, start, end } = spanOf(request)
        const deletedRecords = org
          .changed(object, true, start, end)
          .map((row) => ({ id: row.Id, deletedDate: row['SystemModstamp'] }))
        return { body: { deletedRecords, earliestDateAvailable: start, latestDateCovered: end } }
      }),
      [`POST ${data}/jobs/query`]: inOrg(({ request, bulk }) => bulk.create(request)),
      [`GET ${data}/jobs/query/{job}`]: inOrg(({ request, bulk }) => bulk.get(request)),
      [`GET ${data}/jobs/query/{job}/results`]: inOrg(({ request, bulk }) => bulk.results(request)),
      [`DELETE ${data}/jobs/query/{job}`]: inOrg(({ request, bulk }) => bulk.remove(request)),
      [`PATCH ${data}/composite/sobjects/{object}/{field}`]: inOrg(({ request, org }) => ({
        body: upsertAll(request, org),
      })),
      [`POST ${data}/sobjects/{object}`]: inOrg(({ request, org }) => {
        const { Id: id } = org.insert(request.params['object'] ?? '', jsonOf(request))
        return { status: 201, body: { id, success: true, errors: [] } }
      }),
      [`GET ${data}/sobjects/{object}/{id}`]: inOrg(({ request, org }) => {
        const { object = '', id = '' } = request.params
        const row = org.find(object, id)
        const fields = request.query.get('fields')?.split(',') ?? Object.keys(row)
        const chosen = Object.fromEntries(fields.map((field) => [field, row[field] ?? null])) as Row
        return { body: withAttributes(object, { ...chosen, Id: row.Id }) }
      }),
      [`PATCH ${data}/sobjects/{object}/{id}`]: inOrg(({ request, org }) => {
        const { object = '', id = '' } = request.params
        org.update(object, org.find(object, id), jsonOf(request))
        return { status: 204 }
      }),
      [`PATCH ${data}/sobjects/{object}/{field}/{value}`]: inOrg(({ request, org }) => {
        const { object = '', field = '', value = '' } = request.params
        const { row, created } = org.upsert(object, field, value, jsonOf(request))
        return { status: created ? 201 : 200, body: { id: row.Id, success: true, errors: [], created } }
      }),
      [`DELETE ${data}/sobjects/{object}/{id}`]: inOrg(({ request, org }) => {
        const row = org.find(request.params['object'] ?? '', request.params['id'] ?? '')
        Object.assign(row, { IsDeleted: true, SystemModstamp: new Date().toISOString() })
        return { status: 204 }
      }),
      [`GET ${data}/{resource}/{cursor}`]: inOrg(page),
    },
    { notFound: { status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }] } },
  )
}

const nothing = () => refusal(404, 'NOT_FOUND', 'The requested resource does not exist')

function openOrg(name: string, index: number) {
  const org = createOrg(name)
  return { id: `00D00000000000${index + 1}AAA`, org, bulk: createBulk(org), calls: 0 }
}

function orgOf(person: Person | null): string {
  return people.find(({ subject }) => subject === person?.subject)?.org ?? ''
}

function withAttributes(object: string, row: Row) {
  return { attributes: { type: object, url: `/services/data/v67.0/sobjects/${object}/${row.Id}` }, ...row }
}

function readCursor(cursor: string): [string, number, number] {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw refusal(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
  }
}

function spanOf({ params, query }: StandInRequest) {
  return { object: params['object'] ?? '', start: query.get('start') ?? '', end: query.get('end') ?? '' }
}

function describe(object: string) {
  const known = objects[object]
  if (!known) throw nothing()
  const fields = Object.entries(known.fields).map(([name, { type, required, externalId }]) => ({
    ...{ name, label: name, type, length: 255, nillable: !required, defaultedOnCreate: false },
    ...{ createable: true, updateable: true, unique: externalId ?? false, externalId: externalId ?? false },
    referenceTo: [],
    picklistValues: type === 'picklist' ? [{ value: 'Retail', active: true }] : [],
  }))
  return { name: object, label: object, keyPrefix: known.prefix, custom: false, queryable: true, fields }
}

function upsertAll(request: StandInRequest, org: Org): object[] {
  const { object = '', field = '' } = request.params
  const { records } = jsonOf<{ records: (Record<string, unknown> & { attributes?: { type: string } })[] }>(request)
  if (records.length > 200) throw refusal(400, 'LIMIT_EXCEEDED', 'At most 200 records')
  return records.map(({ attributes, [field]: value, ...values }) => {
    try {
      if (attributes?.type !== object) throw refusal(400, 'INVALID_TYPE', 'attributes.type is needed')
      const { row, created } = org.upsert(object, field, String(value ?? ''), values)
      return { id: row.Id, success: true, errors: [], created }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const [{ errorCode, message, fields = [] }] = error.reply.body as [
        { errorCode: string; message: string; fields?: string[] },
      ]
      return { success: false, errors: [{ statusCode: errorCode, message, fields }] }
    }
  })
}
