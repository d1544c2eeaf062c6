import { expect, test } from 'vitest'
import { createBodyScratch } from './body-scratch.ts'

test('joins the bodies, again and again in the same memory', async () => {
  const join = createBodyScratch()
  const seen = new Set<ArrayBufferLike>()
  for (const text of ['first', 'second', 'a third that is longer than both', '']) {
    const joined = await join([Buffer.from(text), Buffer.from([0, 255])], async (bytes) => {
      seen.add(bytes.buffer)
      return Buffer.from(bytes)
    })
    expect(joined).toEqual(Buffer.concat([Buffer.from(text), Buffer.from([0, 255])]))
  }
  expect(seen.size).toBe(2)
})

test('batches under way at the same time have memory of their own', async () => {
  const join = createBodyScratch()
  await join([Buffer.from('warm up')], async () => {})
  const texts = ['one', 'two', 'three']
  const read = await Promise.all(
    texts.map((text) =>
      join([Buffer.from(text)], async (bytes) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return bytes.toString()
      }),
    ),
  )
  expect(read).toEqual(texts)
})

test('memory is used again after a failure', async () => {
  const join = createBodyScratch()
  const seen = new Set<ArrayBufferLike>()
  const fail = async (bytes: Buffer) => {
    seen.add(bytes.buffer)
    throw new Error('no database')
  }
  await expect(join([Buffer.from('x')], fail)).rejects.toThrow('no database')
  await expect(join([Buffer.from('y')], fail)).rejects.toThrow('no database')
  expect(seen.size).toBe(1)
})
