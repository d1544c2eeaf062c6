import { z } from 'zod'
import { id, time } from './paging.ts'

/** Lets one end user see to the own destinations, for a while. */
export const createPortalSession = z.strictObject({
  externalUserId: z.string().min(1).max(255),
  /** Seconds. */
  expiresIn: z.int().min(60).max(86_400).default(3_600),
  /** Nothing can be changed or sent again. */
  readOnly: z.boolean().default(false),
})

export const createdPortalSession = z.object({
  id,
  /** Shown this one time; the end user's page sends it as bearer. */
  token: z.string(),
  /** Koble's own page for it. */
  url: z.string(),
  expiresAt: time,
})
export type CreatedPortalSession = z.infer<typeof createdPortalSession>

/** What the token that calls is good for. */
export const portalSession = z.object({
  id,
  externalUserId: z.string(),
  readOnly: z.boolean(),
  expiresAt: time,
})
export type PortalSession = z.infer<typeof portalSession>
