import { type AsanaEvent, createChanges, refusal } from './asana-changes.ts'
import { createOAuthServer, type Person } from './oauth-server.ts'
import {
  type CreateStandIn,
  createRouter,
  jsonOf,
  type StandInHandler,
  type StandInReply,
  type StandInRequest,
} from './stand-in.ts'

const client = { id: '1200000000009001', secret: 'koble-sandbox-asana-secret' }
const workspace = { gid: '1200000000000001', resource_type: 'workspace', name: 'Fjord Bikes', is_organization: true }
const users = [
  { gid: '1200000000000011', resource_type: 'user', name: 'Kari Nordmann', email: 'kari@example.com' },
  { gid: '1200000000000012', resource_type: 'user', name: 'Ola Hansen', email: 'ola@example.com' },
]
const people: Person[] = users.map(({ gid, email }) => ({ label: email, subject: gid }))
const projects = ['Spring campaign', 'Workshop'].map((name, index) => ({
  ...{ gid: `120000000000010${index + 1}`, resource_type: 'project', name, archived: false },
  ...{ permalink_url: `https://app.asana.com/1/1200000000000001/project/120000000000010${index + 1}` },
  modified_at: '2026-11-01T08:00:00.000Z',
}))
const requestsPerMinute = 150

interface Task extends Record<string, unknown> {
  gid: string
  name: string
  projects: string[]
  parent: string | null
}

