import { Refusal } from './stand-in.ts'

/** What of the request was wrong. */
interface Where {
  location: string
  locationType: 'parameter' | 'header'
}

const statusNames: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED' }

/** An error as those of the Calendar API are. https://developers.google.com/workspace/calendar/api/guides/errors */
export function googleError(code: number, reason: string, message: string, where?: Where): Refusal {
  const status = statusNames[code]
  const errors = [{ domain: 'global', reason, message, ...where }]
  return new Refusal({ status: code, body: { error: { errors, code, message, ...(status && { status }) } } })
}
