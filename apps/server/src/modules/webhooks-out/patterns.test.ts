import { expect, test } from 'vitest'
import { isPattern, matchesPattern } from './patterns.ts'

test('a pattern takes an event type and everything below it, and not what only begins alike', () => {
  for (const [pattern, type, taken] of [
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', true],
    ['a.*', 'a', false],
    ['a.*', 'a.', false],
    ['a.*', 'ab.c', false],
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['*', 'a.b', true],
  ] as const) {
    expect(matchesPattern([pattern], type), `${pattern} ${type}`).toBe(taken)
  }
  expect(matchesPattern(['x', 'a.*'], 'a.b')).toBe(true)
  expect(matchesPattern([], 'a.b')).toBe(false)
})

test('what Koble tells of itself goes only to those who ask for it by name', () => {
  expect(matchesPattern(['*'], 'koble.connection.error')).toBe(false)
  expect(matchesPattern(['koble.*'], 'koble.connection.error')).toBe(true)
  expect(matchesPattern(['koble.connection.error'], 'koble.connection.error')).toBe(true)
})

test('only whole event types, with or without .* behind them, and * alone are patterns', () => {
  for (const pattern of ['*', 'a', 'a.b_c', 'a.*', 'invoice-line.added']) expect(isPattern(pattern), pattern).toBe(true)
  for (const pattern of ['', 'a*', '*.a', 'a.*.b', 'a..b', '.a', 'a.', 'a b', '**']) {
    expect(isPattern(pattern), pattern).toBe(false)
  }
})
