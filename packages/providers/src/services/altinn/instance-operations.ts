import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'
import {
  appAddress,
  appName,
  instanceId,
  organizationNumber,
  personalNumber,
  plainOrganization,
  plainPerson,
} from './altinn-identifiers.ts'

const reference = 'https://docs.altinn.studio/api/apps/'
const instance = z.object({
  id: z.string(),
  appId: z.string().nullable(),
  partyId: z.string().nullable(),
  organizationNumber: z.string().nullable(),
  task: z.string().nullable(),
  endedAt: z.string().nullable(),
  isArchived: z.boolean(),
  createdAt: z.string().nullable(),
  changedAt: z.string().nullable(),
  data: z.array(
    z.object({
      id: z.string(),
      dataType: z.string(),
      contentType: z.string().nullable(),
      filename: z.string().nullable(),
      sizeBytes: z.number().nullable(),
    }),
  ),
})
const processState = z.object({
  task: z.string().nullable(),
  taskType: z.string().nullable(),
  endedAt: z.string().nullable(),
})
const owner = z
  .strictObject({
    organizationNumber: organizationNumber.optional(),
    personalNumber: personalNumber.optional(),
    partyId: z
      .string()
      .regex(/^\d{1,12}$/)
      .optional(),
  })
  .refine(
    (given) => Object.values(given).filter((value) => value !== undefined).length === 1,
    'Exactly one of the three',
  )
const sampleInstance = '50001337/1f3a1b36-7b0c-4d0c-8e49-2d1f3f0f6b11'

