/** All benches one after the other, in one table: `npm run bench`. Takes about four minutes. */
import { cpus, totalmem } from 'node:os'
import { benchCrypto } from './crypto.ts'
import { benchDeadDestination } from './dead-destination.ts'
import { benchGateway } from './gateway.ts'
import { benchHttpClient } from './http-client.ts'
import { type Comparison, isMet, printTable } from './measure/report.ts'
import { benchResilience } from './resilience.ts'
import { benchSignatures } from './signatures.ts'
import { benchStartToReady } from './start-to-ready.ts'
import { benchSyncUpsert } from './sync-upsert.ts'
import { benchTokenFromCache } from './token-from-cache.ts'
import { benchWebhookDelivery } from './webhook-delivery.ts'
import { benchWebhookIngest } from './webhook-ingest.ts'

const startedAt = performance.now()
const comparisons: Comparison[] = []
const benches = {
  'signature checks': benchSignatures,
  encryption: benchCrypto,
  resilience: benchResilience,
  'http client': benchHttpClient,
  'start to ready': benchStartToReady,
  gateway: benchGateway,
  'token from cache': benchTokenFromCache,
  'sync upsert': benchSyncUpsert,
  'webhook ingest': benchWebhookIngest,
  'webhook delivery': benchWebhookDelivery,
  'dead destination': benchDeadDestination,
}
for (const [name, bench] of Object.entries(benches)) {
  console.log(`${name} …`)
  comparisons.push(...(await bench()))
}
printTable(comparisons)
const judged = comparisons.filter(({ budget }) => budget !== null)
const met = judged.filter(isMet).length
const gigabytes = Math.round(totalmem() / 2 ** 30)
console.log(
  `${met} of ${judged.length} budgets are met, after ${Math.round((performance.now() - startedAt) / 1000)} s on ` +
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${gigabytes} GB, Node ${process.version}.`,
)
