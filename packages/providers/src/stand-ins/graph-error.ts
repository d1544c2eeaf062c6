import { randomUUID } from 'node:crypto'
import { Refusal } from './stand-in.ts'

/** An error as all of Graph's are. https://learn.microsoft.com/graph/errors */
export function graphError(status: number, code: string, message: string): Refusal {
  const innerError = { 'request-id': randomUUID(), date: new Date().toISOString().slice(0, 19) }
  return new Refusal({ status, body: { error: { code, message, innerError } } })
}
