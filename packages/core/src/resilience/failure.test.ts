import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { KobleError } from '../errors/errors.ts'
import { isRetryable } from './failure.ts'

describe('whether to call again', () => {
  it('is what the error says of itself', () => {
    expect(isRetryable(new KobleError('provider_unavailable', 'x', { retryable: true }))).toBe(true)
    expect(isRetryable(new KobleError('token_rejected', 'x'))).toBe(false)
    expect(isRetryable(Object.assign(new Error('x'), { retryable: false, code: 'ECONNRESET' }))).toBe(false)
  })

  it('follows the code beneath, also that which the platform’s fetch hides', async () => {
    const server = createServer((socket) => socket.resetAndDestroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const error = await fetch(`http://127.0.0.1:${port}`).catch((thrown) => thrown)
    server.close()
    expect(error).toBeInstanceOf(TypeError)
    expect(isRetryable(error)).toBe(true)
    expect(isRetryable(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))).toBe(false)
    expect(isRetryable(Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }))).toBe(false)
  })

  it('follows the HTTP status a vendor’s error carries', () => {
    for (const [status, expected] of [
      [400, false],
      [404, false],
      [408, true],
      [425, true],
      [429, true],
      [500, true],
      [503, true],
    ] as const) {
      expect(isRetryable(Object.assign(new Error('x'), { status })), String(status)).toBe(expected)
      expect(isRetryable(Object.assign(new Error('x'), { statusCode: status })), String(status)).toBe(expected)
    }
  })

  it('is no for an abort and for a defect, yes for what says nothing', () => {
    expect(isRetryable(AbortSignal.abort().reason)).toBe(false)
    for (const error of [new TypeError('x'), new RangeError('x'), new SyntaxError('x')]) {
      expect(isRetryable(error)).toBe(false)
    }
    for (const error of [new Error('x'), 'text', undefined]) expect(isRetryable(error)).toBe(true)
  })
})
