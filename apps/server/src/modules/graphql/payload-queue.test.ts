import { KobleError } from '@koble/core/errors'
import { describe, expect, test } from 'vitest'
import { PayloadQueue } from './payload-queue.ts'

async function drain(queue: PayloadQueue): Promise<{ payloads: unknown[]; error: unknown }> {
  const payloads: unknown[] = []
  try {
    for await (const payload of queue) payloads.push(payload)
    return { payloads, error: null }
  } catch (error) {
    return { payloads, error }
  }
}

describe('results that wait for their reader', () => {
  test('come in order, those of before the end and those that come while it reads', async () => {
    const queue = new PayloadQueue()
    queue.push(1)
    const read = drain(queue)
    await Promise.resolve()
    queue.push(2)
    queue.push(3)
    queue.end()
    queue.push(4)
    expect(await read).toEqual({ payloads: [1, 2, 3], error: null })
  })

  test('are read to the last before the reader hears of a failure', async () => {
    const queue = new PayloadQueue()
    queue.push(1)
    queue.fail(new KobleError('provider_unreachable', 'It broke off'))
    queue.end()
    expect(await drain(queue)).toMatchObject({ payloads: [1], error: { code: 'provider_unreachable' } })
  })

  test('are bounded in number and in size: none is dropped in silence', async () => {
    const many = new PayloadQueue()
    for (let index = 0; index < 5_000; index += 1) many.push(index)
    const read = await drain(many)
    expect(read.payloads).toHaveLength(1_000)
    expect(read.error).toMatchObject({ code: 'rate_limited', retryable: false })

    const large = new PayloadQueue()
    for (let index = 0; index < 20; index += 1) large.push('x'.repeat(1024 * 1024))
    const { payloads, error } = await drain(large)
    expect(payloads.length).toBeLessThan(8)
    expect(error).toMatchObject({ code: 'rate_limited' })
  })
})
