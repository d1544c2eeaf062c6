import { setTimeout as sleep } from 'node:timers/promises'
import { generateMasterKey } from '@koble/core/crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createDataDir } from '../../testing/data-dir.ts'
import {
  deliver,
  type GithubEndpoint,
  type Load,
  listAllEvents,
  openGithubEndpoint,
  startLoad,
} from '../../testing/github-deliveries.ts'
import { type Answer, type CallOptions, call } from '../../testing/http-call.ts'
import { type Program, postmasterOf, startProgram } from '../../testing/program.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

type Request = <Body>(method: string, path: string, options?: CallOptions) => Promise<Answer<Body>>

/** Every acknowledged delivery is one event, no delivery is two, and all of them get processed. */
async function expectAllThere(
  request: Request,
  endpoint: GithubEndpoint,
  acknowledged: Set<string>,
  hurry = async () => {},
): Promise<void> {
  await vi.waitFor(
    async () => {
      await hurry()
      const events = await listAllEvents(request, endpoint.id)
      const ids = events.map((event) => event.externalEventId)
      expect(ids.length).toBe(new Set(ids).size)
      const known = new Set(ids)
      expect([...acknowledged].filter((id) => !known.has(id))).toEqual([])
      expect(countBy(events, (event) => event.status)).toEqual({ completed: events.length })
    },
    { timeout: 40_000, interval: 500 },
  )
}

/** Waits until a fair number were acknowledged since it was called, and then for no certain time. */
async function underWay(load: Load): Promise<void> {
  const enough = load.acknowledged.size + 40
  await vi.waitFor(() => expect(load.acknowledged.size).toBeGreaterThan(enough), { timeout: 15_000, interval: 10 })
  await sleep(200 * Math.random())
}

function countBy<Item>(items: Item[], keyOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1
  return counts
}

describe('a delivery that was acknowledged', () => {
  const dataDir = createDataDir()
  const key = 'koble_durability_test_key_0000'
  const environment = {
    NODE_ENV: 'production',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: generateMasterKey(),
    KOBLE_ADMIN_API_KEY: key,
  }
  let program: Program
  let endpoint: GithubEndpoint
  const request: Request = (method, path, options) => call(method, program.url + path, { key, ...options })
  const here = () => ({ ...endpoint, url: program.url + new URL(endpoint.url).pathname })

  beforeAll(async () => {
    program = await startProgram(environment)
    endpoint = await openGithubEndpoint(request)
  })
  afterAll(async () => {
    program.kill('SIGKILL')
    await program.ended
    await dataDir.remove()
  })

  test('is stored once and processed, however often the program is killed while deliveries come in', {
    timeout: 120_000,
  }, async () => {
    const acknowledged = new Set<string>()
    for (const round of [1, 2, 3]) {
      const load = startLoad(here(), `round-${round}`)
      await underWay(load)
      program.kill('SIGKILL')
      await load.stop()
      await program.ended
      for (const id of load.acknowledged) acknowledged.add(id)
      program = await startProgram(environment)
    }
    await expectAllThere(request, endpoint, acknowledged)
    const repeated = [...acknowledged].at(-1) ?? ''
    expect((await deliver(here(), repeated)).body).toEqual({ status: 'duplicate' })
  })

  test('outlives a database that is killed under load; meanwhile nothing is acknowledged', {
    timeout: 120_000,
  }, async () => {
    const load = startLoad(here(), 'crash')
    await underWay(load)
    process.kill(postmasterOf(dataDir.path) ?? 0, 'SIGKILL')
    await sleep(1000)
    const before = load.acknowledged.size
    await sleep(500)
    expect(load.acknowledged.size).toBe(before)
    await load.stop()
    expect(Object.fromEntries(load.refused)).toEqual({ 503: expect.any(Number) })
    expect((await call('GET', `${program.url}/readyz`)).status).toBe(503)
    expect((await call('GET', `${program.url}/healthz`)).status).toBe(200)

    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    program = await startProgram(environment)
    await expectAllThere(request, endpoint, load.acknowledged)
  })
})

describe('when all connections to the database are cut under load', () => {
  let koble: TestKoble
  beforeAll(async () => {
    koble = await startTestKoble()
  })
  afterAll(() => koble.stop())

  test('deliveries are refused for a moment, then taken in again, and what was acknowledged is processed', {
    timeout: 60_000,
  }, async () => {
    const endpoint = await openGithubEndpoint(koble.request)
    const load = startLoad(endpoint, 'cut')
    for (let cut = 0; cut < 4; cut += 1) {
      await underWay(load)
      await koble.testDatabase.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
    }
    await underWay(load)
    await load.stop()
    // Where the connections are back before anybody notices, nothing was refused at all.
    expect([...load.refused.keys()].filter((status) => status !== 503)).toEqual([])
    await expectAllThere(koble.request, endpoint, load.acknowledged, async () => {
      // A job whose database went away under it is tried again after seconds, which are skipped here.
      await koble.testDatabase.query('UPDATE graphile_worker._private_jobs SET run_at = now() WHERE run_at > now()')
    })
  })
})
