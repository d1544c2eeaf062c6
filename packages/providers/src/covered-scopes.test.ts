import { expect, test } from 'vitest'
import { coveredScopes, missingScopes } from './covered-scopes.ts'
import type { Scope } from './define-provider.ts'

const scope = (name: string, more: Partial<Scope> = {}): Scope => ({ name, description: 'Do something', ...more })
const declared = [
  scope('admin', { includes: ['write'] }),
  scope('write', { includes: ['read'] }),
  scope('read'),
  scope('offline', { unnamed: true }),
]

test('a scope covers what it contains, and what that contains, but nothing broader', () => {
  expect([...coveredScopes(declared, ['admin'])]).toEqual(['admin', 'write', 'read'])
  expect([...coveredScopes(declared, ['write'])]).toEqual(['write', 'read'])
  expect([...coveredScopes(declared, ['read'])]).toEqual(['read'])
})

test('scopes that contain one another are no endless loop, and an undeclared one covers itself', () => {
  const both = [scope('one', { includes: ['other'] }), scope('other', { includes: ['one'] })]
  expect([...coveredScopes(both, ['one', 'custom'])]).toEqual(['one', 'custom', 'other'])
})

test('only what is neither granted, contained, nor never named is missing', () => {
  expect(missingScopes(declared, ['write'], ['read', 'offline'])).toEqual([])
  expect(missingScopes(declared, ['read'], ['read', 'write', 'admin', 'offline'])).toEqual(['write', 'admin'])
})
