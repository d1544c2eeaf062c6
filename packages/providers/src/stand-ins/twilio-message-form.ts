import { twilioError } from './twilio-error.ts'

const bodyCharactersMax = 1_600
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Numbers that fail by arrangement. https://www.twilio.com/docs/iam/test-credentials#test-sms-messages-parameters-To */
const failingRecipients: Record<string, [code: number, message: string]> = {
  '+15005550001': [21211, "The 'To' number +15005550001 is not a valid phone number."],
  '+15005550002': [
    21612,
    "The 'To' phone number +15005550002 is not currently reachable using the 'From' phone number.",
  ],
  '+15005550003': [
    21408,
    "Permission to send an SMS has not been enabled for the region indicated by the 'To' number.",
  ],
  '+15005550004': [21610, 'Attempt to send to unsubscribed recipient.'],
  '+15005550009': [21614, "'To' number +15005550009 is not a valid mobile number."],
}

/** To whom, with its channel where that is not SMS. */
export function demandRecipient(form: URLSearchParams): string {
  const to = form.get('To') ?? ''
  if (to === '') throw twilioError(400, 21604, "A 'To' phone number is required.")
  if (!/^(?:[a-z]+:)?\+[1-9]\d{6,14}$/.test(to)) {
    throw twilioError(400, 21211, `The 'To' number ${to} is not a valid phone number.`)
  }
  const failing = failingRecipients[to]
  if (failing) throw twilioError(400, ...failing)
  return to
}

/** Whether the sender is a name instead of a number. */
export function isWord(sender: string): boolean {
  return /^(?=.*[A-Za-z])[\w &+.-]{1,11}$/.test(sender)
}

/** A text, media or a template; one of them has to be there. */
export function demandContent(form: URLSearchParams): { body: string; mediaUrls: string[] } {
  const [body, mediaUrls] = [form.get('Body') ?? '', form.getAll('MediaUrl')]
  if (body === '' && mediaUrls.length === 0 && !form.get('ContentSid')) {
    throw twilioError(400, 21602, 'Message body is required.')
  }
  if (body.length > bodyCharactersMax) {
    throw twilioError(400, 21617, `The concatenated message body exceeds the ${bodyCharactersMax} character limit.`)
  }
  if (mediaUrls.length > 10) throw twilioError(400, 21623, 'Number of media files exceeds allowed limit.')
  for (const url of mediaUrls) if (!isWebAddress(url)) throw twilioError(400, 21620, `Invalid media URL: ${url}`)
  return { body, mediaUrls }
}

/** When it is to go out, if later. */
export function scheduleOf(form: URLSearchParams): Date | null {
  const [type, at] = [form.get('ScheduleType'), form.get('SendAt')]
  if (!type && !at) return null
  if (!form.get('MessagingServiceSid')) {
    throw twilioError(400, 35118, 'MessagingServiceSid is required to schedule a message.')
  }
  if (type !== 'fixed' || !at)
    throw twilioError(400, 35111, 'ScheduleType and SendAt are needed to schedule a message.')
  const inMs = Date.parse(at) - Date.now()
  if (!(inMs >= 5 * minuteMs && inMs <= 35 * dayMs)) {
    throw twilioError(400, 35114, 'SendAt has to be at least 5 minutes and at most 35 days ahead.')
  }
  return new Date(at)
}

/** An address that is a parameter; refuses another with this code. */
export function urlOf(form: URLSearchParams, name: string, code: number): string | null {
  const url = form.get(name) || null
  if (url !== null && !isWebAddress(url)) throw twilioError(400, code, `The '${name}' URL ${url} is not a valid URL.`)
  return url
}

const isWebAddress = (url: string) => /^https?:$/.test(URL.parse(url)?.protocol ?? '')
