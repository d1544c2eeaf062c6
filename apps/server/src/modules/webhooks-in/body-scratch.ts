/** Larger ones are given to the collector again. */
const keptBytesMax = 4 * 1024 * 1024

/**
 * Joins the bodies of a batch in memory that is used again: made anew for each batch, it was a third of all that the
 * collector starts its long runs for. `use` runs with the joined bytes, which are its own only until it settles.
 */
export function createBodyScratch(): <Result>(
  bodies: Buffer[],
  use: (joined: Buffer) => Promise<Result>,
) => Promise<Result> {
  const free: Buffer[] = []
  return async (bodies, use) => {
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
    const spare = free.pop()
    const scratch = spare !== undefined && spare.length >= bytes ? spare : Buffer.allocUnsafeSlow(bytes * 2)
    let end = 0
    for (const body of bodies) end += body.copy(scratch, end)
    try {
      return await use(scratch.subarray(0, bytes))
    } finally {
      if (scratch.length <= keptBytesMax) free.push(scratch)
    }
  }
}
