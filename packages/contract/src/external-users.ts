import { z } from 'zod'
import { pageQuery, time } from './paging.ts'

/** Somebody whose accounts are connected, by the id that the calling product uses. */
export const externalUser = z.object({
  externalUserId: z.string(),
  /** Those that are disconnected not counted. */
  connectionCount: z.int(),
  firstConnectedAt: time,
  lastUsedAt: time.nullable(),
})
export type ExternalUser = z.infer<typeof externalUser>

/** In the order of their ids. */
export const externalUsersQuery = pageQuery.extend({
  cursor: z.string().max(2000).optional(),
  search: z.string().max(255).optional(),
})
export const externalUserParams = z.strictObject({ externalUserId: z.string().min(1).max(255) })
