import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'
import { organizationNumber, personalNumber, plainOrganization, plainPerson } from './altinn-identifiers.ts'

const reference = 'https://docs.altinn.studio/api/accessmanagement/'
const uuid = z.uuid()
const party = z.object({
  partyUuid: z.string(),
  partyId: z.number().nullable(),
  name: z.string(),
  type: z.string().nullable(),
  organizationNumber: z.string().nullable(),
  isDeleted: z.boolean(),
  /** It is listed only because a unit below it is. */
  isHierarchyOnly: z.boolean(),
  roles: z.array(z.string()),
  accessPackages: z.array(z.string()),
  resources: z.array(z.string()),
})
type Party = z.infer<typeof party>

/** Who may act for whom. */
export const accessOperations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Renews the token, and says as whom Altinn knows its holder.',
    docsUrl: 'https://docs.altinn.studio/api/authentication/spec/',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      organizationNumber: z.string().nullable(),
      serviceOwner: z.string().nullable(),
      partyId: z.number().nullable(),
      systemId: z.string().nullable(),
      scopes: z.array(z.string()),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/authentication/api/v1/refresh' })
      const claims = claimsOf(String(body))
      return {
        organizationNumber: textOf(claims['urn:altinn:orgNumber']),
        serviceOwner: textOf(claims['urn:altinn:org']),
        partyId: numberOf(claims['urn:altinn:partyid']),
        systemId: textOf((claims['authorization_details'] as { system_id?: unknown }[] | undefined)?.[0]?.system_id),
        scopes: String(claims['scope'] ?? '')
          .split(' ')
          .filter(Boolean),
      }
    },
  }),

  getOrganizations: defineOperation({
    title: 'List for whom one may act',
    description:
      'The parties for which the system user may act; of somebody else only a service owner may ask, by their number.',
    docsUrl: `${reference}authorizedparties/`,
    effect: 'read',
    input: z.strictObject({
      personalNumber: personalNumber.optional().describe('Eleven digits; only service owners may ask so'),
      organizationNumber: organizationNumber.optional().describe('Only service owners may ask so'),
      includeRoles: z.boolean().default(true),
      includeAccessPackages: z.boolean().default(true),
      cursor: z.url().max(2_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({ parties: z.array(party), nextCursor: z.string().nullable() }),
    example: {},
    async run({ includeRoles, includeAccessPackages, cursor, ...input }, { send }) {
      const query = { includeRoles, includeAccessPackages }
      if (input.personalNumber !== undefined || input.organizationNumber !== undefined) {
        const json =
          input.personalNumber === undefined
            ? {
                type: 'urn:altinn:organization:identifier-no',
                value: plainOrganization(input.organizationNumber ?? ''),
              }
            : { type: 'urn:altinn:person:identifier-no', value: plainPerson(input.personalNumber) }
        const path = '/accessmanagement/api/v1/resourceowner/authorizedparties'
        const { body } = await send({ method: 'POST', path, query, json, repeatable: true })
        return { parties: (body as AltinnParty[]).flatMap(toParties), nextCursor: null }
      }
      const path = '/accessmanagement/api/v1/enduser/authorizedparties'
      const { body } = await send(cursor ? { method: 'GET', path: cursor } : { method: 'GET', path, query })
      const { data, links } = body as Paged<AltinnParty>
      return { parties: data.flatMap(toParties), nextCursor: links?.next ?? null }
    },
  }),

  getRoles: defineOperation({
    title: 'List roles between two parties',
    description: 'The roles that one party has for another; they are no longer the codes of Altinn 2.',
    docsUrl: `${reference}connections/`,
    effect: 'read',
    input: z.strictObject({
      party: uuid.describe('As whom one asks: one of the two'),
      from: uuid.optional().describe('Who gives the roles'),
      to: uuid.optional().describe('Who has them'),
    }),
    output: z.object({
      roles: z.array(z.object({ code: z.string(), name: z.string().nullable(), toName: z.string().nullable() })),
    }),
    example: {
      party: '6c5d7e3a-93c4-4d9e-8a40-0d7f1f3f9a01',
      from: '6c5d7e3a-93c4-4d9e-8a40-0d7f1f3f9a01',
    },
    async run(query, { send }) {
      const { body } = await send({ method: 'GET', path: '/accessmanagement/api/v1/enduser/connections/roles', query })
      const { data } = body as Paged<AltinnRole>
      return {
        roles: data.map(({ role, permissions = [] }) => ({
          code: role.code ?? role.urn ?? role.id ?? '',
          name: role.name ?? null,
          toName: permissions[0]?.to?.name ?? null,
        })),
      }
    },
  }),

  getDelegations: defineOperation({
    title: 'List delegations of a party',
    description: 'Who has access on behalf of a party, or on whose behalf it has access itself.',
    docsUrl: `${reference}connections/`,
    effect: 'read',
    input: z.strictObject({
      party: uuid,
      direction: z.enum(['given', 'received']).default('given'),
      limit: z.int().min(1).max(1_000).default(100),
      cursor: z.string().regex(/^\d+$/).max(9).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      delegations: z.array(
        z.object({
          partyUuid: z.string(),
          name: z.string(),
          type: z.string().nullable(),
          organizationNumber: z.string().nullable(),
          roles: z.array(z.string()),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { party: '6c5d7e3a-93c4-4d9e-8a40-0d7f1f3f9a01' },
    async run({ party: own, direction, limit, cursor = '1' }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: '/accessmanagement/api/v1/enduser/connections',
        query: { party: own, [direction === 'given' ? 'from' : 'to']: own },
        headers: { 'X-Page-Size': String(limit), 'X-Page-Number': cursor },
      })
      const { data, links } = body as Paged<AltinnConnection>
      return {
        delegations: data.map(({ party: other, roles = [] }) => ({
          partyUuid: other.id,
          name: other.name,
          type: other.type ?? null,
          organizationNumber: other.organizationIdentifier ?? null,
          roles: roles.map(({ code, urn, id }) => code ?? urn ?? id ?? ''),
        })),
        nextCursor: links?.next ? String(Number(cursor) + 1) : null,
      }
    },
  }),

  getMaskinportenDelegations: defineOperation({
    title: 'List delegated scopes',
    description: 'Which organisations delegated a scope of your API to which suppliers; for the owners of APIs.',
    docsUrl: 'https://docs.altinn.studio/api/accessmanagement/',
    effect: 'read',
    scopes: ['altinn:maskinporten/delegations'],
    input: z.strictObject({
      scope: z.string().min(1).max(250),
      supplierOrg: organizationNumber.optional(),
      consumerOrg: organizationNumber.optional(),
    }),
    output: z.object({
      delegations: z.array(
        z.object({
          consumerOrg: z.string(),
          supplierOrg: z.string(),
          scopes: z.array(z.string()),
          createdAt: z.string().nullable(),
        }),
      ),
    }),
    example: { scope: 'ttd:koble.read' },
    async run({ supplierOrg, consumerOrg, scope }, { send }) {
      const plain = (number?: string) => (number === undefined ? undefined : plainOrganization(number))
      const { body } = await send({
        method: 'GET',
        path: '/accessmanagement/api/v1/maskinporten/delegations/',
        query: { supplierOrg: plain(supplierOrg), consumerOrg: plain(consumerOrg), scope },
      })
      return {
        delegations: (body as MaskinportenDelegation[]).map((delegation) => ({
          consumerOrg: delegation.consumer_org,
          supplierOrg: delegation.supplier_org,
          scopes: delegation.scopes,
          createdAt: delegation.created ?? null,
        })),
      }
    },
  }),
}

interface Paged<Item> {
  data: Item[]
  links?: { next?: string | null }
}
interface AltinnParty {
  partyUuid: string
  partyId?: number | null
  name: string
  type?: string | null
  organizationNumber?: string | null
  isDeleted?: boolean
  onlyHierarchyElementWithNoAccess?: boolean
  authorizedRoles?: string[] | null
  authorizedAccessPackages?: string[] | null
  authorizedResources?: string[] | null
  subunits?: AltinnParty[] | null
}
interface AltinnRole {
  role: { id?: string; code?: string; name?: string; urn?: string }
  permissions?: { to?: { name?: string } }[]
}
interface AltinnConnection {
  party: { id: string; name: string; type?: string; organizationIdentifier?: string | null }
  roles?: { id?: string; code?: string; urn?: string }[]
}
interface MaskinportenDelegation {
  consumer_org: string
  supplier_org: string
  scopes: string[]
  created?: string
}

/** A party and the units below it. The number of a person is left out: whoever asked for one has it. */
function toParties(given: AltinnParty): Party[] {
  const own: Party = {
    partyUuid: given.partyUuid,
    partyId: given.partyId ?? null,
    name: given.name,
    type: given.type ?? null,
    organizationNumber: given.organizationNumber ?? null,
    isDeleted: given.isDeleted ?? false,
    isHierarchyOnly: given.onlyHierarchyElementWithNoAccess ?? false,
    roles: given.authorizedRoles ?? [],
    accessPackages: given.authorizedAccessPackages ?? [],
    resources: given.authorizedResources ?? [],
  }
  return [own, ...(given.subunits ?? []).flatMap(toParties)]
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  } catch {
    throw new OperationError('malformed', { status: 200, message: 'The token cannot be read.' })
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)
const numberOf = (value: unknown) => (value === undefined || value === null ? null : Number(value))
