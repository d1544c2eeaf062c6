import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { openOwnEndpoint, takenIn } from '../../testing/own-endpoint.ts'
import { addDestination, createReceiver, deliveriesOf, type Receiver } from '../../testing/receiver.ts'
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

test('an event takes few statements from its arrival to its delivery, and many share them', async () => {
  const destination = await addDestination(koble, receiver.url('/counted'))
  const endpoint = await openOwnEndpoint(koble, { handlers: [{ type: 'forward', destinationIds: [destination] }] })
  const query = vi.spyOn(pg.Client.prototype, 'query')
  onTestFinished(() => query.mockRestore())
  const texts = () =>
    query.mock.calls
      .map(([first]: unknown[]) => (typeof first === 'string' ? first : ((first as { text?: string })?.text ?? '')))
      // Those of the test itself.
      .filter((text) => !text.startsWith('SELECT * FROM deliveries'))
  let sent = 0
  /** All statements of this process, until the last of so many events is written down as delivered. */
  const statementsOf = async (count: number): Promise<string[]> => {
    query.mockClear()
    await Promise.all(Array.from({ length: count }, (_, index) => takenIn(endpoint, { id: `event-${sent + index}` })))
    sent += count
    await vi.waitFor(async () => {
      const rows = await deliveriesOf(koble, destination)
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(sent)
    }, 20_000)
    return texts()
  }
  await statementsOf(1)

  // The event with its job; BEGIN, its end, the message with its delivery, COMMIT; word to whoever looks on; the end of
  // the delivery. What the job engine asks, and what looks for work once a second, is nobody's in particular.
  const engines = /WITH RECURSIVE free|graphile_worker|^SELECT 1$|LISTEN|nodes|pg_postmaster_start_time/
  const alone = (await statementsOf(1)).filter((text) => !engines.test(text))
  expect(alone.length, alone.join('\n')).toBeLessThanOrEqual(7)
  // Together with those of the job engine and whatever else ran meanwhile.
  const count = 50
  const shared = await statementsOf(count)
  expect(shared.length / count, shared.join('\n')).toBeLessThanOrEqual(6)
  const own = shared.filter((text) => !engines.test(text))
  // A quick machine shares fewer of them.
  expect(own.length, own.join('\n')).toBeLessThan(4 * count)
})
