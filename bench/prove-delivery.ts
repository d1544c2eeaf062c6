/**
 * Webhooks in and out while nodes, the database and receivers fail: `npm run prove:delivery -- --rate 500 --seconds 60
 * --seed 1`. Fails when something that was acknowledged is lost, ends in no definite state, comes out of order, or was
 * sent again though its delivery was known.
 */
import { parseArgs } from 'node:util'
import { runChaos } from './delivery-chaos/run-chaos.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const seed = Number(values.seed)
console.log(`seed ${seed}`)
const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort())
const startedAt = performance.now()
const running = runChaos(
  {
    seed,
    perSecond: Number(values.rate),
    seconds: Number(values.seconds),
    pace: {
      rest: [8_000, 30_000],
      node: [100, 3_000],
      database: [100, 3_000],
      receiver: [500, 5_000],
      most: Number.POSITIVE_INFINITY,
    },
    untilFaultsAreOver: false,
    drainWithinMs: 300_000,
    tell: (text) => console.log(text),
  },
  ending.signal,
)
const report = await running.catch((error) => {
  console.error(ending.signal.aborted ? 'It was ended before it was over.' : error)
  process.exit(1)
})
console.table(report.counts)
const kinds = Map.groupBy(report.faults, ({ what }) => what.replace(/:.*/, ''))
console.log(`faults: ${[...kinds].map(([what, some]) => `${some.length} × ${what}`).join('; ')}`)
console.log(`answers that were no success, and so sent again: ${JSON.stringify(report.refused)}`)
console.log(
  `${report.sent} sent, drained after ${(report.drainedAfterMs / 1000).toFixed(1)} s, ` +
    `${Math.round((performance.now() - startedAt) / 1000)} s in all, seed ${seed}`,
)
for (const violation of report.violations) console.error(`NOT SO: ${violation}`)
console.log(report.violations.length === 0 ? 'Everything is accounted for.' : `${report.violations.length} are not so.`)
process.exit(report.violations.length === 0 ? 0 : 1)
