/**
 * The process that sends the requests of a load. All there is to send is made before the clock starts: bodies,
 * signatures, ids. It leaves HTTP to undici and keeps nothing but a number per request.
 */
import { randomUUID } from 'node:crypto'
import { Client, type Dispatcher } from 'undici'
import type { Load, LoadResult } from './load.ts'
import { serve } from './serve.ts'

const rampMs = 150
/** More than any server here answers in the time of a run; a run that reaches it ends early. */
const requestsPerSecondMax = 30_000

process.on('message', (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error: Error) => process.send?.({ failed: error.message }),
  )
})
serve('', async () => {})

async function run(load: Load): Promise<LoadResult> {
  const requestsMax = Math.ceil(((rampMs + load.durationMs) / 1000) * requestsPerSecondMax)
  const durations = new Float64Array(requestsMax)
  const ids = load.uniqueHeader === undefined ? [] : Array.from({ length: requestsMax }, () => randomUUID())
  const variants = (load.variants ?? [{ headers: {}, body: '' }]).map(({ headers, body }) => ({
    headers: Object.entries({ ...load.headers, ...headers }).flat(),
    body: body === '' ? null : Buffer.from(body),
  }))
  const clients = Array.from({ length: load.concurrency }, () => new Client(load.origin, { pipelining: 1 }))

  let sent = 0
  let turns = 0
  let measured = 0
  const beganAt = performance.now()
  const measureFrom = beganAt + rampMs
  const until = measureFrom + load.durationMs
  const next = (): Pick<Dispatcher.DispatchOptions, 'headers' | 'body'> => {
    const variant = variants[sent % variants.length] as (typeof variants)[number]
    const id = ids[sent]
    sent += 1
    if (id === undefined) return variant
    return { headers: [...variant.headers, load.uniqueHeader as string, id], body: variant.body }
  }
  const loop = (client: Client) =>
    new Promise<void>((resolve, reject) => {
      let startedAt = 0
      let status = 0
      const takeTurn = () => {
        if (load.perSecond === undefined) return send(performance.now())
        const dueAt = beganAt + (turns * 1000) / load.perSecond
        turns += 1
        const earlyMs = dueAt - performance.now()
        if (earlyMs > 0) setTimeout(() => send(performance.now()), earlyMs)
        else send(dueAt)
      }
      const send = (from: number) => {
        startedAt = from
        if (startedAt >= until || sent >= requestsMax) return resolve()
        client.dispatch({ path: load.path, method: load.method, ...next() }, handler)
      }
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart() {},
        onResponseData() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode
        },
        onResponseEnd() {
          if (status !== 200) return reject(new Error(`${load.method} ${load.path} was answered ${status}`))
          const now = performance.now()
          if (startedAt >= measureFrom && now <= until) durations[measured++] = now - startedAt
          takeTurn()
        },
        onResponseError: (_controller, error) => reject(error),
      }
      takeTurn()
    })
  try {
    await Promise.all(clients.map(loop))
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
  const sorted = durations.subarray(0, measured).sort()
  const quantile = (share: number) => sorted[Math.min(measured - 1, Math.floor(measured * share))] ?? Number.NaN
  return {
    requests: measured,
    perSecond: (measured * 1000) / load.durationMs,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  }
}
