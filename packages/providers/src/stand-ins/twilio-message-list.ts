import type { StandInRequest } from './stand-in.ts'
import { shownMessage, type TwilioMessage } from './twilio-message.ts'

const pageSizeMax = 1_000

/**
 * A page of messages that are given with the newest first, and where the pages beside it are. Its tokens are `PA` and the
 * message that it comes after.
 */
export function pageOfMessages(messages: readonly TwilioMessage[], { query, target }: StandInRequest) {
  const uri = target.split('?')[0] ?? ''
  const size = Math.min(pageSizeMax, Math.max(1, Number(query.get('PageSize') ?? 50) || 50))
  const chosen = messages.filter((message) => isAskedFor(message, query))
  const after = query.get('PageToken')?.replace(/^PA/, '')
  const start = after === undefined ? 0 : chosen.findIndex(({ sid }) => sid === after) + 1
  const shown = chosen.slice(start, start + size)
  const number = Number(query.get('Page') ?? 0) || 0
  const uriOf = (page: number, before: TwilioMessage | undefined) => {
    const asked = new URLSearchParams(query)
    for (const name of ['PageToken', 'Page', 'PageSize']) asked.delete(name)
    asked.set('PageSize', String(size))
    asked.set('Page', String(page))
    if (before) asked.set('PageToken', `PA${before.sid}`)
    return `${uri}?${asked}`
  }
  const end = start + shown.length
  return {
    messages: shown.map(shownMessage),
    ...{ page: number, page_size: size, start, end: Math.max(start, end - 1), uri: target },
    first_page_uri: uriOf(0, undefined),
    previous_page_uri: start === 0 ? null : uriOf(Math.max(0, number - 1), chosen[start - size - 1]),
    next_page_uri: end < chosen.length ? uriOf(number + 1, chosen[end - 1]) : null,
  }
}

/** By whom, to whom, and on which days (UTC); `DateSent>=` is the parameter `DateSent>`. */
function isAskedFor({ to, from, sentAt }: TwilioMessage, query: URLSearchParams): boolean {
  const day = sentAt?.toISOString().slice(0, 10)
  const [on, since, until] = ['DateSent', 'DateSent>', 'DateSent<'].map((name) => query.get(name)?.slice(0, 10))
  const isDayAsked = on !== undefined || since !== undefined || until !== undefined
  if (isDayAsked && day === undefined) return false
  const isOnDay = day === undefined || ((on ?? day) === day && (since ?? day) <= day && (until ?? day) >= day)
  return (query.get('To') ?? to) === to && (query.get('From') ?? from) === from && isOnDay
}
