import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLinkHeader } from './parse-link-header.ts'

describe('the Link header', () => {
  it('is read as RFC 8288 has it', () => {
    expect({ ...parseLinkHeader('<https://a/?page=2,3>; rel="next", <https://a/?page=9>; rel=last') }).toEqual({
      next: 'https://a/?page=2,3',
      last: 'https://a/?page=9',
    })
    expect({
      ...parseLinkHeader('</TheBook/chapter2>; rel="previous"; title="letter, \\"two\\"", </x>;rel="NEXT start"'),
    }).toEqual({
      previous: '/TheBook/chapter2',
      next: '/x',
      start: '/x',
    })
    expect({ ...parseLinkHeader('</a>; rel=next, </b>; rel=next') }).toEqual({ next: '/a' })
    for (const field of ['', 'next', '<a', '<a>; title=x', '>;rel=next<'])
      expect({ ...parseLinkHeader(field) }).toEqual({})
  })

  it('neither throws nor takes long, whatever it holds', () => {
    const parts = fc.array(fc.constantFrom('<', '>', ';', ',', '"', 'rel=', 'next', ' ', '\\', 'a', '__proto__'))
    fc.assert(
      fc.property(parts, (some) => void parseLinkHeader(some.join(''))),
      { numRuns: 1_000 },
    )
    for (const hostile of [
      '<>;'.repeat(5_000),
      '<>,'.repeat(5_000),
      `<a>${'; '.repeat(8_000)}`,
      `<a>;rel${' '.repeat(16_000)}`,
      '<'.repeat(16_000),
    ]) {
      const started = performance.now()
      parseLinkHeader(hostile)
      expect(performance.now() - started, hostile.slice(0, 10)).toBeLessThan(100)
    }
  })
})
