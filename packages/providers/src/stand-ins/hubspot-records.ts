import { Refusal } from './stand-in.ts'

export interface StoredRecord {
  id: string
  properties: Record<string, string | null>
  createdAt: string
  updatedAt: string
  archived: boolean
}

interface Filter {
  propertyName: string
  operator: string
  value?: string
  highValue?: string
  values?: string[]
}

export interface Search {
  filterGroups?: { filters: Filter[] }[]
  query?: string
  sorts?: { propertyName: string; direction?: string }[]
  properties?: string[]
  limit?: number
  after?: string
}

/** What of a kind is unique, and told unless others are asked for. */
const kinds: Record<string, { unique: string | null; usual: string[] }> = {
  contacts: { unique: 'email', usual: ['email', 'firstname', 'lastname'] },
  companies: { unique: null, usual: ['name', 'domain'] },
  deals: { unique: null, usual: ['dealname', 'amount', 'dealstage'] },
  tickets: { unique: null, usual: ['subject', 'content'] },
}

const seed: Record<string, Record<string, Record<string, string>>> = {
  contacts: {
    101: { email: 'kari@example.com', firstname: 'Kari', lastname: 'Nordmann', lifecyclestage: 'lead' },
    102: { email: 'ola@example.com', firstname: 'Ola', lastname: 'Hansen', lifecyclestage: 'customer' },
    103: { email: 'per@example.org', firstname: 'Per', lastname: 'Olsen' },
  },
  companies: {
    201: { name: 'Fjord Bikes', domain: 'fjord.example.com' },
    202: { name: 'Nordlys Kaffe', domain: 'nordlys.example.com' },
    203: { name: 'Gamle Sykler', domain: 'gamle.example.com' },
  },
  deals: {
    301: { dealname: 'Spring order', amount: '48000', dealstage: 'appointmentscheduled' },
    302: { dealname: 'Service contract', amount: '12000', dealstage: 'closedwon' },
    303: { dealname: 'Lost', amount: '900', dealstage: 'closedlost' },
  },
  tickets: {},
}

/** An error as HubSpot writes it. */
export function refusal(status: number, category: string, message: string): Refusal {
  const correlationId = crypto.randomUUID()
  return new Refusal({ status, body: { status: 'error', message, correlationId, category } })
}

/** The records of one account, with HubSpot's rules about ids, unique properties, pages and searches. */
export function createRecords() {
  let lastId = 1000
  const tables = new Map(
    Object.entries(seed).map(([type, rows]) => [
      type,
      new Map(Object.entries(rows).map(([id, properties]) => [id, newRecord(id, properties)])),
    ]),
  )

  function tableOf(type: string): Map<string, StoredRecord> {
    const table = tables.get(type)
    if (!table) throw refusal(400, 'VALIDATION_ERROR', `Unable to infer object type from: ${type}`)
    return table
  }

  function find(type: string, id: string, idProperty?: string | null): StoredRecord {
    const table = tableOf(type)
    const found = idProperty ? findBy(type, idProperty, id) : table.get(id)
    if (!found || found.archived) throw refusal(404, 'OBJECT_NOT_FOUND', `Object not found. objectId: ${id}`)
    return found
  }

  function findBy(type: string, property: string, value: string): StoredRecord | undefined {
    if (kinds[type]?.unique !== property) {
      throw refusal(400, 'VALIDATION_ERROR', `Property ${property} is not a unique property`)
    }
    return [...tableOf(type).values()].find((record) => !record.archived && record.properties[property] === value)
  }

  return {
    find,
    findBy,
    has: (type: string) => tables.has(type),

    create(type: string, properties: Record<string, string>): StoredRecord {
      const unique = kinds[type]?.unique
      const table = tableOf(type)
      demandTexts(properties)
      const taken = unique && properties[unique] ? findBy(type, unique, properties[unique]) : undefined
      if (taken) throw refusal(409, 'CONFLICT', `Contact already exists. Existing ID: ${taken.id}`)
      const record = newRecord(String(++lastId), properties)
      table.set(record.id, record)
      return record
    },

    update(record: StoredRecord, properties: Record<string, string>): void {
      demandTexts(properties)
      for (const [name, value] of Object.entries(properties)) record.properties[name] = value === '' ? null : value
      record.updatedAt = new Date().toISOString()
    },

    page(type: string, query: URLSearchParams) {
      const limit = Number(query.get('limit') ?? 10)
      if (!(limit >= 1 && limit <= 100)) throw refusal(400, 'VALIDATION_ERROR', 'Invalid limit: it must be at most 100')
      const archived = query.get('archived') === 'true'
      const all = [...tableOf(type).values()].filter((record) => record.archived === archived)
      const start = query.has('after') ? all.findIndex(({ id }) => id === query.get('after')) : 0
      if (start < 0) throw refusal(400, 'VALIDATION_ERROR', 'Invalid after')
      const next = all[start + limit]
      return { results: all.slice(start, start + limit), ...(next && { paging: { next: { after: next.id } } }) }
    },

    search(type: string, search: Search) {
      const { filterGroups = [], query, sorts = [], limit = 10, after } = search
      const filters = filterGroups.flatMap((group) => group.filters)
      if (filterGroups.length > 5 || filters.length > 18 || filterGroups.some((group) => group.filters.length > 6)) {
        throw refusal(400, 'VALIDATION_ERROR', 'Too many filters')
      }
      if (limit < 1 || limit > 200) throw refusal(400, 'VALIDATION_ERROR', 'limit must be at most 200')
      const start = Number(after ?? 0)
      if (start + limit > 10_000) throw refusal(400, 'VALIDATION_ERROR', 'Paging is limited to 10,000 results')
      const found = [...tableOf(type).values()].filter(
        (record) =>
          !record.archived &&
          (filterGroups.length === 0 ||
            filterGroups.some((group) => group.filters.every((one) => holds(record, one)))) &&
          (!query || Object.values(record.properties).join(' ').toLowerCase().includes(query.toLowerCase())),
      )
      const [sort] = sorts
      if (sort) {
        const sign = sort.direction === 'DESCENDING' ? -1 : 1
        const value = ({ properties }: StoredRecord) => properties[sort.propertyName] ?? ''
        found.sort((a, b) => sign * compare(value(a), value(b)))
      }
      const end = start + limit
      return {
        total: found.length,
        results: found.slice(start, end),
        ...(end < found.length && { paging: { next: { after: String(end) } } }),
      }
    },
  }
}

