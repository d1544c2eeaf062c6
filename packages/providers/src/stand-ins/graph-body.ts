import type { z } from 'zod'
import { graphError } from './graph-error.ts'
import type { StandInRequest } from './stand-in.ts'

/**
 * The body of a request as a resource of Graph (`message`); what is no JSON, says not that it is, or has properties or
 * values that the resource knows not, is refused with 400.
 */
export function graphBody<Schema extends z.ZodType>(
  { headers, body }: StandInRequest,
  type: string,
  schema: Schema,
): z.output<Schema> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    const message = 'Write requests (excluding DELETE) must contain the Content-Type header declaration.'
    throw graphError(400, 'RequestBodyRead', message)
  }
  const { data, error } = schema.safeParse(parse(body))
  if (!error) return data
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const message = `The property '${issue.keys[0]}' does not exist on type 'microsoft.graph.${type}'. Make sure to only use property names that are defined by the type.`
    throw graphError(400, 'RequestBodyRead', message)
  }
  const message = `Invalid value specified for property '${issue?.path.join('.')}' of resource '${type}'.`
  throw graphError(400, 'BadRequest', message)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw graphError(400, 'BadRequest', 'Unable to read JSON request payload.')
  }
}
