import { expect, test } from 'vitest'
import { streamThrough } from '../../testing/stream-through.ts'

const mebibyte = 1024 * 1024

test.skipIf(process.platform !== 'linux')(
  '128 MiB stream up and down through less than 200 MiB of memory, and a caller who leaves ends the stream',
  async () => {
    const bytes = 128 * mebibyte
    const { up, down, left, peakBytes } = await streamThrough(bytes)
    expect(up).toEqual({ arrived: bytes, isWhole: true })
    expect(down).toEqual({ arrived: bytes, isWhole: true })
    expect(left.sentDown).toBeLessThan(bytes)
    expect(left.takenUp).toBeGreaterThan(0)
    expect(left.takenUp).toBeLessThanOrEqual(4 * mebibyte)
    expect(peakBytes / mebibyte).toBeLessThan(200)
  },
  120_000,
)
