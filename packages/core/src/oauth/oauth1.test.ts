import { createHmac, createVerify, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import PeerSigner from 'oauth-1.0a'
import { describe, expect, test } from 'vitest'
import { type OAuth1Credentials, type OAuth1Request, signOAuth1 } from './index.ts'
import { signatureBaseString, signatureOf } from './oauth1.ts'

function fieldsOf(header: string): Record<string, string> {
  expect(header).toMatch(/^OAuth /)
  const pairs = [...header.slice(6).matchAll(/([^=, ]+)="([^"]*)"/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]))
}

describe('a signature of OAuth 1.0a', () => {
  test('counts every parameter in its order, as RFC 5849 has it in section 3.4.1', () => {
    const protocol = {
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    }
    const url = 'http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b#fragment'
    const base = signatureBaseString({ method: 'post', url, form: new URLSearchParams('c2&a3=2+q') }, protocol)
    expect(base).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    )
    // The RFC prints another value; this one is of its verified erratum 2550.
    expect(signatureOf(base, { consumerKey: '', consumerSecret: 'j49sk3j29djd', tokenSecret: 'dh893hdasih9' })).toBe(
      'r6/TJjbCOr97/+UU0NsvSne7s5g=',
    )
  })

  test('is that of the conversation in RFC 5849, section 1.2', () => {
    const client = { consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44' }
    const protocol = { oauth_consumer_key: client.consumerKey, oauth_signature_method: 'HMAC-SHA1' }
    const forToken = signatureBaseString(
      { method: 'POST', url: 'https://photos.example.net/token' },
      {
        ...protocol,
        oauth_token: 'hh5s93j4hdidpola',
        oauth_timestamp: '137131201',
        oauth_nonce: 'walatlh',
        oauth_verifier: 'hfdp7dh39dks9884',
      },
    )
    expect(signatureOf(forToken, { ...client, tokenSecret: 'hdhd0244k9j7ao03' })).toBe('gKgrFCywp7rO0OXSjdot/IHF7IU=')
    const forPhoto = signatureBaseString(
      { method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original' },
      { ...protocol, oauth_token: 'nnch734d00sl2jdk', oauth_timestamp: '137131202', oauth_nonce: 'chapoH' },
    )
    expect(signatureOf(forPhoto, { ...client, tokenSecret: 'pfkkdhi9sl3r4s00' })).toBe('MdpQcU8iPSUjWoN/UDMsK2sui9I=')
  })

  test('is the one that Twitter’s manual works out, header included', () => {
    const header = signOAuth1(
      {
        method: 'POST',
        url: 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true',
        form: new URLSearchParams({ status: 'Hello Ladies + Gentlemen, a signed OAuth request!' }),
      },
      {
        consumerKey: 'xvz1evFS4wEEPTGEFPHBog',
        consumerSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
        token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
        tokenSecret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
      },
      { now: new Date(1_318_622_958_000), nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg' },
    )
    expect(fieldsOf(header)).toEqual({
      oauth_consumer_key: 'xvz1evFS4wEEPTGEFPHBog',
      oauth_token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1318622958',
      oauth_nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg',
      oauth_version: '1.0',
      oauth_signature: 'hCtSmYh+iHYCEqBWrE7C7hYmtUk=',
    })
  })

  test('is that of the package oauth-1.0a, for all texts that it signs rightly', () => {
    const peer = new PeerSigner({
      consumer: { key: 'k', secret: 's&%' },
      signature_method: 'HMAC-SHA256',
      hash_function: (base, key) => createHmac('sha256', key).update(base).digest('base64'),
    })
    const credentials: OAuth1Credentials = {
      consumerKey: 'k',
      consumerSecret: 's&%',
      token: 't',
      tokenSecret: 'ts',
      signatureMethod: 'HMAC-SHA256',
    }
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => value.isWellFormed())
    // It loses names that come in the query and in the form, so the two are kept apart here.
    const record = (prefix: string) =>
      fc.dictionary(
        text.map((name) => prefix + name),
        text,
        { maxKeys: 5, noNullPrototype: true },
      )
    fc.assert(
      fc.property(record('q'), record('f'), (query, form) => {
        const url = new URL('https://api.example/path/to')
        for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value)
        const request: OAuth1Request = { method: 'POST', url, form: new URLSearchParams(form) }
        const fields = fieldsOf(signOAuth1(request, credentials))
        const { oauth_signature: signature, ...protocol } = fields
        const data = { ...query, ...form }
        const theirs = peer.getSignature(
          { method: 'POST', url: 'https://api.example/path/to', data },
          'ts',
          protocol as unknown as PeerSigner.Data,
        )
        expect(signature).toBe(theirs)
      }),
    )
  })

  test('may be made with an RSA key, or be the secrets themselves', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const request = { method: 'GET', url: 'https://api.example/' }
    for (const [signatureMethod, algorithm] of [
      ['RSA-SHA1', 'sha1'],
      ['RSA-SHA256', 'sha256'],
    ] as const) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const fields = fieldsOf(signOAuth1(request, { consumerKey: 'k', signatureMethod, privateKey: pem }))
      const { oauth_signature: signature = '', ...protocol } = fields
      const verifier = createVerify(algorithm).update(signatureBaseString(request, protocol))
      expect(verifier.verify(publicKey, signature, 'base64')).toBe(true)
    }
    const plain = signOAuth1(request, { consumerKey: 'k', consumerSecret: 'a&b', signatureMethod: 'PLAINTEXT' })
    expect(fieldsOf(plain)['oauth_signature']).toBe('a%26b&')
  })

  test('has a nonce of its own each time, and a realm only when told', () => {
    const request = { method: 'GET', url: 'https://api.example/' }
    const headers = Array.from({ length: 100 }, () => signOAuth1(request, { consumerKey: 'k' }))
    expect(new Set(headers.map((header) => fieldsOf(header)['oauth_nonce'])).size).toBe(100)
    expect(headers[0]).not.toContain('realm')
    expect(signOAuth1(request, { consumerKey: 'k', realm: 'a"b' })).toMatch(/^OAuth realm="a\\"b", oauth_consumer_key=/)
  })
})
