/**
 * `createFetch` with breaker, limiter, retries and events on, against bare `undici.request` to the same loopback server
 * at concurrency 64: `node bench/http-client.ts`. The budget is a ratio of 0.8. The platform's own `fetch` is shown
 * beside them, for it is what `createFetch` stands in for.
 *
 * All read the answer, a kilobyte of JSON, to its end and parse it. The server has a process of its own.
 */
import { join } from 'node:path'
import { createAgent, createFetch } from '@koble/core/http'
import { Agent, request } from 'undici'
import { startChild, stopChildren } from './measure/child.ts'
import { median } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

const concurrency = 64
const rounds = 11
const roundMs = 250

/** Takes turns between the three, so that a busy moment of the machine slows all; the median of the rounds counts. */
export async function benchHttpClient(): Promise<Comparison[]> {
  const upstream = await startChild(join(import.meta.dirname, 'floors', 'upstream.ts'))
  const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'], connectionsPerOrigin: concurrency })
  const bare = new Agent({ connections: concurrency })
  let events = 0
  const koble = createFetch({
    agent,
    // So high that it never holds a call back: what is measured is what it costs.
    rateLimit: { requestsPerSecond: 1_000_000 },
    onEvent: () => {
      events += 1
    },
  })
  const url = `${upstream.origin}/items`
  const contenders = {
    undici: async () => (await request(url, { dispatcher: bare })).body.json(),
    koble: async () => (await koble(url)).json(),
    fetch: async () => (await fetch(url)).json(),
  }
  try {
    for (const call of Object.values(contenders)) await perSecond(call, roundMs * 3)
    const rates: Record<keyof typeof contenders, number[]> = { undici: [], koble: [], fetch: [] }
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, call] of Object.entries(contenders)) {
        rates[name as keyof typeof contenders].push(await perSecond(call, roundMs))
      }
    }
    if (events === 0) throw new Error('There were no events')
    // Ratios of neighbours in time: the machine's pace changes less between them than over all rounds.
    const ratioTo = (floor: 'undici' | 'fetch') =>
      median(rates.koble.map((rate, round) => rate / (rates[floor][round] ?? Number.NaN)))
    const row = (floor: 'undici' | 'fetch', budget: Comparison['budget']): Comparison => ({
      bench: `http client against ${floor === 'undici' ? 'undici.request' : 'the platform’s fetch'}`,
      measure: `requests/s at ${concurrency}`,
      floor: median(rates[floor]),
      koble: median(rates.koble),
      judged: { name: 'ratio', value: ratioTo(floor) },
      budget,
    })
    return [row('undici', { least: 0.8 }), row('fetch', null)]
  } finally {
    await agent.destroy()
    await bare.destroy()
    await stopChildren()
  }
}

async function perSecond(call: () => Promise<unknown>, durationMs: number): Promise<number> {
  const started = performance.now()
  const until = started + durationMs
  let calls = 0
  const caller = async () => {
    while (performance.now() < until) {
      await call()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
  return (calls * 1000) / (performance.now() - started)
}

if (import.meta.main) printTable(await benchHttpClient())