/** A record with the properties that were asked for, the usual ones otherwise. */
export function shown(type: string, record: StoredRecord, wanted?: string[]) {
  const names = [...(wanted ?? kinds[type]?.usual ?? []), 'hs_object_id']
  return { ...record, properties: Object.fromEntries(names.map((name) => [name, record.properties[name] ?? null])) }
}

function newRecord(id: string, properties: Record<string, string>): StoredRecord {
  const now = new Date().toISOString()
  return { id, properties: { ...properties, hs_object_id: id }, createdAt: now, updatedAt: now, archived: false }
}

function demandTexts(properties: Record<string, unknown> | undefined): void {
  if (properties && Object.values(properties).every((value) => typeof value === 'string')) return
  throw refusal(400, 'VALIDATION_ERROR', 'Invalid input JSON: properties must be a map of strings')
}

function compare(a: string, b: string): number {
  const [one, other] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && !Number.isNaN(one) && !Number.isNaN(other)) return one - other
  return a < b ? -1 : Number(a > b)
}

function holds(
  { properties }: StoredRecord,
  { propertyName, operator, value = '', highValue = '', values = [] }: Filter,
) {
  const own = properties[propertyName] ?? null
  if (operator === 'HAS_PROPERTY') return own !== null
  if (operator === 'NOT_HAS_PROPERTY') return own === null
  const has = () =>
    (own ?? '')
      .toLowerCase()
      .split(/[\s@]+/)
      .includes(value.toLowerCase().replaceAll('*', ''))
  switch (operator) {
    case 'EQ':
      return own?.toLowerCase() === value.toLowerCase()
    case 'NEQ':
      return own?.toLowerCase() !== value.toLowerCase()
    case 'LT':
      return own !== null && compare(own, value) < 0
    case 'LTE':
      return own !== null && compare(own, value) <= 0
    case 'GT':
      return own !== null && compare(own, value) > 0
    case 'GTE':
      return own !== null && compare(own, value) >= 0
    case 'BETWEEN':
      return own !== null && compare(own, value) >= 0 && compare(own, highValue) <= 0
    case 'IN':
      return own !== null && values.includes(own)
    case 'NOT_IN':
      return own !== null && !values.includes(own)
    case 'CONTAINS_TOKEN':
      return has()
    case 'NOT_CONTAINS_TOKEN':
      return !has()
    default:
      throw refusal(400, 'VALIDATION_ERROR', `Invalid operator ${operator}`)
  }
}
