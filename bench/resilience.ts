/**
 * Breaker, retry and limiter around a task that does nothing, against `opossum` and `bottleneck` around the same:
 * `node bench/resilience.ts`. The budget is a ratio of 1.0, and 10 µs for the rejection by an open breaker.
 *
 * The rivals are given less to do: `opossum` has no retries, and `bottleneck` has no limit at all. Even so it lets a timer
 * run with each job, one after another, which is why its figure is so small.
 */
import { createRequire } from 'node:module'
import { CircuitBreaker, CircuitBreakerPresets, RateLimiter, RetryPresets, withRetry } from '@koble/core/resilience'
import Bottleneck from 'bottleneck'
import { median } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

/** The package has no types of its own. */
const Opossum: new (
  task: () => Promise<unknown>,
  options: { timeout: false; volumeThreshold?: number },
) => { fire(): Promise<unknown>; shutdown(): void } = createRequire(import.meta.url)('opossum')

const rounds = 7
const roundMs = 60
/** Calls under way at once. */
const concurrency = 64

type Task = () => Promise<unknown>

/** Takes turns between the contenders; the median of the rounds counts. */
export async function benchResilience(): Promise<Comparison[]> {
  const noop = async () => 1
  const breaker = new CircuitBreaker(CircuitBreakerPresets.standard)
  const limiter = new RateLimiter({ requestsPerSecond: 1e9 })
  const opossum = new Opossum(noop, { timeout: false })
  const bottleneck = new Bottleneck()
  const retried = () => withRetry(noop, RetryPresets.network)
  const limited = async () => {
    await limiter.acquire()
    return retried()
  }
  const comparisons = [
    await compare(
      'breaker',
      () => breaker.execute(noop),
      'opossum',
      () => opossum.fire(),
    ),
    await compare(
      'limiter',
      () => limiter.acquire(),
      'bottleneck',
      () => bottleneck.schedule(noop),
    ),
    await compare(
      'breaker, retry and limiter',
      () => breaker.execute(limited),
      'opossum in bottleneck',
      () => bottleneck.schedule(() => opossum.fire()),
    ),
    await rejection(),
  ]
  opossum.shutdown()
  await bottleneck.disconnect()
  return comparisons
}

async function compare(name: string, koble: Task, floorName: string, floor: Task): Promise<Comparison> {
  const rates: { koble: number[]; floor: number[] } = { koble: [], floor: [] }
  for (let round = -2; round < rounds; round += 1) {
    const pair = { koble: await perSecond(koble), floor: await perSecond(floor) }
    // Until the code is compiled, the figures say nothing.
    if (round < 0) continue
    rates.koble.push(pair.koble)
    rates.floor.push(pair.floor)
  }
  return {
    bench: `${name} against ${floorName}`,
    measure: 'calls/s',
    floor: median(rates.floor),
    koble: median(rates.koble),
    judged: { name: 'ratio', value: median(rates.koble) / median(rates.floor) },
    budget: { least: 1 },
  }
}

async function perSecond(task: Task): Promise<number> {
  const started = performance.now()
  let calls = 0
  while (performance.now() - started < roundMs) {
    await Promise.all(Array.from({ length: concurrency }, task))
    calls += concurrency
  }
  return (calls * 1000) / (performance.now() - started)
}

/** How long an open breaker takes to say no, the error with its stack included. */
async function rejection(): Promise<Comparison> {
  const breaker = new CircuitBreaker({ threshold: 1, timeout: 600_000 })
  const opossum = new Opossum(() => Promise.reject(new Error('down')), { timeout: false, volumeThreshold: 1 })
  await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {})
  await opossum.fire().catch(() => {})
  const times: { koble: number[]; floor: number[] } = { koble: [], floor: [] }
  const never = async () => 1
  for (let round = -2; round < rounds; round += 1) {
    const pair = {
      koble: await microseconds(() => breaker.execute(never)),
      floor: await microseconds(() => opossum.fire()),
    }
    if (round < 0) continue
    times.koble.push(pair.koble)
    times.floor.push(pair.floor)
  }
  opossum.shutdown()
  const value = median(times.koble)
  return {
    bench: 'rejection by an open breaker, against opossum',
    measure: 'µs',
    floor: median(times.floor),
    koble: value,
    judged: { name: 'µs', value },
    budget: { most: 10 },
  }
}

async function microseconds(refused: Task): Promise<number> {
  const times = 2_000
  const started = performance.now()
  for (let call = 0; call < times; call += 1) {
    await refused().then(
      () => {
        throw new Error('It was not refused')
      },
      () => {},
    )
  }
  return ((performance.now() - started) * 1000) / times
}

if (import.meta.main) printTable(await benchResilience())
