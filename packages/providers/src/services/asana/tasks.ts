import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { type Compact, gid, named, nextCursor, page, reference, toNamed, type Wrapped } from './page.ts'

/** Records hold next to nothing unless more is asked for. */
const fields = [
  ...['name', 'notes', 'completed', 'completed_at', 'due_on', 'due_at', 'assignee.name', 'projects.name'],
  ...['parent.name', 'permalink_url', 'created_at', 'modified_at'],
].join(',')

const task = z.object({
  id: z.string(),
  name: z.string(),
  notes: z.string().nullable(),
  isCompleted: z.boolean(),
  completedAt: z.string().nullable(),
  dueOn: z.string().nullable(),
  dueAt: z.string().nullable(),
  assignee: named.nullable(),
  projects: z.array(named),
  parent: named.nullable(),
  url: z.string().nullable(),
  createdAt: z.string().nullable(),
  modifiedAt: z.string().nullable(),
})

const text = z.string().max(65_000)
const day = z.iso.date()
const time = z.iso.datetime({ offset: true })
const person = z.union([gid, z.literal('me')])

/** Tasks and the comments on them. */
export const taskOperations = {
  listTasks: defineOperation({
    title: 'List tasks',
    description: 'The tasks of a project, of a section, or of a person in a workspace.',
    docsUrl: reference('gettasks'),
    effect: 'read',
    scopes: ['tasks:read'],
    input: z
      .strictObject({
        projectId: gid.optional(),
        sectionId: gid.optional(),
        assigneeId: person.optional(),
        workspaceId: gid.optional().describe('With assigneeId'),
        completedSince: z
          .union([time, z.literal('now')])
          .optional()
          .describe('Open ones, and those completed since; now: open ones'),
        modifiedSince: time.optional(),
        ...page,
      })
      .refine(
        ({ projectId, sectionId, assigneeId, workspaceId }) =>
          [projectId, sectionId, assigneeId].filter((one) => one !== undefined).length === 1 &&
          (assigneeId === undefined) === (workspaceId === undefined),
        { path: ['projectId'], message: 'One of projectId, sectionId, or assigneeId together with workspaceId' },
      ),
    output: z.object({ tasks: z.array(task), nextCursor }),
    example: { projectId: '1200000000000101', limit: 20 },
    async run(input, { send }) {
      const { body } = await send({
        method: 'GET',
        path: '/tasks',
        query: {
          project: input.projectId,
          section: input.sectionId,
          assignee: input.assigneeId,
          workspace: input.workspaceId,
          completed_since: input.completedSince,
          modified_since: input.modifiedSince,
          limit: input.limit,
          offset: input.cursor,
          opt_fields: fields,
        },
      })
      const { data, next_page } = body as Wrapped<AsanaTask[]>
      return { tasks: data.map(toTask), nextCursor: next_page?.offset ?? null }
    },
  }),

  getTask: defineOperation({
    title: 'Get a task',
    description: 'One task with its assignee, dates and projects.',
    docsUrl: reference('gettask'),
    effect: 'read',
    scopes: ['tasks:read'],
    input: z.strictObject({ id: gid }),
    output: task,
    example: { id: '1200000000000201' },
    async run({ id }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/tasks/${id}`, query: { opt_fields: fields } })
      return toTask((body as Wrapped<AsanaTask>).data)
    },
  }),

  createTask: defineOperation({
    title: 'Create a task',
    description:
      'Makes a task in a workspace, in projects, or below another task. After a lost answer it may be there twice.',
    docsUrl: reference('createtask'),
    effect: 'write',
    scopes: ['tasks:write'],
    input: z
      .strictObject({
        name: z.string().min(1).max(1_024),
        notes: text.optional(),
        workspaceId: gid.optional(),
        projectIds: z.array(gid).max(20).optional(),
        parentId: gid.optional(),
        assigneeId: person.optional(),
        dueOn: day.optional(),
        dueAt: time.optional().describe('In place of dueOn'),
      })
      .refine(({ workspaceId, projectIds, parentId }) => workspaceId ?? projectIds?.[0] ?? parentId, {
        path: ['workspaceId'],
        message: 'One of workspaceId, projectIds and parentId is needed',
      })
      .refine(({ dueOn, dueAt }) => !(dueOn && dueAt), { path: ['dueAt'], message: 'Either dueOn or dueAt' }),
    output: task,
    example: { name: 'Order spokes', projectIds: ['1200000000000101'], assigneeId: 'me', dueOn: '2026-12-01' },
    async run(input, { send }) {
      const data = {
        name: input.name,
        notes: input.notes,
        workspace: input.workspaceId,
        projects: input.projectIds,
        parent: input.parentId,
        assignee: input.assigneeId,
        due_on: input.dueOn,
        due_at: input.dueAt,
      }
      const { body } = await send({ method: 'POST', path: '/tasks', query: { opt_fields: fields }, json: { data } })
      return toTask((body as Wrapped<AsanaTask>).data)
    },
  }),

  updateTask: defineOperation({
    title: 'Change a task',
    description: 'Sets what is given and leaves the rest; null clears.',
    docsUrl: reference('updatetask'),
    effect: 'write',
    scopes: ['tasks:write'],
    input: z
      .strictObject({
        id: gid,
        name: z.string().min(1).max(1_024).optional(),
        notes: text.optional(),
        isCompleted: z.boolean().optional(),
        assigneeId: person.nullable().optional(),
        dueOn: day.nullable().optional(),
        dueAt: time.nullable().optional().describe('In place of dueOn'),
      })
      .refine(({ dueOn, dueAt }) => !(dueOn && dueAt), { path: ['dueAt'], message: 'Either dueOn or dueAt' }),
    output: task,
    example: { id: '1200000000000201', isCompleted: true },
    async run({ id, ...input }, { send }) {
      const data = {
        name: input.name,
        notes: input.notes,
        completed: input.isCompleted,
        assignee: input.assigneeId,
        due_on: input.dueOn,
        due_at: input.dueAt,
      }
      const query = { opt_fields: fields }
      const { body } = await send({ method: 'PUT', path: path`/tasks/${id}`, query, json: { data } })
      return toTask((body as Wrapped<AsanaTask>).data)
    },
  }),

  deleteTask: defineOperation({
    title: 'Delete a task',
    description: 'Moves a task to the bin of whoever deletes it, from which it can be restored for 30 days.',
    docsUrl: reference('deletetask'),
    effect: 'write',
    scopes: ['tasks:delete'],
    input: z.strictObject({ id: gid }),
    output: z.object({ id: z.string() }),
    example: { id: '1200000000000203' },
    async run({ id }, { send }) {
      await send({ method: 'DELETE', path: path`/tasks/${id}` })
      return { id }
    },
  }),

  addComment: defineOperation({
    title: 'Add a comment',
    description: 'Writes a comment on a task. After a lost answer it may be there twice.',
    docsUrl: reference('createstoryfortask'),
    effect: 'write',
    scopes: ['stories:write'],
    input: z.strictObject({
      taskId: gid,
      text: text.min(1),
      isPinned: z.boolean().optional().describe('Shown at the top of the task'),
    }),
    output: z.object({ id: z.string(), text: z.string(), createdAt: z.string(), createdBy: named.nullable() }),
    example: { taskId: '1200000000000201', text: 'They are on their way' },
    async run({ taskId, text, isPinned }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: path`/tasks/${taskId}/stories`,
        json: { data: { text, is_pinned: isPinned } },
      })
      const { data } = body as Wrapped<AsanaStory>
      const createdBy = data.created_by ? toNamed(data.created_by) : null
      return { id: data.gid, text: data.text, createdAt: data.created_at, createdBy }
    },
  }),
}

interface AsanaTask extends Compact {
  name: string
  notes?: string
  completed?: boolean
  completed_at?: string | null
  due_on?: string | null
  due_at?: string | null
  assignee?: Compact | null
  projects?: Compact[]
  parent?: Compact | null
  permalink_url?: string
  created_at?: string
  modified_at?: string
}
interface AsanaStory {
  gid: string
  text: string
  created_at: string
  created_by?: Compact | null
}

function toTask(given: AsanaTask): z.infer<typeof task> {
  return {
    id: given.gid,
    name: given.name,
    notes: given.notes || null,
    isCompleted: given.completed ?? false,
    completedAt: given.completed_at ?? null,
    dueOn: given.due_on ?? null,
    dueAt: given.due_at ?? null,
    assignee: given.assignee ? toNamed(given.assignee) : null,
    projects: (given.projects ?? []).map(toNamed),
    parent: given.parent ? toNamed(given.parent) : null,
    url: given.permalink_url ?? null,
    createdAt: given.created_at ?? null,
    modifiedAt: given.modified_at ?? null,
  }
}
