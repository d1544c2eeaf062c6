import type { z } from 'zod'
import { googleError } from './google-error.ts'
import type { StandInRequest } from './stand-in.ts'

/** The body of a request as JSON; what is none, or no such thing, is refused with 400. Unknown fields are left out. */
export function googleBody<Schema extends z.ZodType>(request: StandInRequest, schema: Schema): z.output<Schema> {
  const { data, error } = schema.safeParse(parse(request))
  if (!error) return data
  const path = error.issues[0]?.path.join('.')
  throw googleError(400, 'invalid', path ? `Invalid value for: ${path}` : 'Invalid Value')
}

function parse({ headers, body }: StandInRequest): unknown {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw googleError(400, 'parseError', 'Parse Error')
  try {
    return JSON.parse(body.toString())
  } catch {
    throw googleError(400, 'parseError', 'Parse Error')
  }
}
