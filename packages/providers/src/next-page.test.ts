import { expect, test } from 'vitest'
import { nextQuery, queryOf } from './next-page.ts'

const next = '<https://fjord.okta.com/api/v1/users?after=200u3j&limit=2>; rel="next"'
const self = '<https://fjord.okta.com/api/v1/users?limit=2>; rel="self"'

test('the next page is found in one field with several links, and in several fields', () => {
  expect(nextQuery({ headers: { link: `${self}, ${next}` } })).toBe('after=200u3j&limit=2')
  expect(nextQuery({ headers: { link: [self, next] } })).toBe('after=200u3j&limit=2')
})

test('there is none without a link, with another one, and with one that asks for nothing', () => {
  expect(nextQuery({ headers: {} })).toBeNull()
  expect(nextQuery({ headers: { link: self } })).toBeNull()
  expect(nextQuery({ headers: { link: '<https://fjord.okta.com/api/v1/users>; rel="next"' } })).toBeNull()
})

test('of an address in the answer nothing but the query is taken', () => {
  expect(queryOf('https://graph.microsoft.com/v1.0/users?$top=2&$skiptoken=a?b#c')).toBe('$top=2&$skiptoken=a?b')
  expect(queryOf('https://graph.microsoft.com/v1.0/users')).toBeNull()
  expect(queryOf(undefined)).toBeNull()
})
