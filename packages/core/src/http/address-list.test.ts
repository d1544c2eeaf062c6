import { describe, expect, test } from 'vitest'
import { createAddressList } from './address-list.ts'

const includes = (entries: string[], address: string) => createAddressList(entries).includes(address)
const covers = (outer: string[], inner: string[]) => createAddressList(outer).covers(createAddressList(inner))

describe('a list of addresses', () => {
  test('holds an address of its networks and none beside them, in IPv4 and IPv6', () => {
    expect(includes(['192.0.2.0/24'], '192.0.2.255')).toBe(true)
    expect(includes(['192.0.2.0/24'], '192.0.3.0')).toBe(false)
    expect(includes(['192.0.2.7'], '192.0.2.7')).toBe(true)
    expect(includes(['192.0.2.7'], '192.0.2.70')).toBe(false)
    expect(includes(['2001:db8::/32'], '2001:db8:ffff::1')).toBe(true)
    expect(includes(['2001:db8::/32'], '2001:db9::')).toBe(false)
    expect(includes(['2001:db8::/32', '10.0.0.0/8'], '10.1.2.3')).toBe(true)
    expect(includes(['fe80::/10'], 'fe80::1%eth0')).toBe(true)
  })

  test('takes an IPv4 address in its IPv6 form for what it is, on either side', () => {
    expect(includes(['192.0.2.0/24'], '::ffff:192.0.2.7')).toBe(true)
    expect(includes(['192.0.2.0/24'], '::ffff:c000:207')).toBe(true)
    expect(includes(['::ffff:192.0.2.0/120'], '192.0.2.7')).toBe(true)
    expect(includes(['::ffff:192.0.2.7'], '::ffff:192.0.2.7')).toBe(true)
    expect(includes(['192.0.2.0/24'], '::c000:207')).toBe(false)
  })

  test('lets nobody of one family in by a network of the other', () => {
    expect(includes(['::/0'], '192.0.2.7')).toBe(false)
    expect(includes(['0.0.0.0/0'], '2001:db8::1')).toBe(false)
  })

  test('lets everybody in when it is empty, and what is no address nowhere else', () => {
    expect(includes([], '192.0.2.7')).toBe(true)
    for (const text of ['', 'localhost', '192.0.2', '0xc0000207', '192.0.2.7:80', '192.0.2.7/32'])
      expect(includes(['0.0.0.0/0', '::/0'], text), text).toBe(false)
  })

  test('refuses entries that are no networks', () => {
    for (const entry of ['', 'x', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129', '10.0.0.0/8/8', 'fe80::1%eth0'])
      expect(() => createAddressList([entry]), entry).toThrow('neither an address nor a network')
  })
})

describe('one list covers another', () => {
  test('when everybody on that one is on it too', () => {
    expect(covers(['10.0.0.0/8'], ['10.1.0.0/16', '10.2.0.1'])).toBe(true)
    expect(covers(['10.0.0.0/8'], ['10.0.0.0/8'])).toBe(true)
    expect(covers(['10.0.0.0/16'], ['10.0.0.0/8'])).toBe(false)
    expect(covers(['10.0.0.0/8'], ['10.0.0.0/8', '192.0.2.1'])).toBe(false)
    expect(covers(['::/0'], ['10.0.0.0/8'])).toBe(false)
  })

  test('an empty one covers all, and is covered by none but itself', () => {
    expect(covers([], ['10.0.0.0/8'])).toBe(true)
    expect(covers(['0.0.0.0/0', '::/0'], [])).toBe(false)
    expect(covers([], [])).toBe(true)
  })
})
