import { Refusal } from './stand-in.ts'

/** An error as all of Twilio's are. https://www.twilio.com/docs/api/errors */
export function twilioError(status: number, code: number, message: string): Refusal {
  const body = { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }
  return new Refusal({ status, body })
}

/** What is not there. */
export function notFound(target: string): Refusal {
  return twilioError(404, 20404, `The requested resource ${target.split('?')[0]} was not found`)
}
