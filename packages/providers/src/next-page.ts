import { parseLinkHeader } from '@koble/core/client'
import type { OperationAnswer } from './define-operation.ts'

/**
 * What stands after the question mark in the address of the next page, as `Link: <…>; rel="next"` names it (RFC 8288);
 * null when there is none. Put behind the path of the list it asks for that page, and can lead nowhere else.
 */
export function nextQuery({ headers }: Pick<OperationAnswer, 'headers'>): string | null {
  const field = [headers['link'] ?? []].flat().join(', ')
  return queryOf(parseLinkHeader(field)['next'])
}

/** The same of an address that stands in the answer itself (`@odata.nextLink`). */
export function queryOf(address: string | null | undefined): string | null {
  const query = address?.split('#')[0]?.split('?').slice(1).join('?')
  return query || null
}
