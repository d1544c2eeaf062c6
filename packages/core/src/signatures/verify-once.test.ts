import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createMemoryReplayCache, generateSigningKeys, type SignatureScheme, signRequest, verifyOnce } from './index.ts'
import { sendgridHook, standardWebhooks, vendorSchemes, vonageMessagesHook } from './vendor-schemes.ts'

const now = new Date(1750000000_000)
const body = Buffer.from('{"signature":{"token":"abc"},"event-data":{"id":"1"}}')
const headers = { 'content-type': 'application/json' }
const replayed = { verified: false, reason: 'replayed' }
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const pair = generateSigningKeys()

describe.each<{ name: string; scheme: SignatureScheme; signing: string; verifying: string }>([
  { name: 'GitHub', scheme: vendorSchemes.githubHook, signing: 's', verifying: 's' },
  { name: 'Mailgun', scheme: vendorSchemes.mailgunHook, signing: 's', verifying: 's' },
  { name: 'Box', scheme: vendorSchemes.boxHook, signing: 's', verifying: 's' },
  { name: 'Vonage', scheme: vonageMessagesHook, signing: 's', verifying: 's' },
  { name: 'Standard Webhooks v1a', scheme: standardWebhooks, signing: pair.secret, verifying: pair.publicKey },
  {
    name: 'SendGrid',
    scheme: sendgridHook,
    signing: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    verifying: ec.publicKey.export({ type: 'spki', format: 'pem' }) as string,
  },
])('$name', ({ scheme, signing, verifying }) => {
  const signed = signRequest(scheme, { headers, body }, { secret: signing, now })

  test('is taken once, and again after it was released', async () => {
    const replayCache = createMemoryReplayCache({ now: () => now })
    const take = () => verifyOnce(scheme, signed, { secrets: [verifying], now, replayCache })
    const first = await take()
    expect(first).toMatchObject({ verified: true })
    expect(await take()).toEqual(replayed)
    expect(await take()).toEqual(replayed)
    if (first.verified) await replayCache.release(first.replayKey)
    expect(await take()).toMatchObject({ verified: true })
  })

  test('is taken again for the same subject, and for no other', async () => {
    const replayCache = createMemoryReplayCache({ now: () => now })
    const take = (subject: string) => verifyOnce(scheme, signed, { secrets: [verifying], now, replayCache, subject })
    expect(await take('event 1')).toMatchObject({ verified: true })
    expect(await take('event 1')).toMatchObject({ verified: true })
    expect(await take('event 2')).toEqual(replayed)
    expect(await take('event 2')).toEqual(replayed)
  })

  test('leaves nothing in the cache when it is rejected', async () => {
    const replayCache = createMemoryReplayCache({ now: () => now })
    expect(await verifyOnce(scheme, signed, { secrets: ['other'], now, replayCache })).not.toEqual(replayed)
    expect(await verifyOnce(scheme, signed, { secrets: [verifying], now, replayCache })).toMatchObject({
      verified: true,
    })
  })
})

test('a second signature of the same content is the same delivery', async () => {
  const secret = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const replayCache = createMemoryReplayCache({ now: () => now })
  const take = () => {
    const signed = signRequest(sendgridHook, { body }, { secret, now })
    const secrets = [ec.publicKey.export({ type: 'spki', format: 'pem' }) as string]
    return verifyOnce(sendgridHook, signed, { secrets, now, replayCache })
  }
  expect(await take()).toMatchObject({ verified: true })
  expect(await take()).toEqual(replayed)
})

test("Box' delivery escaped by a stranger is the same delivery", async () => {
  const replayCache = createMemoryReplayCache({ now: () => now })
  const escaped = Buffer.from('{"name":"Bl\\u00e5"}')
  const { headers: signature } = signRequest(vendorSchemes.boxHook, { body: escaped }, { secret: 's', now })
  const take = (bytes: Buffer) =>
    verifyOnce(vendorSchemes.boxHook, { headers: signature, body: bytes }, { secrets: ['s'], now, replayCache })
  expect(await take(Buffer.from('{"name":"Blå"}'))).toMatchObject({ verified: true })
  expect(await take(escaped)).toEqual(replayed)
})

test('says that tokens are the same every time', async () => {
  const replayCache = createMemoryReplayCache()
  const scheme: SignatureScheme = { type: 'token', header: 'x' }
  const take = verifyOnce(scheme, { headers: { x: 's' }, body }, { secrets: ['s'], now, replayCache })
  await expect(take).rejects.toThrow(expect.objectContaining({ code: 'signature_scheme_invalid' }))
})

describe('the cache in memory', () => {
  test('forgets a key when its time has come', async () => {
    let time = 0
    const cache = createMemoryReplayCache({ now: () => new Date(time) })
    expect(await cache.claim('a', 'x', new Date(1000))).toBe(true)
    time = 999
    expect(await cache.claim('a', 'y', new Date(9000))).toBe(false)
    time = 1000
    expect(await cache.claim('a', 'y', new Date(9000))).toBe(true)
  })

  test('gives out nothing new when it is full of keys that are still needed', async () => {
    let time = 0
    const cache = createMemoryReplayCache({ now: () => new Date(time), entriesMax: 2 })
    const claim = (key: string) => cache.claim(key, key, new Date(time + 1000))
    expect([await claim('a'), await claim('b'), await claim('c')]).toEqual([true, true, false])
    expect(await claim('a')).toBe(true)
    await cache.release('a')
    expect([await claim('c'), await claim('d')]).toEqual([true, false])
    time = 1000
    expect([await claim('d'), await claim('e')]).toEqual([true, true])
  })
})
