import { expect, test } from 'vitest'
import { checkFilter, compileFilter } from './filter.ts'

const document = { type: 'invoice.paid', data: { amount: 120, lines: [{ sku: 'a' }, { sku: 'b' }], note: null } }

test('a filter compares fields, lists and what is nested', () => {
  for (const [filter, passes] of [
    [{ 'data.amount': { $gte: 100 } }, true],
    [{ 'data.amount': { $lt: 100 } }, false],
    [{ type: { $in: ['invoice.paid', 'invoice.sent'] } }, true],
    [{ 'data.lines': { $elemMatch: { sku: 'b' } } }, true],
    [{ 'data.lines': { $size: 3 } }, false],
    [{ $or: [{ type: 'x' }, { 'data.note': null }] }, true],
    [{ 'data.missing': { $exists: false } }, true],
    [{ 'data.amount': { $not: { $gt: 100 } } }, false],
    [{}, true],
  ] as const) {
    expect(checkFilter(filter), JSON.stringify(filter)).toEqual([])
    expect(compileFilter(filter)(document), JSON.stringify(filter)).toBe(passes)
  }
})

test('code, regular expressions and whatever else is not on the list are refused with their place', () => {
  for (const [filter, path] of [
    [{ $where: 'true' }, '$where'],
    [{ 'data.note': { $regex: '(a+)+$' } }, 'data.note.$regex'],
    [{ $and: [{ type: { $type: 'string' } }] }, '$and.0.type.$type'],
    [{ $or: [] }, '$or'],
    [{ a: { $in: 'text' } }, 'a.$in'],
    [{ a: { $exists: 'yes' } }, 'a.$exists'],
    [{ 'a.__proto__.b': 1 }, 'a.__proto__.b'],
    [[], ''],
    ['text', ''],
  ] as const) {
    expect(checkFilter(filter)[0]?.path, JSON.stringify(filter)).toBe(path)
  }
})

test('a filter is bounded in depth and size', () => {
  let deep: object = { a: 1 }
  for (let level = 0; level < 12; level += 1) deep = { $and: [deep] }
  expect(checkFilter(deep)).not.toEqual([])
  expect(checkFilter({ a: { $in: Array.from({ length: 300 }, (_, index) => index) } })).not.toEqual([])
})

test('an operator that is not on the list does nothing even in a filter that was never checked', () => {
  expect(() => compileFilter({ $where: 'globalThis.wasRun = true' })(document)).toThrow()
  expect((globalThis as { wasRun?: boolean }).wasRun).toBeUndefined()
})
