import { randomUUID } from 'node:crypto'
import type { AltinnEvent } from './altinn-events.ts'
import { problem } from './altinn-problem.ts'
import { jsonOf, Refusal, type StandInHandler, type StandInOptions, type StandInRequest } from './stand-in.ts'

interface Instance {
  id: string
  appId: string
  org: 'ttd'
  instanceOwner: { partyId: string; organisationNumber: string }
  process: { started: string; currentTask: { elementId: string; altinnTaskType: string } | null; ended: string | null }
  status: { isArchived: boolean }
  created: string
  lastChanged: string
  data: { id: string; dataType: string; contentType: string; filename: string | null; size: number; content: unknown }[]
}
type Customer = { partyId: number; organizationNumber: string }

const tasks = [
  { elementId: 'Task_1', altinnTaskType: 'data' },
  { elementId: 'Task_2', altinnTaskType: 'confirmation' },
]

/** Forms of the app `koble-test` for one customer: filled in, confirmed, sent. Nothing can be sent that has no content. */
export function createAltinnInstances(
  { origin }: StandInOptions,
  customer: Customer,
  publish: (event: AltinnEvent) => void,
) {
  const instances = new Map<string, Instance>()
  for (const guid of ['1f3a1b36-7b0c-4d0c-8e49-2d1f3f0f6b11', '5a0e0a33-31c2-4c39-9a0e-6f3c5f2f7c42']) {
    make(guid, 'koble-test', { innsender: { navn: 'Kari' } })
  }

  function make(guid: string, app: string, content: unknown): Instance {
    const now = new Date().toISOString()
    const partyId = String(customer.partyId)
    const model = {
      id: randomUUID(),
      dataType: 'model',
      contentType: 'application/xml',
      filename: null,
      size: 0,
      content,
    }
    const instance: Instance = {
      id: `${partyId}/${guid}`,
      appId: `ttd/${app}`,
      org: 'ttd',
      instanceOwner: { partyId, organisationNumber: customer.organizationNumber },
      process: { started: now, currentTask: tasks[0] ?? null, ended: null },
      status: { isArchived: false },
      created: now,
      lastChanged: now,
      data: [model],
    }
    instances.set(instance.id, instance)
    return instance
  }

  function find({ params }: Pick<StandInRequest, 'params'>): Instance {
    const found = instances.get(`${params['party']}/${params['guid']}`)
    if (found?.appId === `ttd/${params['app']}`) return found
    throw problem(404, 'The instance does not exist')
  }

  function announce(instance: Instance, type: string): void {
    instance.lastChanged = new Date().toISOString()
    publish({
      type,
      source: `https://ttd.apps.tt02.altinn.no/${instance.appId}/instances/${instance.id}`,
      subject: `/party/${instance.instanceOwner.partyId}`,
      alternativesubject: `/organisation/${instance.instanceOwner.organisationNumber}`,
      resource: `urn:altinn:resource:app_${instance.appId.replace('/', '_')}`,
      resourceinstance: instance.id,
    })
  }

  const issuesOf = ({ data }: Instance) =>
    data
      .filter(({ dataType, content }) => dataType === 'model' && Object.keys(content as object).length === 0)
      .map(({ id }) => ({
        severity: 1,
        code: 'required',
        field: 'innsender.navn',
        dataElementId: id,
        description: 'Must be filled in',
      }))

  const create: StandInHandler = (request) => {
    const { instanceOwner = {}, prefill = {} } = jsonOf<{
      instanceOwner?: { organisationNumber?: string; partyId?: string; personNumber?: string }
      prefill?: Record<string, string>
    }>(request)
    const { organisationNumber, partyId } = instanceOwner
    const isTheirs = organisationNumber === customer.organizationNumber || partyId === String(customer.partyId)
    if (Object.keys(instanceOwner).length === 0) throw problem(400, 'Instance owner is missing')
    if (!isTheirs) throw problem(403, 'Not authorized to instantiate for this party')
    const instance = make(randomUUID(), request.params['app'] ?? '', prefill)
    announce(instance, 'app.instance.created')
    return { status: 201, body: shown(instance) }
  }

  const next: StandInHandler = (request) => {
    const instance = find(request)
    const { process } = instance
    if (process.ended !== null) throw problem(409, 'The process has ended')
    const issues = issuesOf(instance)
    if (issues.length > 0) {
      throw new Refusal({ status: 409, body: { title: 'Validation failed', status: 409, validationIssues: issues } })
    }
    const index = tasks.findIndex(({ elementId }) => elementId === process.currentTask?.elementId)
    process.currentTask = tasks[index + 1] ?? null
    if (process.currentTask === null) {
      process.ended = new Date().toISOString()
      instance.status.isArchived = true
    }
    const step = process.currentTask ? `movedTo.${process.currentTask.elementId}` : 'completed'
    announce(instance, `app.instance.process.${step}`)
    return { body: process }
  }

  const addData: StandInHandler = (request) => {
    const instance = find(request)
    const dataType = request.query.get('dataType') ?? ''
    if (!['model', 'attachment'].includes(dataType)) throw problem(400, `Element type ${dataType} not allowed`)
    if (dataType === 'model') throw problem(409, 'There is one already; only one is allowed')
    const { headers, body } = request
    const filename = /filename="([^"]+)"/.exec(headers['content-disposition'] ?? '')?.[1]
    if (filename === undefined)
      throw problem(400, 'Invalid data provided. Error: The request must include a Content-Disposition header')
    const contentType = headers['content-type'] ?? ''
    const element = {
      id: randomUUID(),
      dataType,
      contentType,
      filename,
      size: body.length,
      content: body.toString('base64'),
    }
    instance.data.push(element)
    const { content: _content, ...told } = element
    return { status: 201, headers: { location: `${origin}${request.target}/${element.id}` }, body: told }
  }

  const replaceData: StandInHandler = (request) => {
    const instance = find(request)
    const element = instance.data.find(({ id }) => id === request.params['data'])
    if (!element) throw problem(404, 'The data element does not exist')
    if (instance.process.ended !== null)
      throw problem(409, 'Cannot update data element of completed or deleted instance')
    element.content = jsonOf(request)
    element.size = request.body.length
    const { content: _content, ...told } = element
    return { status: 201, body: told }
  }

  const search: StandInHandler = ({ query, headers }) => {
    const party = query.get('instanceOwner.partyId')
    const owner = headers['x-ai-instanceowneridentifier']
    const appId = query.get('appId')
    if (party === null && owner === undefined && appId === null) {
      throw problem(400, 'Either org, appId or instanceOwner.partyId must be defined')
    }
    const isComplete = query.get('process.isComplete')
    const found = [...instances.values()].filter(
      ({ instanceOwner, appId: own, process }) =>
        (party ?? instanceOwner.partyId) === instanceOwner.partyId &&
        (owner ?? `organisation:${instanceOwner.organisationNumber}`) ===
          `organisation:${instanceOwner.organisationNumber}` &&
        (appId ?? own) === own &&
        (isComplete === null || isComplete === String(process.ended !== null)),
    )
    const start = Number(query.get('continuationToken') ?? 0)
    const size = Number(query.get('size') ?? 100)
    const following = new URLSearchParams(query)
    following.set('continuationToken', String(start + size))
    const next = `https://platform.tt02.altinn.no/storage/api/v1/instances?${following}`
    const page = found.slice(start, start + size)
    return { body: { count: page.length, next: start + size < found.length ? next : null, instances: page.map(shown) } }
  }

  return {
    create,
    next,
    addData,
    replaceData,
    search,
    get: ((request) => ({ body: shown(find(request)) })) satisfies StandInHandler,
    validate: ((request) => ({ body: issuesOf(find(request)) })) satisfies StandInHandler,
    process: ((request) => ({ body: find(request).process })) satisfies StandInHandler,
  }
}

/** Without the content of its data. */
function shown({ data, ...instance }: Instance) {
  return { ...instance, data: data.map(({ content: _content, ...element }) => element) }
}
