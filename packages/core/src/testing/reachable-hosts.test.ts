import { expect, test } from 'vitest'
import { createReachableHosts } from './reachable-hosts.ts'

test.each([
  '127.0.0.1',
  '127.8.9.1',
  '0.0.0.0',
  '::1',
  '[::1]',
  '::',
  '::ffff:127.0.0.1',
  'localhost',
  'a.LOCALHOST',
  'localhost.',
])('%s is this machine', (host) => expect(createReachableHosts([]).has(host)).toBe(true))

test.each([
  '192.0.2.1',
  '128.0.0.1',
  '2001:db8::1',
  '::ffff:192.0.2.1',
  'localhost.example',
  'notlocalhost',
  '',
  'fe80::1%lo',
])('“%s” is not', (host) => expect(createReachableHosts([]).has(host)).toBe(false))

test('what is allowed can be reached, and nothing beside it', () => {
  const hosts = createReachableHosts(['db.internal', '192.0.2.7', '10.0.0.0/8', '2001:db8::/32'])
  for (const host of ['DB.internal', '192.0.2.7', '::ffff:192.0.2.7', '10.255.0.1', '2001:db8:1::1']) {
    expect(hosts.has(host), host).toBe(true)
  }
  for (const host of ['a.db.internal', '192.0.2.8', '11.0.0.1', '2001:db9::1'])
    expect(hosts.has(host), host).toBe(false)
})

test.each(['10.0.0.0/33', 'db.internal/8', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/x'])(
  '%s is no network',
  (entry) => {
    expect(() => createReachableHosts([entry])).toThrow(expect.objectContaining({ code: 'validation' }))
  },
)
