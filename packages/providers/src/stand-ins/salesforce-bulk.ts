import { type Org, type Row, refusal } from './salesforce-org.ts'
import { jsonOf, type StandInReply, type StandInRequest } from './stand-in.ts'

interface Job {
  id: string
  operation: string
  object: string
  state: 'UploadComplete' | 'JobComplete'
  rows: Row[]
}

/** The query jobs of one org: done when they are looked at for the first time. */
export function createBulk(org: Org) {
  const jobs = new Map<string, Job>()
  create('query', 'SELECT Id, LastName, Company FROM Lead')
  create('query', 'SELECT Id FROM Contact')

  function create(operation: string, query: string): Job {
    const { object, rows } = org.query(query, operation === 'queryAll')
    const id = `750${String(jobs.size + 1).padStart(12, '0')}AAA`
    const job: Job = { id, operation, object, state: 'UploadComplete', rows }
    jobs.set(id, job)
    return job
  }

  function find({ params }: StandInRequest): Job {
    const job = jobs.get(params['job'] ?? '')
    if (!job) throw refusal(404, 'NOT_FOUND', 'The requested resource does not exist')
    return job
  }

  const told = ({ rows, ...job }: Job) => ({
    ...job,
    ...{
      contentType: 'CSV',
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
      apiVersion: 67.0,
      concurrencyMode: 'Parallel',
    },
    ...(job.state === 'JobComplete' && { numberRecordsProcessed: rows.length }),
  })

  return {
    create(request: StandInRequest): StandInReply {
      const { operation, query } = jsonOf<{ operation?: string; query?: string }>(request)
      if (operation !== 'query' && operation !== 'queryAll') throw refusal(400, 'INVALIDJOB', 'Unknown operation')
      return { body: told(create(operation, query ?? '')) }
    },
    get(request: StandInRequest): StandInReply {
      const job = find(request)
      job.state = 'JobComplete'
      return { body: told(job) }
    },
    results(request: StandInRequest): StandInReply {
      const { state, rows } = find(request)
      if (state !== 'JobComplete') throw refusal(400, 'INVALIDJOBSTATE', 'The job is not complete')
      if (request.headers['accept'] !== 'text/csv') throw refusal(406, 'NOT_ACCEPTABLE', 'Results are text/csv')
      const start = Number(Buffer.from(request.query.get('locator') ?? 'MA', 'base64url').toString())
      const end = start + Number(request.query.get('maxRecords') ?? 10_000)
      const page = rows.slice(start, end)
      const columns = Object.keys(rows[0] ?? { Id: '' })
      const lines = [columns, ...page.map((row) => columns.map((column) => row[column] ?? ''))]
      return {
        headers: {
          'content-type': 'text/csv',
          'sforce-locator': end < rows.length ? Buffer.from(String(end)).toString('base64url') : 'null',
          'sforce-numberofrecords': String(page.length),
        },
        body: lines.map((cells) => `${cells.map(quoted).join(',')}\n`).join(''),
      }
    },
    remove(request: StandInRequest): StandInReply {
      jobs.delete(find(request).id)
      return { status: 204 }
    },
  }
}

const quoted = (value: unknown) => `"${String(value).replaceAll('"', '""')}"`
