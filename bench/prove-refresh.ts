/**
 * Hundreds of expiries, crowds of callers and killed nodes against a provider that ends a grant whose refresh token is
 * shown twice: `npm run prove:refresh`. Takes some minutes; fails when one count is not what it must be.
 */
import { openDatabase } from '../apps/server/src/database/client.ts'
import { startEmbeddedDatabase } from '../apps/server/src/database/embedded.ts'
import { crowdAtExpiry, killAt, moments, until } from '../apps/server/src/testing/refresh-chaos/scenarios.ts'
import { type Chaos, type Subject, startChaos } from '../apps/server/src/testing/refresh-chaos/start-chaos.ts'
import type { Fate } from '../apps/server/src/testing/refresh-chaos/token-proxy.ts'
import { temporaryFolder } from './measure/child.ts'

const crowd = 1000
const crowdedExpiries = 20
const expiries = 260
const naturalMs = 60_000
const killsOfEachMoment = 5
const troubles = 8

const folder = temporaryFolder('refresh')
const urlOfDatabase = (serverUrl: string, name: string) =>
  Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
const server = await startEmbeddedDatabase(folder.path)
const owner = openDatabase(server.url, () => {})
const databaseUrlOf = async (name: string) => {
  await owner.ownerPool.query(`CREATE DATABASE ${name}`)
  return urlOfDatabase(server.url, name)
}
const faults: string[] = []
const demand = (isSo: boolean, what: string) => {
  if (isSo) return
  faults.push(what)
  console.error(`NOT SO: ${what}`)
}
const subjects: Subject[] = []

try {
  const chaos = await startChaos({ databaseUrl: await databaseUrlOf('forced'), nodes: 3, accessTokenSeconds: 600 })
  try {
    await proveCrowds(chaos)
    await proveKills(chaos)
    await proveTroubles(chaos)
    await proveVerdicts(chaos)
  } finally {
    await chaos.stop()
  }
  const brief = await startChaos({ databaseUrl: await databaseUrlOf('brief'), nodes: 3, accessTokenSeconds: 3 })
  try {
    await proveNaturalExpiries(brief)
  } finally {
    await brief.stop()
  }
} finally {
  await owner.close()
  await server.stop()
  folder.remove()
}
console.log(faults.length === 0 ? 'All counts are as they must be.' : `${faults.length} counts are not.`)
process.exit(faults.length === 0 ? 0 : 1)

async function connect(chaos: Chaos, ...fates: Fate[]): Promise<Subject> {
  const subject = await chaos.connect()
  subject.lane.fates.push(...fates)
  subjects.push(subject)
  return subject
}

async function proveCrowds(chaos: Chaos): Promise<void> {
  const subject = await connect(chaos)
  let answered = 0
  for (let expiry = 0; expiry < expiries; expiry += 1) {
    const callers = expiry < crowdedExpiries ? crowd : 60
    const answers = await crowdAtExpiry(chaos, subject, callers)
    answered += answers[200] ?? 0
    demand(answers[200] === callers, `expiry ${expiry}: ${JSON.stringify(answers)} of ${callers} callers`)
  }
  const { requests, shown } = subject.lane
  demand(requests === expiries, `${requests} token requests for ${expiries} expiries`)
  demand(new Set(shown).size === shown.length, 'a refresh token was shown twice')
  console.log(`crowds: ${expiries} expiries, ${answered} calls on 3 nodes, ${requests} token requests`)
}

async function proveKills(chaos: Chaos): Promise<void> {
  for (const moment of moments) {
    const counts = { connected: 0, error: 0 }
    for (let kill = 0; kill < killsOfEachMoment; kill += 1) {
      const subject = await connect(chaos)
      await killAt(chaos, subject, moment, 100)
      const { status } = await chaos.row(subject)
      counts[status === 'error' ? 'error' : 'connected'] += 1
      const mustEnd = moment === 'during' || moment === 'after the answer'
      demand((status === 'error') === mustEnd, `killed ${moment}: the connection is ${status}`)
      demand(subject.lane.shown.length === (mustEnd ? 2 : 1), `killed ${moment}: ${subject.lane.shown.length} requests`)
    }
    console.log(
      `killed ${moment}: ${killsOfEachMoment} times, ${counts.connected} go on, ${counts.error} must reconnect`,
    )
  }
}

async function proveTroubles(chaos: Chaos): Promise<void> {
  const kinds: Record<string, Fate> = {
    'status 500': { kind: 'answer', status: 500, body: 'oops' },
    HTML: { kind: 'answer', status: 200, body: '<html></html>' },
    'a lost answer': { kind: 'lose-answer' },
    'an answer after 25 s': { kind: 'delay-answer', ms: 25_000 },
    'an answer after 32 s, too late': { kind: 'delay-answer', ms: 32_000 },
  }
  for (const [name, fate] of Object.entries(kinds)) {
    const ended = await Promise.all(
      (await connectMany(chaos, fate)).map(async (subject) => {
        await chaos.expire(subject)
        await chaos.callMany(subject, 30)
        await chaos.endPause(subject)
        await chaos.callMany(subject, 30)
        const { status } = await chaos.row(subject)
        if (name === 'an answer after 25 s')
          demand(subject.lane.requests === 1, `${name}: ${subject.lane.requests} requests`)
        demand(status === 'connected' || status === 'error', `${name}: ${status} in the end`)
        return status === 'error'
      }),
    )
    console.log(
      `${name}: ${troubles} times, ${ended.filter((is) => !is).length} go on, ${ended.filter(Boolean).length} must reconnect`,
    )
  }
}

async function connectMany(chaos: Chaos, fate: Fate): Promise<Subject[]> {
  const made: Subject[] = []
  while (made.length < troubles) made.push(await connect(chaos, { ...fate }))
  return made
}

/** A connection is in error exactly where the provider has ended the grant. */
async function proveVerdicts(chaos: Chaos): Promise<void> {
  const revoked = await chaos.revoked()
  let agreed = 0
  for (const subject of subjects) {
    const isError = (await chaos.row(subject)).status === 'error'
    agreed += isError === revoked.has(subject.account) ? 1 : 0
    demand(isError === revoked.has(subject.account), `${subject.account}: error ${isError}, revoked ${!isError}`)
  }
  console.log(
    `verdicts: ${agreed} of ${subjects.length} connections agree with the provider, ${revoked.size} grants ended`,
  )
}

/** Tokens that really run out, every three seconds, under callers who never stop. */
async function proveNaturalExpiries(chaos: Chaos): Promise<void> {
  const subject = await chaos.connect()
  const before = (await chaos.row(subject)).version
  const refusedBefore = chaos.proxy.calls.refused
  const endsAt = Date.now() + naturalMs
  const statuses: Record<number, number> = {}
  const caller = async (index: number) => {
    while (Date.now() < endsAt) {
      const { status } = await chaos.callThrough(index % chaos.nodes.length, subject)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 90 }, (_, index) => caller(index)))
  await until(async () => (await chaos.row(subject)).status === 'connected')
  const renewals = (await chaos.row(subject)).version - before
  const { requests, shown } = subject.lane
  demand(requests === renewals, `${requests} token requests for ${renewals} renewals`)
  demand(new Set(shown).size === shown.length, 'a refresh token was shown twice')
  demand(Object.keys(statuses).join() === '200', `answers ${JSON.stringify(statuses)}`)
  const refused = chaos.proxy.calls.refused - refusedBefore
  console.log(
    `natural: ${renewals} expiries in ${naturalMs / 1000} s, ${requests} token requests, ${refused} tokens refused, calls by status ${JSON.stringify(statuses)}`,
  )
}