/** Forms, from their beginning to their archive. A call that makes something is not idempotent at Altinn. */
export const instanceOperations = {
  createInstance: defineOperation({
    title: 'Begin a form',
    description:
      'Makes an instance of an app for a party, with values to begin with. After a lost answer look for it before repeating.',
    docsUrl: `${reference}instances/`,
    effect: 'write',
    scopes: ['altinn:instances.write'],
    input: z.strictObject({
      app: appName,
      instanceOwner: owner,
      prefill: z
        .record(z.string().max(200), z.string().max(10_000))
        .optional()
        .describe('Values by the fields of the form'),
      dueBefore: z.iso.datetime().optional(),
    }),
    output: instance,
    example: {
      app: 'koble-test',
      instanceOwner: { organizationNumber: '314234367' },
      prefill: { 'innsender.navn': 'Ola' },
    },
    async run({ app, instanceOwner, prefill, dueBefore }, context) {
      const { organizationNumber: organization, personalNumber: person, partyId } = instanceOwner
      const { body } = await context.send({
        method: 'POST',
        path: `${appAddress(context, app)}/instances${prefill ? '/create' : ''}`,
        json: {
          instanceOwner: {
            ...(organization !== undefined && { organisationNumber: plainOrganization(organization) }),
            ...(person !== undefined && { personNumber: plainPerson(person) }),
            ...(partyId !== undefined && { partyId }),
          },
          prefill,
          dueBefore,
        },
      })
      return toInstance(body as AltinnInstance)
    },
  }),

  getInstance: defineOperation({
    title: 'Get a form',
    description: 'An instance with its data elements and where it stands in its process.',
    docsUrl: `${reference}instances/`,
    effect: 'read',
    scopes: ['altinn:instances.read'],
    input: z.strictObject({ app: appName, instanceId }),
    output: instance,
    example: { app: 'koble-test', instanceId: sampleInstance },
    run: async ({ app, instanceId: id }, context) => toInstance(await readInstance(context, app, id)),
  }),

  listInstances: defineOperation({
    title: 'List forms',
    description: 'Instances by party, app or change, page by page; of an app all of them only for its owner.',
    docsUrl: 'https://docs.altinn.studio/api/storage/instances/',
    effect: 'read',
    scopes: ['altinn:instances.read'],
    input: z.strictObject({
      partyId: z
        .string()
        .regex(/^\d{1,12}$/)
        .optional(),
      organizationNumber: organizationNumber.optional().describe('In place of the party id'),
      app: appName.optional(),
      isComplete: z.boolean().optional().describe('Whether its process has ended'),
      isArchived: z.boolean().optional(),
      changedAfter: z.iso.datetime().optional(),
      limit: z.int().min(1).max(1_000).default(100),
      cursor: z.url().max(4_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({ instances: z.array(instance), nextCursor: z.string().nullable() }),
    example: { partyId: '50001337' },
    async run({ cursor, limit, app, partyId, changedAfter, ...input }, { send, config }) {
      const number = input.organizationNumber
      const headers = {
        'X-Ai-InstanceOwnerIdentifier': number === undefined ? undefined : `organisation:${plainOrganization(number)}`,
      }
      const query = {
        appId: app === undefined ? undefined : `${config['appOwner'] ?? ''}/${app}`,
        'instanceOwner.partyId': partyId,
        'process.isComplete': input.isComplete,
        'status.isArchived': input.isArchived,
        lastChanged: changedAfter === undefined ? undefined : `gt:${changedAfter}`,
        size: limit,
      }
      const path = '/storage/api/v1/instances'
      const { body } = await send(
        cursor ? { method: 'GET', path: cursor, headers } : { method: 'GET', path, query, headers },
      )
      const { instances, next } = body as { instances: AltinnInstance[]; next?: string | null }
      return { instances: instances.map(toInstance), nextCursor: next || null }
    },
  }),

  uploadFormData: defineOperation({
    title: 'Fill in a form',
    description:
      'Replaces the data of that type, which a new form usually has already, or adds it where there is none.',
    docsUrl: `${reference}data-elements/`,
    effect: 'write',
    scopes: ['altinn:instances.write'],
    input: z.strictObject({
      app: appName,
      instanceId,
      dataType: z
        .string()
        .regex(/^[\w-]{1,100}$/)
        .describe('As the app calls it: its model, usually'),
      formData: z.record(z.string(), z.unknown()).describe('As the model of the form says'),
    }),
    output: z.object({ dataId: z.string(), isNew: z.boolean() }),
    example: {
      app: 'koble-test',
      instanceId: sampleInstance,
      dataType: 'model',
      formData: { innsender: { navn: 'Ola' } },
    },
    async run({ app, instanceId: id, dataType, formData }, context) {
      const base = `${appAddress(context, app)}/instances/${id}/data`
      const { data = [] } = await readInstance(context, app, id)
      const existing = data.find((element) => element.dataType === dataType)
      if (existing) {
        await context.send({ method: 'PUT', path: `${base}/${existing.id}`, json: formData })
        return { dataId: existing.id, isNew: false }
      }
      const { body } = await context.send({ method: 'POST', path: base, query: { dataType }, json: formData })
      return { dataId: (body as { id: string }).id, isNew: true }
    },
  }),

  uploadAttachment: defineOperation({
    title: 'Attach a file',
    description: 'Adds a file to a form; a second one of the same name is another one.',
    docsUrl: `${reference}data-elements/`,
    effect: 'write',
    scopes: ['altinn:instances.write'],
    input: z.strictObject({
      app: appName,
      instanceId,
      dataType: z.string().regex(/^[\w-]{1,100}$/),
      filename: z.string().regex(/^[^"\\\p{Cc}/]{1,200}$/u, 'A name without quotes and slashes'),
      contentType: z
        .string()
        .regex(/^[\w.+-]+\/[\w.+-]+$/)
        .default('application/octet-stream'),
      content: z.base64().describe('The bytes, in base64'),
    }),
    output: z.object({ dataId: z.string() }),
    example: {
      ...{ app: 'koble-test', instanceId: sampleInstance, dataType: 'attachment' },
      ...{ filename: 'kvittering.txt', contentType: 'text/plain', content: 'SGVp' },
    },
    async run({ app, instanceId: id, dataType, filename, contentType, content }, context) {
      // Names beyond ASCII go by RFC 6266.
      const plain = filename.replaceAll(/[^\x20-\x7e]/g, '_')
      const disposition = `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(filename)}`
      const { body } = await context.send({
        method: 'POST',
        path: `${appAddress(context, app)}/instances/${id}/data`,
        query: { dataType },
        headers: { 'content-disposition': disposition },
        bytes: { content: Buffer.from(content, 'base64'), contentType },
      })
      return { dataId: (body as { id: string }).id }
    },
  }),

  validateInstance: defineOperation({
    title: 'Validate a form',
    description: 'What stands in the way of sending it, and what is only worth a look.',
    docsUrl: `${reference}validation/`,
    effect: 'read',
    scopes: ['altinn:instances.read'],
    input: z.strictObject({ app: appName, instanceId }),
    output: z.object({
      isValid: z.boolean(),
      issues: z.array(
        z.object({
          isError: z.boolean(),
          code: z.string().nullable(),
          field: z.string().nullable(),
          description: z.string().nullable(),
        }),
      ),
    }),
    example: { app: 'koble-test', instanceId: sampleInstance },
    async run({ app, instanceId: id }, context) {
      const { body } = await context.send({
        method: 'GET',
        path: `${appAddress(context, app)}/instances/${id}/validate`,
      })
      const issues = (body as AltinnIssue[]).map(({ severity, code, field, description }) => ({
        isError: severity === 1 || severity === 'Error',
        code: code ?? null,
        field: field ?? null,
        description: description ?? null,
      }))
      return { isValid: !issues.some(({ isError }) => isError), issues }
    },
  }),

  submitInstance: defineOperation({
    title: 'Send a form',
    description: 'Takes a form through its steps until it is sent; it stops at a step that another person has to take.',
    docsUrl: `${reference}process/`,
    effect: 'write',
    scopes: ['altinn:instances.write'],
    input: z.strictObject({
      app: appName,
      instanceId,
      action: z
        .string()
        .regex(/^[\w-]{1,50}$/)
        .optional()
        .describe('For steps that ask for one: confirm, sign, pay'),
    }),
    output: processState.extend({ isSent: z.boolean(), steps: z.int() }),
    example: { app: 'koble-test', instanceId: '50001337/5a0e0a33-31c2-4c39-9a0e-6f3c5f2f7c42' },
    async run({ app, instanceId: id, action }, context) {
      const path = `${appAddress(context, app)}/instances/${id}/process/next`
      let task: string | null = null
      for (let steps = 1; steps <= stepsMax; steps++) {
        // One step is never repeated: a second one would take the next.
        const { body } = await context.send({ method: 'PUT', path, json: action === undefined ? {} : { action } })
        const state = toProcess(body as AltinnProcess)
        const isStuck = state.task === task
        if (state.endedAt !== null || isStuck) return { ...state, isSent: state.endedAt !== null, steps }
        task = state.task
      }
      throw new OperationError('malformed', {
        status: 200,
        message: 'The process of the form does not come to an end.',
      })
    },
  }),

  getProcess: defineOperation({
    title: 'See where a form stands',
    description: 'The step that a form is at, and when it was sent.',
    docsUrl: `${reference}process/`,
    effect: 'read',
    scopes: ['altinn:instances.read'],
    input: z.strictObject({ app: appName, instanceId }),
    output: processState,
    example: { app: 'koble-test', instanceId: sampleInstance },
    async run({ app, instanceId: id }, context) {
      const { body } = await context.send({
        method: 'GET',
        path: `${appAddress(context, app)}/instances/${id}/process`,
      })
      return toProcess(body as AltinnProcess)
    },
  }),
}

/** More than any form has. */
const stepsMax = 12

interface AltinnProcess {
  ended?: string | null
  currentTask?: { elementId?: string; altinnTaskType?: string } | null
}
interface AltinnInstance {
  id: string
  appId?: string
  instanceOwner?: { partyId?: string; organisationNumber?: string | null }
  process?: AltinnProcess | null
  status?: { isArchived?: boolean } | null
  created?: string
  lastChanged?: string
  data?: { id: string; dataType: string; contentType?: string; filename?: string | null; size?: number }[]
}
interface AltinnIssue {
  severity?: number | string
  code?: string
  field?: string | null
  description?: string | null
}

async function readInstance(context: OperationContext, app: string, id: string): Promise<AltinnInstance> {
  const { body } = await context.send({ method: 'GET', path: `${appAddress(context, app)}/instances/${id}` })
  return body as AltinnInstance
}

function toProcess({ ended, currentTask }: AltinnProcess): z.infer<typeof processState> {
  return {
    task: currentTask?.elementId ?? null,
    taskType: currentTask?.altinnTaskType ?? null,
    endedAt: ended ?? null,
  }
}

function toInstance(given: AltinnInstance): z.infer<typeof instance> {
  return {
    id: given.id,
    appId: given.appId ?? null,
    partyId: given.instanceOwner?.partyId ?? null,
    organizationNumber: given.instanceOwner?.organisationNumber ?? null,
    task: given.process?.currentTask?.elementId ?? null,
    endedAt: given.process?.ended ?? null,
    isArchived: given.status?.isArchived ?? false,
    createdAt: given.created ?? null,
    changedAt: given.lastChanged ?? null,
    data: (given.data ?? []).map(({ id, dataType, contentType, filename, size }) => ({
      id,
      dataType,
      contentType: contentType ?? null,
      filename: filename ?? null,
      sizeBytes: size ?? null,
    })),
  }
}