/** Asana with one workspace: sign-in, projects, tasks, events by sync tokens, and webhooks that begin with a handshake. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const oauth = createOAuthServer({
    issuer: origin,
    publicUrl,
    client,
    people,
    // A personal access token of the first of them.
    standing: {
      '2/1200000000000011/1200000000009002:koble-sandbox': { person: people[0] ?? null, scope: 'default' },
    },
    // A refresh brings no new refresh token.
    answer: ({ scope: _unsaid, ...standard }, { person }) => {
      const user = users.find(({ gid }) => gid === person?.subject)
      const data = { id: Number(user?.gid), gid: user?.gid, name: user?.name, email: user?.email }
      return { ...standard, token_type: 'bearer', data }
    },
  })
  const tasks = new Map<string, Task>()
  let lastGid = 1200000000000200
  for (const name of ['Order tyres', 'Paint the sign', 'Old task']) addTask({ name, projects: ['1200000000000101'] })

  const times = new Map<string, number[]>()
  const demand =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      oauth.demand(request, refusal(401, 'Not Authorized').reply)
      const recent = (times.get(request.headers['authorization'] ?? '') ?? []).filter((at) => at > Date.now() - 60_000)
      if (recent.length >= requestsPerMinute) {
        const { reply } = refusal(429, 'You have made too many requests recently. Please, be chill.')
        return { ...reply, headers: { 'retry-after': '30' } }
      }
      times.set(request.headers['authorization'] ?? '', [...recent, Date.now()])
      return await handler(request)
    }
  const changes = createChanges({ publicUrl, findResource, demand })

  function addTask(values: Partial<Task>): Task {
    const gid = String(++lastGid)
    const now = new Date().toISOString()
    const task: Task = {
      ...{ completed: false, completed_at: null, notes: '', due_on: null, due_at: null, assignee: null },
      ...{ name: '', projects: [], parent: null, ...values },
      ...{ gid, resource_type: 'task', resource_subtype: 'default_task', created_at: now, modified_at: now },
      permalink_url: `https://app.asana.com/1/${workspace.gid}/task/${gid}`,
    }
    tasks.set(gid, task)
    return task
  }

  function findTask(gid = ''): Task {
    const task = tasks.get(gid)
    if (!task) throw refusal(404, `task: Unknown object: ${gid}`)
    return task
  }

  function findResource(gid: string) {
    const found = [workspace, ...projects].find((one) => one.gid === gid)
    return found ?? { resource_type: 'task', gid: findTask(gid).gid, name: findTask(gid).name }
  }

  const personOf = (request: StandInRequest) => oauth.demand(request).person?.subject ?? ''
  const note = (request: StandInRequest, task: Task, what: Partial<AsanaEvent> & { action: string }) =>
    changes.note([task.gid, ...task.projects, workspace.gid], {
      user: { gid: personOf(request), resource_type: 'user' },
      created_at: new Date().toISOString(),
      resource: { gid: task.gid, resource_type: 'task', resource_subtype: 'default_task' },
      parent: null,
      ...what,
    })

  /** What may be set in a task; refuses the rest. */
  function readValues(request: StandInRequest): Partial<Task> {
    const { data } = jsonOf<{ data?: Record<string, unknown> }>(request)
    if (!data) throw refusal(400, 'Request body must be wrapped in "data"')
    const { workspace: _where, ...values } = data
    const unknown = Object.keys(values).find((field) => !settable.includes(field))
    if (unknown) throw refusal(400, `${unknown}: Unknown field`)
    if (values['due_on'] && values['due_at']) throw refusal(400, 'You may only provide one of due_on or due_at!')
    for (const gid of (values['projects'] ?? []) as string[]) findResource(gid)
    if (values['assignee'] === 'me') values['assignee'] = personOf(request)
    if ('completed' in values) values['completed_at'] = values['completed'] ? new Date().toISOString() : null
    return values as Partial<Task>
  }

  const shown = (task: Task, query: URLSearchParams) => {
    const named = (gid: unknown, list: { gid: string; name: string }[]) => list.find((one) => one.gid === gid) ?? null
    const whole: Record<string, unknown> = {
      ...task,
      assignee: named(task['assignee'], users),
      projects: task.projects.map((gid) => named(gid, projects)),
      parent: named(task.parent, [...tasks.values()]),
    }
    return withFields(whole, query)
  }

  const listTasks: StandInHandler = (request) => {
    const { query } = request
    const [project, assignee] = [query.get('project'), query.get('assignee')]
    if (!project && !(assignee && query.has('workspace')) && !query.has('section')) {
      throw refusal(400, 'You should specify one of project, tag, section, user_task_list, or assignee + workspace')
    }
    const person = assignee === 'me' ? personOf(request) : assignee
    const found = [...tasks.values()].filter(
      (task) => (!project || task.projects.includes(project)) && (!person || task['assignee'] === person),
    )
    return pageOf(found, query, (task) => shown(task, query))
  }

  return createRouter(
    {
      'GET /-/oauth_authorize': oauth.authorize,
      'POST /-/oauth_authorize': oauth.consent,
      'POST /-/oauth_token': oauth.token,
      'POST /-/oauth_revoke': oauth.revoke,
      'GET /api/1.0/users/me': demand((request) => {
        const user = users.find(({ gid }) => gid === personOf(request))
        return { body: { data: { ...user, workspaces: [workspace] } } }
      }),
      'GET /api/1.0/users': demand(({ query }) => pageOf(users, query, (user) => withFields(user, query))),
      'GET /api/1.0/workspaces': demand(({ query }) => pageOf([workspace], query, (one) => withFields(one, query))),
      'GET /api/1.0/projects': demand(({ query }) => {
        const archived = query.get('archived')
        const found = projects.filter((one) => archived === null || String(one.archived) === archived)
        return pageOf(found, query, (project) => withFields(project, query))
      }),
      'GET /api/1.0/tasks': demand(listTasks),
      'POST /api/1.0/tasks': demand((request) => {
        const values = readValues(request)
        const { data } = jsonOf<{ data: { workspace?: string } }>(request)
        if (!data.workspace && !values.projects?.[0] && !values.parent) {
          throw refusal(400, 'You should specify one of workspace, parent, projects')
        }
        const task = addTask(values)
        note(request, task, { action: 'added' })
        return { status: 201, body: { data: shown(task, request.query) } }
      }),
      'GET /api/1.0/tasks/{gid}': demand(({ params, query }) => ({
        body: { data: shown(findTask(params['gid']), query) },
      })),
      'PUT /api/1.0/tasks/{gid}': demand((request) => {
        const task = findTask(request.params['gid'])
        const { completed_at, ...values } = readValues(request)
        Object.assign(task, values, 'completed' in values && { completed_at }, {
          modified_at: new Date().toISOString(),
        })
        for (const field of Object.keys(values))
          note(request, task, { action: 'changed', change: { field, action: 'changed' } })
        return { body: { data: shown(task, request.query) } }
      }),
      'DELETE /api/1.0/tasks/{gid}': demand((request) => {
        const task = findTask(request.params['gid'])
        tasks.delete(task.gid)
        note(request, task, { action: 'deleted' })
        return { body: { data: {} } }
      }),
      'POST /api/1.0/tasks/{gid}/stories': demand((request) => {
        const task = findTask(request.params['gid'])
        const { data } = jsonOf<{ data?: { text?: string } }>(request)
        if (!data?.text) throw refusal(400, 'text: Missing input')
        const gid = String(++lastGid)
        const created_by = users.find((user) => user.gid === personOf(request))
        const story = { gid, resource_type: 'story', created_at: new Date().toISOString(), text: data.text, created_by }
        note(request, task, {
          action: 'added',
          resource: { gid, resource_type: 'story', resource_subtype: 'comment_added' },
          parent: { gid: task.gid, resource_type: 'task' },
        })
        return { status: 201, body: { data: story } }
      }),
      ...changes.routes,
    },
    { notFound: refusal(404, 'No matching route for request').reply },
  )
}

const settable = ['name', 'notes', 'completed', 'assignee', 'due_on', 'due_at', 'projects', 'parent']

/** Of records only the name is told, and what is asked for. */
function withFields(record: Record<string, unknown>, query: URLSearchParams): Record<string, unknown> {
  const asked = (query.get('opt_fields') ?? 'name').split(',').map((field) => field.split('.')[0] ?? '')
  const told = new Set(['gid', 'resource_type', ...asked])
  return Object.fromEntries(Object.entries(record).filter(([field]) => told.has(field)))
}

function pageOf<Item>(all: readonly Item[], query: URLSearchParams, show: (item: Item) => object): StandInReply {
  const limit = Number(query.get('limit') ?? all.length)
  if (query.has('limit') && !(limit >= 1 && limit <= 100)) throw refusal(400, 'limit: Must be between 1 and 100')
  const offset = query.get('offset')
  const start = offset === null ? 0 : Number(Buffer.from(offset, 'base64url').toString())
  if (!Number.isInteger(start)) throw refusal(400, 'offset: Your pagination token is invalid.')
  const end = start + limit
  const next = end < all.length ? { offset: Buffer.from(String(end)).toString('base64url') } : null
  const data = all.slice(start, end).map(show)
  return { body: query.has('limit') ? { data, next_page: next } : { data } }
}
