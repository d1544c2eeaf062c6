import { CallScope } from '../call-scope.ts'
import type { HttpAnswer, HttpCall, Send, Step } from '../http-call.ts'
import { ReceivedBody } from '../received-body.ts'

/** A larger answer is not kept for others: they ask for themselves. */
const sharedBytesMax = 1_048_576

/** They differ from call to call and change nothing about the answer. */
const apart = new Set(['traceparent', 'tracestate', 'x-request-id'])

/** Answers that go on for as long as somebody listens: whoever waited for their end would wait for ever. */
const endless = /^(text\/event-stream|application\/(x-)?(ndjson|jsonl|json-seq)|multipart\/)/i

/** What the callers of one request get: the answer, and its body where all may have a copy. */
interface Landing {
  answer: HttpAnswer
  copy: Buffer | undefined
  taken: boolean
}

/** A request on its way, and who waits for its answer. */
interface Flight {
  scope: CallScope
  callers: number
  landing: Promise<Landing>
}

/**
 * Lets identical GET requests that are under way at the same time be one. Identical is what has the same URL and the
 * same header fields, every one of them, so that no two credentials ever share an answer; or the same partition, which
 * stands for the credentials. A caller that leaves takes nothing from the others; the request ends when all have left.
 *
 * @param timeoutMs Of the request; without one, calls share it that have the same time.
 */
export function coalescingStep(timeoutMs?: number): Step {
  const flights = new Map<string, Flight>()

  function begin(key: string, call: HttpCall, next: Send): Flight {
    const scope = new CallScope(undefined, timeoutMs ?? call.scope.timeoutMs)
    const flight: Flight = { scope, callers: 0, landing: undefined as never }
    flights.set(key, flight)
    flight.landing = next({ ...call, scope })
      .finally(() => flights.delete(key))
      .then(async (answer) => {
        const copy =
          flight.callers > 1 && !endless.test(String(answer.headers['content-type']))
            ? await answer.body.peek(sharedBytesMax)
            : undefined
        scope.cancelDeadline()
        return { answer, copy, taken: false }
      })
    // Whoever waits hears of it; when nobody does, nobody needs to.
    flight.landing.catch(() => scope.close())
    return flight
  }

  return async (call, next) => {
    if (call.method !== 'GET') return next(call)
    const key = keyOf(call, timeoutMs === undefined ? call.scope.timeoutMs : 0)
    const joined = flights.get(key)
    const flight = joined ?? begin(key, call, next)
    flight.callers += 1
    const landing = await untilAborted(flight, call.scope)
    const { answer, copy, taken } = landing
    if (copy !== undefined) {
      if (joined) call.log.coalesced = true
      return { ...answer, headers: { ...answer.headers }, body: ReceivedBody.of(copy) }
    }
    // Nobody else wants it, or it is too large to share: then one has it, and the others ask for themselves.
    landing.taken = true
    return taken ? next(call) : answer
  }
}

/** Waits for the answer on behalf of one caller, who may leave before it comes. */
function untilAborted(flight: Flight, scope: CallScope): Promise<Landing> {
  return new Promise((resolve, reject) => {
    scope.onAbort = (reason) => {
      flight.callers -= 1
      if (flight.callers === 0) flight.scope.abort(reason)
      reject(reason)
    }
    flight.landing.then(resolve, reject)
  })
}

function keyOf({ url, headers, partition }: HttpCall, timeoutMs: number): string {
  const fields = Object.entries(headers).filter(([name]) => !apart.has(name) && !partition?.covers.includes(name))
  return JSON.stringify([partition?.key, timeoutMs, url.href, fields.sort(([a], [b]) => (a < b ? -1 : 1))])
}
