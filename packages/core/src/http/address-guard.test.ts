import { describe, expect, it } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const strict = createAddressGuard({ allowedPrivateNetworks: [] })

/** One or more addresses of every range that must not be reached, and both edges of those whose edges are easy to miss. */
const refused: Record<string, string[]> = {
  '0.0.0.0/8': ['0.0.0.0', '0.1.2.3'],
  '10.0.0.0/8': ['10.0.0.0', '10.255.255.255'],
  '100.64.0.0/10 (shared)': ['100.64.0.1', '100.127.255.255'],
  '127.0.0.0/8': ['127.0.0.1', '127.255.255.254'],
  '169.254.0.0/16 (cloud metadata)': ['169.254.169.254', '169.254.170.2'],
  '172.16.0.0/12': ['172.16.0.1', '172.31.255.255'],
  '192.0.0.0/24': ['192.0.0.1', '192.0.0.192'],
  '192.0.2.0/24': ['192.0.2.1'],
  '192.88.99.0/24': ['192.88.99.1'],
  '192.168.0.0/16': ['192.168.0.1', '192.168.255.255'],
  '198.18.0.0/15': ['198.18.0.1', '198.19.255.255'],
  '198.51.100.0/24': ['198.51.100.1'],
  '203.0.113.0/24': ['203.0.113.1'],
  '224.0.0.0/4': ['224.0.0.1', '239.255.255.255'],
  '240.0.0.0/4': ['240.0.0.1', '255.255.255.254'],
  broadcast: ['255.255.255.255'],
  unspecified: ['::'],
  loopback: ['::1', '0:0:0:0:0:0:0:1'],
  'fc00::/7': ['fc00::1', 'fd00:ec2::254', 'fdff:ffff::1'],
  'fe80::/10': ['fe80::1', 'febf::1', 'fe80::1%eth0'],
  'fec0::/10': ['fec0::1'],
  'ff00::/8': ['ff02::1'],
  '2001:db8::/32': ['2001:db8::1'],
  '3fff::/20': ['3fff::1'],
  '100::/64': ['100::1'],
  'NAT64 64:ff9b::/96': ['64:ff9b::7f00:1', '64:ff9b::808:808'],
  'NAT64 64:ff9b:1::/48': ['64:ff9b:1::1'],
  '6to4 2002::/16': ['2002:7f00:1::1', '2002:808:808::1'],
  'Teredo 2001::/32': ['2001::1', '2001:0:53aa:64c:0:5efe:8f00:1'],
  'segment routing 5f00::/16': ['5f00::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::a9fe:a9fe', '::a00:1'],
  'IPv4-translated': ['::ffff:0:7f00:1'],
  'outside of what is given out': ['4000::1', '1000::1'],
  'no address at all': ['', 'localhost', '0x7f.1', '2130706433', '127.1', '0177.0.0.1', '1.2.3', '1.2.3.4.5', 'g::1'],
}

describe('the address guard', () => {
  for (const [range, addresses] of Object.entries(refused)) {
    it(`refuses ${range}`, () => {
      for (const address of addresses) {
        expect(() => strict.check(address, 443), address).toThrowError(
          expect.objectContaining({ code: 'private_address' }),
        )
      }
    })
  }

  it('refuses every notation of a loopback address that a URL can hold', () => {
    const notations = [
      '0x7f.1',
      '2130706433',
      '127.1',
      '0177.0.0.1',
      '0x7f000001',
      '１２７.0.0.1',
      '[::ffff:127.0.0.1]',
      '[::127.0.0.1]',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
    ]
    for (const host of notations) {
      const { hostname } = new URL(`http://${host}/`)
      expect(() => strict.check(hostname, 80), host).toThrowError(expect.objectContaining({ code: 'private_address' }))
    }
  })

  it('lets public addresses through', () => {
    for (const address of ['8.8.8.8', '1.1.1.1', '140.82.121.4', '172.15.255.255', '172.32.0.1', '100.63.255.255']) {
      expect(() => strict.check(address, 443), address).not.toThrow()
    }
    for (const address of ['2606:4700::1111', '2a00:1450:400f:80d::200e', '::ffff:8.8.8.8', '[2606:4700::1111]']) {
      expect(() => strict.check(address, 443), address).not.toThrow()
    }
  })

  it('does not tell which address was refused', () => {
    expect(() => strict.check('10.1.2.3', 443)).toThrowError(expect.not.stringContaining('10.1.2.3'))
  })

  it('lets listed networks through and nothing beside them', () => {
    const guard = createAddressGuard({ allowedPrivateNetworks: ['10.1.0.0/16', 'fd00:1::/32', '192.168.7.7'] })
    for (const address of ['10.1.0.1', '10.1.255.255', 'fd00:1::5', '192.168.7.7', '::ffff:10.1.2.3']) {
      expect(() => guard.check(address, 443), address).not.toThrow()
    }
    for (const address of ['10.2.0.1', 'fd00:2::5', '192.168.7.8', '127.0.0.1', '::ffff:10.2.0.1', '64:ff9b::a01:1']) {
      expect(() => guard.check(address, 443), address).toThrow()
    }
  })

  it('keeps an entry with a port to that port, in every notation', () => {
    for (const entry of ['127.0.0.1:4001', '127.0.0.1/32:4001']) {
      const guard = createAddressGuard({ allowedPrivateNetworks: [entry] })
      expect(() => guard.check('127.0.0.1', 4001)).not.toThrow()
      expect(() => guard.check('127.0.0.1', 4002)).toThrow()
      expect([...guard.ports]).toEqual([4001])
    }
    for (const entry of ['[::1]:4001', '[::1/128]:4001']) {
      const guard = createAddressGuard({ allowedPrivateNetworks: [entry] })
      expect(() => guard.check('::1', 4001)).not.toThrow()
      expect(() => guard.check('[::1]', 4001)).not.toThrow()
      expect(() => guard.check('::1', 4002)).toThrow()
    }
  })

  it('refuses a policy it cannot read', () => {
    for (const entry of [
      '',
      'localhost',
      '10.0.0.0/33',
      '::/129',
      '10.0.0/8',
      '127.0.0.1:0',
      '127.0.0.1:70000',
      '0x7f.1',
    ]) {
      expect(() => createAddressGuard({ allowedPrivateNetworks: [entry] }), entry).toThrowError(
        expect.objectContaining({ code: 'invalid_request' }),
      )
    }
  })

  it('refuses a name that mixes public and private addresses', () => {
    const mixed = [
      { address: '8.8.8.8', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ]
    expect(() => strict.select(mixed, 443)).toThrowError(expect.objectContaining({ code: 'private_address' }))
  })

  it('refuses a name that has only a private IPv6 address, or none', () => {
    expect(() => strict.select([{ address: 'fd00::1', family: 6 }], 443)).toThrow()
    expect(() => strict.select([], 443)).toThrow()
  })

  it('takes only the listed address of a name that has no public one', () => {
    const guard = createAddressGuard({ allowedPrivateNetworks: ['127.0.0.1:4001'] })
    const localhost = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect(guard.select(localhost, 4001)).toEqual([{ address: '127.0.0.1', family: 4 }])
    expect(() => guard.select(localhost, 4002)).toThrow()
  })
})
