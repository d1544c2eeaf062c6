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

const concurrencies = [1, 16, 64, 256]
const rounds = 5
const roundMs = 800
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
    const contenders = [
      { name: 'floor', origin: floor.origin, path: '/webhooks', settle: async () => {} },
      { name: 'api', origin: api.origin, path: await createEndpoint(api), settle: async () => {} },
      { name: 'all', origin: all.origin, path: await createEndpoint(all), settle: () => drained(all) },
    ]
    const variants = makeDeliveries()
    const run = async ({ origin, path, settle }: (typeof contenders)[number], concurrency: number, ms: number) => {
      const result = await generator.run({ ...load, origin, path, variants, concurrency, durationMs: ms })
      await settle()
      return result
    }
    // Until the code is compiled and the pages of the tables exist, the figures say nothing.
    for (const contender of contenders) await run(contender, 64, roundMs)
    for (const contender of contenders) await run(contender, 16, roundMs)

    const comparisons: Comparison[] = []
    for (const concurrency of concurrencies) {
      const results = new Map<string, LoadResult[]>(contenders.map(({ name }) => [name, []]))
      for (let round = 0; round < rounds; round++) {
        for (const contender of contenders) {
          results.get(contender.name)?.push(await run(contender, concurrency, roundMs))
        }
      }
      const of = (name: string, key: keyof LoadResult) => median((results.get(name) ?? []).map((result) => result[key]))
      for (const role of ['api', 'all']) comparisons.push(...compare(role, concurrency, of))
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

function compare(role: string, concurrency: number, of: (name: string, key: keyof LoadResult) => number): Comparison[] {
  const row = (measure: string, key: keyof LoadResult, budget: Comparison['budget']): Comparison => {
    const [floor, koble] = [of('floor', key), of(role, key)]
    return {
      bench: `webhook ingest, ${role}`,
      measure: `${measure} at ${concurrency}`,
      floor,
      koble,
      judged: { name: 'ratio', value: koble / floor },
      budget,
    }
  }
  return [
    row('requests/s', 'perSecond', { least: 0.7 }),
    row('p50 ms', 'p50Ms', null),
    row('p99 ms', 'p99Ms', { most: 2 }),
  ]
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
async function drained(koble: Koble): Promise<void> {
  const until = Date.now() + drainedWithinMs
  while (Date.now() < until) {
    const open = await Promise.all(
      ['pending', 'processing'].map((status) =>
        koble.api<{ data: unknown[] }>('GET', `/api/events?status=${status}&limit=1`),
      ),
    )
    if (open.every(({ data }) => data.length === 0)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('The worker did not come to the end of its jobs')
}

if (import.meta.main) printTable(await benchWebhookIngest())
