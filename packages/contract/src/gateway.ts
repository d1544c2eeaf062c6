import { z } from 'zod'
import { id, time } from './paging.ts'

const parameter = z.union([z.string().max(10_000), z.number(), z.boolean()])

/** One call to the third party as the connected account, in a JSON envelope. */
export const gatewayRequest = z.strictObject({
  connectionId: id,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
  /** A path below the provider's API (`/user/repos`), or a whole address of the provider's. */
  endpoint: z.string().min(1).max(8_000),
  headers: z.record(z.string().max(200), z.string().max(10_000)).optional(),
  /** Query parameters beside those of `endpoint`; a list repeats the parameter. */
  params: z.record(z.string().max(200), z.union([parameter, z.array(parameter).max(200)])).optional(),
  /** A text is sent as it is, anything else as JSON. */
  body: z.unknown().optional(),
  /** In milliseconds; 30,000 unless said otherwise. */
  timeout: z.int().min(1).max(300_000).optional(),
})
export type GatewayRequest = z.infer<typeof gatewayRequest>

export const gatewayResponse = z.object({
  status: z.int(),
  /** By lower-case name. */
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  /** Parsed where it is JSON, a text where it is one, bytes in base64 otherwise; null when there is none. */
  body: z.unknown(),
  bodyEncoding: z.enum(['json', 'text', 'base64', 'none']),
  /** When the answer was there. */
  timestamp: time,
  /** In milliseconds. */
  duration: z.number(),
})
export type GatewayResponse = z.infer<typeof gatewayResponse>
