import { expect, test } from 'vitest'
import { randomToken } from './index.ts'

test('a token has its prefix, 256 random bits unless told otherwise, and only characters that need no escaping', () => {
  expect(randomToken('kbl_')).toMatch(/^kbl_[A-Za-z0-9_-]{43}$/)
  expect(randomToken('', 16)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(new Set(Array.from({ length: 1000 }, () => randomToken('k'))).size).toBe(1000)
})
