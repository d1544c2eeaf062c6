import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Program, startProgram } from '../../testing/program.ts'
import {
  addDestination,
  attemptsOf,
  createReceiver,
  deliveriesOf,
  publish,
  type Receiver,
} from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

const messages = (eventType: string, count: number) => Array.from({ length: count }, () => ({ eventType }))
const reconcile = async (one: TestKoble = koble) => {
  const { counts, strays } = await one.services.outbound.reconcile(one.organization.id, new Date(0))
  return { ...strays, ...Object.fromEntries(counts.map(({ status, count }) => [status, count])) }
}

test('two nodes and one that only publishes deliver everything, each delivery with one attempt', async () => {
  const second = await startTestKoble({ beside: koble })
  onTestFinished(() => second.stop())
  const api = await startTestKoble({ beside: koble, jobs: false })
  onTestFinished(() => api.stop())
  const destination = await addDestination(koble, receiver.url('/nodes'), { eventTypes: ['nodes'] })
  for (const one of [second, api]) one.services.outbound.forgetDestination(koble.organization.id, destination)
  const ids: string[] = []
  for (let round = 0; round < 10; round += 1) {
    const published = await Promise.all([koble, second, api].map((one) => publish(one, messages('nodes', 20))))
    ids.push(...published.flat().map(({ id }) => id))
  }
  await vi.waitFor(
    async () => {
      const rows = await deliveriesOf(koble, destination)
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(600)
    },
    { timeout: 20_000 },
  )
  expect(
    receiver
      .at('/nodes')
      .map(({ headers }) => headers['webhook-id'])
      .sort(),
  ).toEqual(ids.sort())
  expect(await attemptsOf(koble, destination)).toHaveLength(600)
  expect(await reconcile()).toMatchObject({ without_message: 0, overdue: 0 })
})

test('a message takes few statements from its publication to its end, and many share them', async () => {
  const destination = await addDestination(koble, receiver.url('/counted'), { eventTypes: ['counted'] })
  await publish(koble, messages('counted', 1))
  await vi.waitFor(
    async () => expect(await deliveriesOf(koble, destination)).toMatchObject([{ status: 'delivered' }]),
    10_000,
  )
  const statements: string[] = []
  const query = vi.spyOn(pg.Client.prototype, 'query')
  onTestFinished(() => query.mockRestore())
  const countOf = async (count: number) => {
    const before = (await deliveriesOf(koble, destination)).length
    query.mockClear()
    await publish(koble, messages('counted', count))
    await receiver.received('/counted', before + count)
    await vi.waitFor(() => expect(textsOf(query.mock.calls).some((text) => text.includes('WITH ended AS'))).toBe(true))
    await vi.waitFor(async () => {
      const rows = await deliveriesOf(koble, destination)
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(before + count)
    }, 10_000)
    const texts = textsOf(query.mock.calls)
    statements.push(...texts)
    return texts.length
  }
  const textsOf = (calls: unknown[][]) =>
    calls
      .map(([first]) => (typeof first === 'string' ? first : ((first as { text?: string })?.text ?? '')))
      // What looks for work once a second, the job engine, and the test itself.
      .filter(
        (text) => !/WITH RECURSIVE free|graphile_worker|SELECT \* FROM deliveries|^SELECT 1$|LISTEN|nodes/.test(text),
      )
  // BEGIN, the organization, COMMIT; messages and deliveries; the end.
  expect(await countOf(1), statements.join('\n')).toBeLessThanOrEqual(5)
  expect(await countOf(50), statements.join('\n')).toBeLessThan(25)
})

test('a stop lets what is under way end, and gives the rest to others at once', async () => {
  const own = await startTestKoble()
  onTestFinished(() => own.stop())
  const waiting: (() => void)[] = []
  receiver.answer('/stopping', (response) => void waiting.push(() => response.end()))
  const destination = await addDestination(own, receiver.url('/stopping'), { eventTypes: ['stopping'], concurrency: 2 })
  await publish(own, messages('stopping', 6))
  await vi.waitFor(() => expect(waiting).toHaveLength(2), 10_000)
  const stopped = own.services.outbound.stop()
  setImmediate(() => {
    for (const answer of waiting) answer()
  })
  await stopped
  const rows = (await deliveriesOf(own, destination)) as unknown as {
    status: string
    lease_owner: null
    attempts: number
  }[]
  expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(2)
  expect(rows.filter(({ status, attempts }) => status === 'pending' && attempts === 0)).toHaveLength(4)
  expect(rows.filter(({ lease_owner: owner }) => owner !== null)).toEqual([])
  const second = await startTestKoble({ beside: own })
  onTestFinished(() => second.stop())
  receiver.answer('/stopping', (response) => response.end())
  await vi.waitFor(async () => {
    expect((await deliveriesOf(own, destination)).map(({ status }) => status)).toEqual(Array(6).fill('delivered'))
  }, 10_000)
  expect(receiver.at('/stopping')).toHaveLength(6)
})

test('nothing is lost when a node is killed while it sends: all is delivered, under the ids it had', {
  timeout: 60_000,
}, async () => {
  const own = await startTestKoble({ jobs: false })
  onTestFinished(() => own.stop())
  const start = () =>
    startProgram({
      DATABASE_URL: own.testDatabase.url,
      KOBLE_ROLE: 'worker',
      KOBLE_MASTER_KEY: own.keys.active.type === 'local' ? own.keys.active.masterKey : '',
      KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    })
  const programs: Program[] = [await start()]
  onTestFinished(async () => {
    for (const program of programs) program.kill('SIGKILL')
  })
  receiver.answer('/killed', (response) => void setTimeout(() => response.end(), 5))
  const destination = await addDestination(own, receiver.url('/killed'), { eventTypes: ['killed'] })
  const ordered = await addDestination(own, receiver.url('/killed-ordered'), { eventTypes: ['killed'], ordered: true })
  const ids: string[] = []
  for (let round = 0; round < 2; round += 1) {
    for (let batch = 0; batch < 10; batch += 1) {
      const keyed = messages('killed', 30).map((message, index) => ({ ...message, orderingKey: `k${index % 7}` }))
      ids.push(...(await publish(own, keyed)).map(({ id }) => id))
    }
    await receiver.received('/killed', 300 * round + 100)
    const victim = programs.at(-1)
    victim?.kill('SIGKILL')
    await victim?.ended
    programs.push(await start())
  }
  for (const [path, id] of [
    ['/killed', destination],
    ['/killed-ordered', ordered],
  ] as const) {
    await vi.waitFor(
      async () => {
        const rows = await deliveriesOf(own, id)
        expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(600)
      },
      { timeout: 60_000 },
    )
    const arrived = receiver.at(path).map(({ headers }) => headers['webhook-id'] as string)
    expect([...new Set(arrived)].sort()).toEqual([...ids].sort())
  }
  // In order as they arrived first, key by key.
  const firsts = [...new Set(receiver.at('/killed-ordered').map(({ headers }) => headers['webhook-id'] as string))]
  for (let key = 0; key < 7; key += 1) {
    const ofKey = (list: string[]) => list.filter((id) => (ids.indexOf(id) % 30) % 7 === key)
    expect(ofKey(firsts)).toEqual(ofKey(ids))
  }
  expect(await reconcile(own)).toEqual({ delivered: 1200, without_message: 0, overdue: 0 })
})
