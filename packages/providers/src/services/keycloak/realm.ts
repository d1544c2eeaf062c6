import { z } from 'zod'
import { type OperationContext, path } from '../../define-operation.ts'

/** A resource of the reference of the Admin API. */
export const reference = (resource: string) =>
  `https://www.keycloak.org/docs-api/latest/rest-api/index.html#_${resource}`

export const userId = z.string().min(1).max(100).describe('As in 5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511')
export const groupId = z.string().min(1).max(100)

/** Input of a list, whose pages are counted by what stands before them. */
export const page = {
  limit: z.int().min(1).max(500).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional()
    .describe('The nextCursor of the page before'),
}
export const nextCursor = z.string().nullable()

/** The Admin API of the realm that the integration is of. */
export const adminPath = ({ config }: Pick<OperationContext, 'config'>) => path`/admin/realms/${config['realm'] ?? ''}`

/** The OpenID provider of that realm. */
export const openidPath = ({ config }: Pick<OperationContext, 'config'>) =>
  `${path`/realms/${config['realm'] ?? ''}`}/protocol/openid-connect`

/** Which items are asked for. */
export const rangeOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => ({
  first: Number(cursor ?? 0),
  max: limit,
})

/** Nobody says how many there are: a page that is not full is the last. */
export function cursorAfter(items: readonly unknown[], { first, max }: ReturnType<typeof rangeOf>): string | null {
  return items.length < max ? null : String(first + max)
}
