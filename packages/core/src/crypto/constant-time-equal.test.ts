import { expect, test } from 'vitest'
import { constantTimeEqual } from './index.ts'

test('only the same text is equal', () => {
  expect(constantTimeEqual('', '')).toBe(true)
  expect(constantTimeEqual('blåbær', 'blåbær')).toBe(true)
  const pairs: [string, string][] = [
    ['a', ''],
    ['a', 'b'],
    ['a', 'A'],
    ['a', 'aa'],
    ['a', 'a\u0000'],
    ['a', 'š'],
    ['é', 'e\u0301'],
    ['\ud800', '\ufffd'],
  ]
  for (const [a, b] of pairs) {
    expect(constantTimeEqual(a, b), `${a} ${b}`).toBe(false)
    expect(constantTimeEqual(b, a), `${b} ${a}`).toBe(false)
  }
})
