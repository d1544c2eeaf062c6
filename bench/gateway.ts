/**
 * A call through the gateway against `@fastify/http-proxy` to the same upstream: `node bench/gateway.ts`.
 *
 * The gateway also authenticates the caller, finds the connection, puts its credentials in and logs the call; the proxy
 * does none of it. Calls straight to the upstream are measured too, to show what either adds.
 */
import { join } from 'node:path'
import { startChild, stopChildren } from './measure/child.ts'
import { type Koble, startKoble } from './measure/koble.ts'
import { type LoadResult, startLoadGenerator } from './measure/load.ts'
import { type Comparison, printTable } from './measure/report.ts'
import { type Turns, takeTurns } from './measure/turns.ts'

const concurrencies = [1, 16, 64]
const rounds = 11
const roundMs = 400
const warmUpMs = 5_000
/** At half load the tail is asked for, and a hundredth of few requests says little. */
const halfLoad = { concurrency: 16, rounds: 5, roundMs: 1_000 }
const floors = join(import.meta.dirname, 'floors')

/** Takes turns between the three, so that a busy moment of the machine slows all; the median of the rounds counts. */
export async function benchGateway(): Promise<Comparison[]> {
  try {
    const upstream = await startChild(join(floors, 'upstream.ts'))
    const [floor, koble, generator] = await Promise.all([
      startChild(join(floors, 'proxy-floor.ts'), { args: [upstream.origin] }),
      startKoble('gateway', { env: { KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' } }),
      startLoadGenerator(),
    ])
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${koble.apiKey}`,
      'koble-connection': await connect(koble, upstream.origin),
      'user-agent': 'a-product/1.0',
    }
    const contenders = [
      { name: 'direct', origin: upstream.origin, path: '/items?state=open' },
      { name: 'floor', origin: floor.origin, path: '/api/proxy/items?state=open' },
      { name: 'koble', origin: koble.origin, path: '/api/proxy/items?state=open' },
    ]
    const run = (contender: (typeof contenders)[number], concurrency: number) =>
      generator.run({ ...contender, headers, method: 'GET', concurrency, durationMs: roundMs })
    // Compiled as it will stay: what the first seconds cost is no matter of a server's throughput.
    for (const contender of contenders)
      await generator.run({ ...contender, headers, method: 'GET', concurrency: 64, durationMs: warmUpMs })

    const comparisons: Comparison[] = []
    for (const concurrency of concurrencies) {
      const turns = await takeTurns(contenders, rounds, (contender) => run(contender, concurrency))
      comparisons.push(...compare(concurrency, turns))
      if (concurrency !== halfLoad.concurrency) continue
      const perSecond = turns.of('koble', 'perSecond') / 2
      const paced = await takeTurns(
        contenders.filter(({ name }) => name !== 'direct'),
        halfLoad.rounds,
        (contender) =>
          generator.run({ ...contender, headers, method: 'GET', concurrency, durationMs: halfLoad.roundMs, perSecond }),
      )
      comparisons.push(compareHalfLoad(paced))
    }
    return comparisons
  } finally {
    await stopChildren()
  }
}

function compare(concurrency: number, turns: Turns): Comparison[] {
  const row = (measure: string, key: keyof LoadResult, verdict: Pick<Comparison, 'judged' | 'budget'>): Comparison => ({
    bench: 'gateway',
    measure: `${measure} at ${concurrency}`,
    floor: turns.of('floor', key),
    koble: turns.of('koble', key),
    ...verdict,
  })
  const ratio = (key: keyof LoadResult) => ({ name: 'ratio', value: turns.ratio('koble', 'floor', key) })
  const added = (name: string) => ({
    name: `over ${name}`,
    value: turns.of('koble', 'p50Ms') - turns.of(name, 'p50Ms'),
  })
  // With more calls at once than cores, the wait for a core is most of it, and the throughput tells the same.
  const budget = concurrency === 1 ? { most: 1 } : null
  return [
    row('requests/s', 'perSecond', { judged: ratio('perSecond'), budget: { least: 0.7 } }),
    row('p50 ms', 'p50Ms', { judged: added('floor'), budget }),
    row('p50 ms', 'p50Ms', { judged: added('direct'), budget }),
    row('p99 ms', 'p99Ms', { judged: ratio('p99Ms'), budget: null }),
  ]
}

/** At a pace it can keep, a call is to be quick almost always. */
function compareHalfLoad(turns: Turns): Comparison {
  const value = turns.of('koble', 'p99Ms')
  return {
    bench: 'gateway',
    measure: `p99 ms at half load (${Math.round(turns.of('koble', 'perSecond'))}/s)`,
    floor: turns.of('floor', 'p99Ms'),
    koble: value,
    judged: { name: 'ms', value },
    budget: { most: 20 },
  }
}

/** Sets up an integration with the upstream and connects an account to it by a key. */
async function connect(koble: Koble, upstream: string): Promise<string> {
  const integration = await koble.api<{ id: string }>('POST', '/api/integrations', {
    provider: 'api-key',
    config: { apiUrl: upstream },
  })
  const connection = await koble.api<{ id: string }>('POST', '/api/connections', {
    integrationId: integration.id,
    externalUserId: 'bench',
    credentials: { apiKey: 'the-key-of-the-account' },
  })
  return connection.id
}

if (import.meta.main) printTable(await benchGateway())
