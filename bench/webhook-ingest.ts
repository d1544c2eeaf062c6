/**
 * Signed GitHub deliveries into Koble against the floor of `floors/webhook-floor.ts`: `node bench/webhook-ingest.ts`.
 *
 * Koble runs twice: with the role `api`, which takes deliveries in and leaves the jobs to others, as the floor does, and
 * with the role `all`, which works on them at the same time and on the same cores.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Child, startChild, stopChildren, temporaryFolder } from './measure/child.ts'
import { type Koble, startKoble } from './measure/koble.ts'
import { type Load, type LoadResult, startLoadGenerator } from './measure/load.ts'
import { median } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'
import { type Turns, takeTurns } from './measure/turns.ts'

const concurrencies = [1, 16, 64, 256]
const rounds = 9
const roundMs = 500
const drainedWithinMs = 20_000
const bodyBytes = 4_000
const secret = 'the secret that the endpoint was given'

/** Takes turns between the three, so that a busy moment of the machine slows all; the median of the rounds counts. */
export async function benchWebhookIngest(): Promise<Comparison[]> {
  try {
    const [floor, api, all, generator] = await Promise.all([
      startFloor(),
      startKoble('api', { env: { KOBLE_ROLE: 'api' } }),
      startKoble('all', { env: { KOBLE_ROLE: 'all' } }),
      startLoadGenerator(),
    ])
    const drainMs: number[] = []
    const contenders = [
      { name: 'floor', origin: floor.origin, path: '/webhooks', settle: async () => {} },
      { name: 'api', origin: api.origin, path: await createEndpoint(api), settle: async () => {} },
      { name: 'all', origin: all.origin, path: await createEndpoint(all), settle: () => drain(all, drainMs) },
    ]
    const variants = makeDeliveries()
    const run = async ({ origin, path, settle }: (typeof contenders)[number], concurrency: number) => {
      const result = await generator.run({ ...load, origin, path, variants, concurrency, durationMs: roundMs })
      await settle()
      return result
    }
    // Until the code is compiled and the pages of the tables exist, the figures say nothing.
    for (const concurrency of [64, 64, 16]) {
      for (const contender of contenders) await run(contender, concurrency)
    }

    const comparisons: Comparison[] = []
    for (const concurrency of concurrencies) {
      drainMs.length = 0
      const turns = await takeTurns(contenders, rounds, (contender) => run(contender, concurrency))
      for (const role of ['api', 'all']) comparisons.push(...compare(role, concurrency, turns))
      comparisons.push(drainOf(concurrency, median(drainMs)))
    }
    return comparisons
  } finally {
    await stopChildren()
  }
}

function startFloor(): Promise<Child> {
  const folder = temporaryFolder('floor')
  const file = join(import.meta.dirname, 'floors', 'webhook-floor.ts')
  return startChild(file, { args: [folder.path, secret], onStopped: folder.remove })
}

function compare(role: string, concurrency: number, turns: Turns): Comparison[] {
  // The floor works on nothing meanwhile.
  const isJudged = role === 'api'
  const row = (measure: string, key: keyof LoadResult, budget: Comparison['budget']): Comparison => ({
    bench: `webhook ingest, ${role}`,
    measure: `${measure} at ${concurrency}`,
    floor: turns.of('floor', key),
    koble: turns.of(role, key),
    judged: { name: 'ratio', value: turns.ratio(role, 'floor', key) },
    budget: isJudged ? budget : null,
  })
  return [
    row('requests/s', 'perSecond', { least: 0.7 }),
    row('p50 ms', 'p50Ms', null),
    row('p99 ms', 'p99Ms', { most: 2 }),
  ]
}

/** How far the worker is behind when a round ends. */
function drainOf(concurrency: number, ms: number): Comparison {
  const measure = `ms until all is processed, at ${concurrency}`
  const judged = { name: 'ms', value: ms }
  return { bench: 'webhook ingest, all', measure, floor: null, koble: ms, judged, budget: null }
}

const load: Pick<Load, 'method' | 'headers' | 'uniqueHeader'> = {
  method: 'POST',
  headers: {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': 'push',
    'x-github-hook-id': '292430182',
    'x-github-hook-installation-target-id': '79929171',
    'x-github-hook-installation-target-type': 'repository',
  },
  uniqueHeader: 'x-github-delivery',
}

/** Bodies of the size GitHub's are, each with its signature; the id of a delivery is in a header that is not signed. */
function makeDeliveries(): NonNullable<Load['variants']> {
  return Array.from({ length: 64 }, (_, index) => {
    const repository = `https://api.github.com/repos/octo/repository-${index}`
    const push = {
      ref: 'refs/heads/main',
      repository: { id: 35_129_377 + index, url: repository, owner: { id: 6_752_317, login: 'octo' } },
      sender: { id: 6_752_317, login: 'octo' },
      commits: [] as object[],
    }
    while (JSON.stringify(push).length < bodyBytes) {
      const id = randomBytes(20).toString('hex')
      push.commits.push({ id, url: `${repository}/commits/${id}`, message: `Change ${id.slice(0, 7)}`, distinct: true })
    }
    const body = JSON.stringify(push)
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    return { body, headers: { 'x-hub-signature-256': `sha256=${signature}` } }
  })
}

async function createEndpoint(koble: Koble): Promise<string> {
  const integration = await koble.api<{ id: string }>('POST', '/api/integrations', {
    provider: 'github',
    credentials: { clientId: 'bench', clientSecret: 'bench' },
  })
  const endpoint = await koble.api<{ url: string }>('POST', `/api/integrations/${integration.id}/webhooks`, { secret })
  return new URL(endpoint.url).pathname
}

/** Waits until every event was worked on, so that what one round left does not slow the next contender. */
async function drain(koble: Koble, drainMs: number[]): Promise<void> {
  const startedAt = performance.now()
  const isOpen = async (status: string) =>
    (await koble.api<{ data: unknown[] }>('GET', `/api/events?status=${status}&limit=1`)).data.length > 0
  while ((await isOpen('pending')) || (await isOpen('retrying'))) {
    if (performance.now() - startedAt > drainedWithinMs)
      throw new Error('The worker did not come to the end of its jobs')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  drainMs.push(performance.now() - startedAt)
}

if (import.meta.main) printTable(await benchWebhookIngest())
