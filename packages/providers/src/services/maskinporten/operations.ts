import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'

/** What Maskinporten itself offers; its tokens are for the APIs of others. https://docs.digdir.no/docs/Maskinporten/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Gets a token with the scopes of the integration, unless there is a good one, and reads the metadata.',
    docsUrl: 'https://docs.digdir.no/docs/Maskinporten/maskinporten_func_wellknown',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ issuer: z.string(), tokenEndpoint: z.string() }),
    example: {},
    async run(_input, context) {
      const { body } = await context.send({
        method: 'GET',
        path: `https://${inTest(context) ? 'test.' : ''}maskinporten.no/.well-known/oauth-authorization-server`,
      })
      const { issuer, token_endpoint } = body as { issuer: string; token_endpoint: string }
      return { issuer, tokenEndpoint: token_endpoint }
    },
  }),

  listScopes: defineOperation({
    title: 'List scopes',
    description: 'The public scopes of all owners; that one is listed does not mean that your organisation has it.',
    docsUrl: 'https://docs.digdir.no/docs/Maskinporten/maskinporten_guide_apikonsument',
    effect: 'read',
    input: z.strictObject({
      search: z.string().min(2).max(200).optional().describe('A part of the name or of the description'),
      delegatable: z.boolean().optional().describe('Only those that can be delegated in Altinn, or that cannot'),
      limit: z.int().min(1).max(1_000).default(100),
      cursor: z.string().regex(/^\d+$/).max(9).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      scopes: z.array(
        z.object({
          name: z.string(),
          description: z.string().nullable(),
          visibility: z.string().nullable(),
          isOpenToAll: z.boolean(),
          delegationSource: z.string().nullable(),
          integrationTypes: z.array(z.string()),
          tokenLifetimeSeconds: z.number().nullable(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { search: 'kontakt', limit: 20 },
    async run({ search, delegatable, limit, cursor = '0' }, context) {
      const host = `api.${inTest(context) ? 'test.' : ''}samarbeid.digdir.no`
      // All of them come at once, in no order that is promised.
      const { body } = await context.send({ method: 'GET', path: `https://${host}/api/v1/scopes/all` })
      const wanted = search?.toLowerCase()
      const found = (body as Scope[])
        .filter(({ name, description }) => !wanted || `${name}\n${description ?? ''}`.toLowerCase().includes(wanted))
        .filter(({ delegation_source }) => delegatable === undefined || Boolean(delegation_source) === delegatable)
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      const end = Number(cursor) + limit
      return {
        scopes: found.slice(Number(cursor), end).map(toScope),
        nextCursor: end < found.length ? String(end) : null,
      }
    },
  }),
}

interface Scope {
  name: string
  description?: string
  visibility?: string
  accessible_for_all?: boolean
  delegation_source?: string
  allowed_integration_types?: string[]
  at_max_age?: number
}

function toScope(scope: Scope) {
  return {
    name: scope.name,
    description: scope.description ?? null,
    visibility: scope.visibility ?? null,
    isOpenToAll: scope.accessible_for_all ?? false,
    delegationSource: scope.delegation_source || null,
    integrationTypes: scope.allowed_integration_types ?? [],
    tokenLifetimeSeconds: scope.at_max_age ?? null,
  }
}

function inTest({ config }: Pick<OperationContext, 'config'>): boolean {
  return config['environment'] === 'test'
}
