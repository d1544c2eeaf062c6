import { Refusal } from './stand-in.ts'

export type Row = Record<string, unknown> & { Id: string }

interface FieldOf {
  type: string
  required?: boolean
  externalId?: boolean
}

/** The objects there are, with the fields that may be named in queries and changes. */
export const objects: Record<string, { prefix: string; fields: Record<string, FieldOf> }> = {
  Account: {
    prefix: '001',
    fields: {
      Name: { type: 'string', required: true },
      Industry: { type: 'picklist' },
      Phone: { type: 'phone' },
      External_Id__c: { type: 'string', externalId: true },
    },
  },
  Contact: {
    prefix: '003',
    fields: { LastName: { type: 'string', required: true }, FirstName: { type: 'string' }, Email: { type: 'email' } },
  },
  Lead: {
    prefix: '00Q',
    fields: { LastName: { type: 'string', required: true }, Company: { type: 'string', required: true } },
  },
  Organization: { prefix: '00D', fields: { Name: { type: 'string' } } },
}
const systemFields = ['Id', 'CreatedDate', 'SystemModstamp', 'IsDeleted']

/** An error as Salesforce writes it: a list. */
export function refusal(status: number, errorCode: string, message: string, fields?: string[]): Refusal {
  return new Refusal({ status, body: [{ message, errorCode, ...(fields && { fields }) }] })
}

/** The records of one org, with Salesforce's rules about ids, fields and queries. */
export function createOrg(name: string) {
  const tables = new Map(Object.keys(objects).map((object) => [object, new Map<string, Row>()]))
  const counters = new Map<string, number>()

  function tableOf(object: string): Map<string, Row> {
    const table = tables.get(object)
    if (!table) throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist')
    return table
  }

  function insert(object: string, values: Record<string, unknown>): Row {
    const table = tableOf(object)
    demandFields(object, values)
    const missing = Object.entries(objects[object]?.fields ?? {})
      .filter(([field, { required }]) => required && !values[field])
      .map(([field]) => field)
    if (missing.length > 0) {
      throw refusal(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing)
    }
    const number = (counters.get(object) ?? 0) + 1
    counters.set(object, number)
    const now = new Date().toISOString()
    const Id = `${objects[object]?.prefix}${String(number).padStart(12, '0')}AAA`
    const row = { ...values, Id, CreatedDate: now, SystemModstamp: now, IsDeleted: false }
    table.set(Id, row)
    return row
  }

  function find(object: string, id: string): Row {
    const row = [...tableOf(object).values()].find((one) => one.Id.startsWith(id.slice(0, 15)) && !one['IsDeleted'])
    if (!row) throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist')
    return row
  }

  function update(object: string, row: Row, values: Record<string, unknown>): void {
    demandFields(object, values)
    Object.assign(row, values, { SystemModstamp: new Date().toISOString() })
  }

  insert('Organization', { Name: name })
  for (const Name of [`${name} Butikk`, 'Havn Mat', 'Gamle Sykler']) insert('Account', { Name })
  insert('Contact', { LastName: 'Nordmann', FirstName: 'Kari', Email: 'kari@example.com' })
  for (let number = 1; number <= 450; number++) insert('Lead', { LastName: `Lead ${number}`, Company: 'Fjord, "AS"' })

  return {
    insert,
    find,
    update,

    upsert(
      object: string,
      field: string,
      value: string,
      values: Record<string, unknown>,
    ): { row: Row; created: boolean } {
      if (!objects[object]?.fields[field]?.externalId)
        throw refusal(404, 'NOT_FOUND', `Provided external ID field does not exist: ${field}`)
      const found = [...tableOf(object).values()].find((row) => row[field] === value && !row['IsDeleted'])
      if (!found) return { row: insert(object, { ...values, [field]: value }), created: true }
      update(object, found, values)
      return { row: found, created: false }
    },

    /** Ids of what changed, or was deleted, in a span. */
    changed(object: string, isDeleted: boolean, start: string, end: string): Row[] {
      const [from, to] = [Date.parse(start), Date.parse(end)]
      const oldest = Date.now() - (isDeleted ? 15 : 30) * 86_400_000
      if (!(from < to)) throw refusal(400, 'INVALID_REPLICATION_DATE', 'startDate must be before endDate')
      if (from < oldest) throw refusal(400, 'INVALID_REPLICATION_DATE', 'startDate is too long ago')
      // Times are to the second.
      return [...tableOf(object).values()].filter((row) => {
        const at = Date.parse(String(row['SystemModstamp']))
        return row['IsDeleted'] === isDeleted && at >= from && at <= to + 999
      })
    },

    /** The rows of a SELECT over one object, with WHERE by equality, ORDER BY and LIMIT. */
    query(soql: string, withDeleted = false): { object: string; rows: Row[] } {
      const match =
        /^\s*SELECT\s+([\w\s,.]+?)\s+FROM\s+(\w+)(?:\s+WHERE\s+(\w+)\s*=\s*'([^']*)')?(?:\s+ORDER\s+BY\s+(\w+)(\s+DESC|\s+ASC)?)?(?:\s+LIMIT\s+(\d+))?\s*$/i.exec(
          soql,
        )
      if (!match) throw refusal(400, 'MALFORMED_QUERY', 'unexpected token')
      const [, list = '', object = '', field, wanted, sort, direction, limit] = match
      if (!objects[object]) throw refusal(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`)
      const names = list.split(',').map((one) => one.trim())
      demandFields(
        object,
        Object.fromEntries([...names, field, sort].flatMap((one) => (one ? [[one, null]] : []))),
        true,
      )
      const rows = [...tableOf(object).values()].filter(
        (row) => (withDeleted || !row['IsDeleted']) && (field === undefined || row[field] === wanted),
      )
      const sign = direction?.trim().toUpperCase() === 'DESC' ? -1 : 1
      if (sort) rows.sort((a, b) => sign * String(a[sort] ?? '').localeCompare(String(b[sort] ?? '')))
      const chosen = rows.slice(0, limit === undefined ? undefined : Number(limit))
      return {
        object,
        rows: chosen.map((row) => Object.fromEntries(names.map((one) => [one, row[one] ?? null])) as Row),
      }
    },
  }
}

export type Org = ReturnType<typeof createOrg>

function demandFields(object: string, values: Record<string, unknown>, alsoSystem = false): void {
  const known = [...Object.keys(objects[object]?.fields ?? {}), ...(alsoSystem ? systemFields : [])]
  const unknown = Object.keys(values).find((field) => !known.includes(field))
  if (unknown === undefined) return
  throw refusal(400, 'INVALID_FIELD', `No such column '${unknown}' on sobject of type ${object}`)
}
