import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { type ActivityService, createActivityService } from './service.ts'
import { type ActivityStore, createActivityStore } from './store.ts'

let koble: TestKoble
let store: ActivityStore
/** What is done first whenever the log writes to the database, for as long as a test wants that. */
let beforeRequests: (count: number) => Promise<void> = async () => {}
let beforeLines: () => Promise<void> = async () => {}

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  store = createActivityStore(koble.database)
})
afterAll(() => koble.stop())
afterEach(() => {
  beforeRequests = async () => {}
  beforeLines = async () => {}
  vi.useRealTimers()
})

const observer = { countCall: () => {}, requestsDropped: 0, bodiesDropped: 0 }

/** A service on the real store, that can be stopped in the middle of a write. */
function createLog(): ActivityService {
  const watched: ActivityStore = {
    ...store,
    async insertRequests(rows) {
      await beforeRequests(rows.length)
      await store.insertRequests(rows)
    },
    async insert(...args) {
      await beforeLines()
      await store.insert(...args)
    },
  }
  observer.requestsDropped = 0
  return createActivityService(watched, koble.services.changes, { warn() {} }, observer)
}

function note(log: ActivityService, integrationId: string, times = 1): void {
  for (let left = times; left > 0; left -= 1) {
    log.noteRequest({
      organizationId: koble.organization.id,
      integrationId,
      connectionId: integrationId,
      provider: 'api-key',
      method: 'GET',
      endpoint: '/',
      status: 200,
      durationMs: 1,
      timing: null,
      attempts: 1,
      errorCode: null,
      requestId: 'r',
    })
  }
}

async function logged(integrationId: string): Promise<number> {
  const statement = 'SELECT count(*)::int AS count FROM integration_requests WHERE integration_id = $1'
  const [row] = await koble.testDatabase.query(statement, [integrationId])
  return (row as { count: number }).count
}

test('what is noted while a batch is written waits for more, and is never left out', async () => {
  const integrationId = crypto.randomUUID()
  const log = createLog()
  const batches: number[] = []
  beforeRequests = async (count) => {
    batches.push(count)
    if (batches.length < 5) note(log, integrationId, 10)
  }
  note(log, integrationId, 3)
  await log.flush()
  expect(batches).toEqual([3])
  expect(log.waiting()).toBe(10)
  // As many as make a batch are written along with those that were asked for.
  note(log, integrationId, 100)
  beforeRequests = async (count) => {
    batches.push(count)
    if (batches.length === 2) note(log, integrationId, 300)
  }
  await log.flush()
  expect(batches).toEqual([3, 110, 300])
  expect(log.waiting()).toBe(0)
  expect(await logged(integrationId)).toBe(413)
  await log.stop()
})

test('a call dropped while a line tells of earlier drops is told by the next line', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const integrationId = crypto.randomUUID()
  const log = createLog()
  const told = async () => {
    const statement = `SELECT (details ->> 'count')::int AS count FROM activities WHERE action = 'request_log.dropped' ORDER BY id`
    return (await koble.testDatabase.query(statement)).map((row) => (row as { count: number }).count)
  }
  /** More than there is room for. */
  const overflow = (by: number) => {
    const before = observer.requestsDropped
    while (observer.requestsDropped < before + by) note(log, integrationId)
  }
  overflow(3)
  beforeLines = async () => {
    beforeLines = async () => {}
    overflow(2)
  }
  await log.flush()
  expect(observer.requestsDropped).toBe(5)
  expect(await told()).toEqual([3])
  vi.setSystemTime(Date.now() + 61_000)
  note(log, integrationId)
  await log.flush()
  expect(await told()).toEqual([3, 2])
  await log.stop()
})
