import { createEmulator } from 'emulate'
import twilioLibrary from 'twilio'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sandboxSeed } from '../sandbox.ts'
import { twilioSandbox } from '../services/twilio/twilio-sandbox.ts'
import { listen, startStandIn } from './start-stand-in.ts'
import { createStandIn } from './twilio.ts'

const { accountSid = '', keySid = '', keySecret = '' } = twilioSandbox.connectionCredentials ?? {}
const authToken = 'koble-sandbox-twilio-token'
const shop = '+15005550006'
const kari = '+4791234567'

/** A call of Twilio's package. */
interface Asked {
  method: string
  uri: string
  data?: Record<string, string>
  params?: Record<string, string>
}

interface Delivery {
  url: string
  signature: string
  fields: Record<string, string>
}

/** Before the emulated Twilio, with a server in Koble's place, and Twilio's own package whose hosts are all here. */
async function startTwilio() {
  const deliveries: Delivery[] = []
  const koble = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const signature = String(request.headers['x-twilio-signature'])
    const fields = Object.fromEntries(new URLSearchParams(body))
    deliveries.push({ url: koble.origin + request.url, signature, fields })
    response.end()
  })
  const emulator = await createEmulator({ service: 'twilio', port: 0, seed: sandboxSeed(koble.origin) })
  const front = await startStandIn((options) => createStandIn({ ...options, behind: emulator.url }), koble.origin)

  async function call(method: string, path: string, form?: Record<string, string | string[]>, password = keySecret) {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(form ?? {})) for (const one of [value].flat()) body.append(name, one)
    const authorization = `Basic ${Buffer.from(`${keySid}:${password}`).toString('base64')}`
    const answer = await fetch(front.origin + path, { method, headers: { authorization }, ...(form && { body }) })
    const text = await answer.text()
    // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into by tests alone.
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as any }
  }
  const sdk = twilioLibrary(keySid, keySecret, {
    accountSid,
    httpClient: {
      async request({ method, uri, data, params }: Asked) {
        const { pathname, searchParams } = new URL(uri)
        const query = new URLSearchParams([...searchParams, ...Object.entries(params ?? {})])
        const { status, body } = await call(method.toUpperCase(), `${pathname}?${query}`, data)
        return { statusCode: status, body, headers: {} } as never
      },
    } as never,
  })
  return {
    ...{ koble: koble.origin, deliveries, sdk, call },
    async stop(): Promise<void> {
      await front.stop()
      await emulator.close()
      await koble.stop()
    },
  }
}

let twilio: Awaited<ReturnType<typeof startTwilio>>
beforeEach(async () => {
  twilio = await startTwilio()
})
afterEach(() => twilio.stop())

const messagesAt = `/2010-04-01/Accounts/${accountSid}/Messages`
const statusOf = async (sid: string) => (await twilio.sdk.messages(sid).fetch()).status

describe('messages', () => {
  test('are there from the start, the same at every start', async () => {
    const found = await twilio.sdk.messages('SM00000000000000000000000000000001').fetch()
    expect(found).toMatchObject({
      status: 'delivered',
      to: kari,
      from: shop,
      body: 'Your bike is ready.',
      numSegments: '1',
    })
    const other = await startTwilio()
    expect((await other.call('GET', `${messagesAt}.json`)).body).toEqual(
      (await twilio.call('GET', `${messagesAt}.json`)).body,
    )
    await other.stop()
  })

  test('are sent and delivered, which is told in order and signed as Twilio signs', async () => {
    const statusCallback = `${twilio.koble}/hook?c=1#rp=all`
    const sent = await twilio.sdk.messages.create({ to: kari, from: shop, body: 'Hei på deg', statusCallback })
    expect(sent).toMatchObject({ status: 'queued', direction: 'outbound-api', dateSent: null, accountSid })
    await vi.waitFor(() => expect(twilio.deliveries).toHaveLength(2))
    expect(twilio.deliveries.map(({ fields }) => fields['MessageStatus'])).toEqual(['sent', 'delivered'])
    for (const { url, signature, fields } of twilio.deliveries) {
      expect(url).toBe(`${twilio.koble}/hook?c=1`)
      expect(fields).toMatchObject({ MessageSid: sent.sid, AccountSid: accountSid, To: kari, From: shop })
      expect(twilioLibrary.validateRequest(authToken, signature, url, fields)).toBe(true)
      expect(twilioLibrary.validateRequest('another', signature, url, fields)).toBe(false)
    }
    expect((await twilio.sdk.messages(sent.sid).fetch()).dateSent).toBeInstanceOf(Date)
  })

  test('are delivered without anybody being told', async () => {
    const { sid } = await twilio.sdk.messages.create({ to: kari, from: shop, body: 'Hei' })
    await vi.waitFor(async () => expect(await statusOf(sid)).toBe('delivered'))
    expect(twilio.deliveries).toEqual([])
  })

  test.each([
    [{ From: shop, Body: 'Hei' }, 21604],
    [{ To: '91234567', From: shop, Body: 'Hei' }, 21211],
    [{ To: '+15005550001', From: shop, Body: 'Hei' }, 21211],
    [{ To: '+15005550004', From: shop, Body: 'Hei' }, 21610],
    [{ To: kari, Body: 'Hei' }, 21603],
    [{ To: kari, From: '+4759440000', Body: 'Hei' }, 21606],
    [{ To: kari, MessagingServiceSid: 'MG00000000000000000000000000000009', Body: 'Hei' }, 21701],
    [{ To: `whatsapp:${kari}`, From: shop, Body: 'Hei' }, 21910],
    [{ To: kari, From: shop }, 21602],
    [{ To: kari, From: shop, Body: 'x'.repeat(1601) }, 21617],
    [{ To: kari, From: shop, Body: 'Hei', StatusCallback: 'ftp://x' }, 21609],
    [{ To: kari, From: shop, Body: 'Hei', ScheduleType: 'fixed', SendAt: '2027-01-01T00:00:00Z' }, 35118],
  ])('refuses %j as %i', async (form, code) => {
    const before = (await twilio.call('GET', `${messagesAt}.json`)).body.messages
    const { status, body } = await twilio.call('POST', `${messagesAt}.json`, form)
    expect([status, body.code, body.status]).toEqual([400, code, 400])
    expect(body.more_info).toBe(`https://www.twilio.com/docs/errors/${code}`)
    expect((await twilio.call('GET', `${messagesAt}.json`)).body.messages).toEqual(before)
  })

  test('may come from a name, go by WhatsApp, and carry media', async () => {
    const named = { To: kari, From: 'Fjord', Body: 'Hei' }
    expect((await twilio.call('POST', `${messagesAt}.json`, named)).body.from).toBe('Fjord')
    const whatsapp = { To: `whatsapp:${kari}`, From: `whatsapp:${shop}`, Body: 'Hei' }
    expect((await twilio.call('POST', `${messagesAt}.json`, whatsapp)).status).toBe(201)
    const media = { To: kari, From: shop, MediaUrl: ['https://example.com/a.png', 'https://example.com/b.png'] }
    const { body } = await twilio.call('POST', `${messagesAt}.json`, media)
    expect(body).toMatchObject({ sid: expect.stringMatching(/^MM/), num_media: '2' })
    const list = await twilio.call('GET', `${messagesAt}/${body.sid}/Media.json`)
    expect(list.body.media_list).toHaveLength(2)
    const one = await twilio.call('GET', `${messagesAt}/${body.sid}/Media/${list.body.media_list[1].sid}.json`)
    expect(one.body).toEqual(list.body.media_list[1])
  })

  test('of a service go out later, and are cancelled before', async () => {
    const service = await twilio.call('POST', '/messaging/v1/Services', { FriendlyName: 'Shop' })
    const MessagingServiceSid = service.body.sid as string
    const form = { To: kari, MessagingServiceSid, Body: 'Hei' }
    expect((await twilio.call('POST', `${messagesAt}.json`, form)).body.code).toBe(21703)
    await twilio.call('POST', `/messaging/v1/Services/${MessagingServiceSid}/PhoneNumbers`, { PhoneNumber: shop })
    const SendAt = new Date(Date.now() + 3_600_000).toISOString()
    const later = await twilio.call('POST', `${messagesAt}.json`, { ...form, ScheduleType: 'fixed', SendAt })
    expect(later.body).toMatchObject({ status: 'scheduled', from: null, messaging_service_sid: MessagingServiceSid })
    const path = `${messagesAt}/${later.body.sid}.json`
    expect((await twilio.call('DELETE', path)).body.code).toBe(20009)
    expect((await twilio.call('POST', path, { Status: 'canceled' })).body.status).toBe('canceled')
    expect((await twilio.call('POST', path, { Status: 'canceled' })).body.code).toBe(30409)
    const soon = { ...form, ScheduleType: 'fixed', SendAt: new Date().toISOString() }
    expect((await twilio.call('POST', `${messagesAt}.json`, soon)).body.code).toBe(35114)
    const now = await twilio.call('POST', `${messagesAt}.json`, form)
    expect(now.body.status).toBe('accepted')
    await vi.waitFor(async () => expect(await statusOf(now.body.sid)).toBe('delivered'))
  })

  test('are emptied and deleted once they are complete', async () => {
    const { sid } = await twilio.sdk.messages.create({ to: kari, from: shop, body: 'Secret' })
    await vi.waitFor(async () => expect(await statusOf(sid)).toBe('delivered'))
    expect((await twilio.sdk.messages(sid).update({ body: '' })).body).toBe('')
    expect((await twilio.call('POST', `${messagesAt}/${sid}.json`, { Body: 'Other' })).body.code).toBe(20001)
    expect((await twilio.call('DELETE', `${messagesAt}/${sid}.json`)).status).toBe(204)
    await expect(twilio.sdk.messages(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
  })

  test('are listed by number and day, page by page', async () => {
    for (const body of ['1', '2', '3']) await twilio.sdk.messages.create({ to: kari, from: shop, body })
    const bodies: string[] = []
    await twilio.sdk.messages.each({ pageSize: 2 }, ({ body }) => bodies.push(body))
    await vi.waitFor(() => expect(bodies).toEqual(['3', '2', '1', 'Your bike is ready.', 'Is my bike ready?']))
    const page = await twilio.call('GET', `${messagesAt}.json?To=${encodeURIComponent(kari)}&PageSize=3`)
    expect(page.body.messages).toHaveLength(3)
    const next = await twilio.call('GET', page.body.next_page_uri)
    expect(next.body).toMatchObject({ messages: [{ body: 'Your bike is ready.' }], next_page_uri: null, page: 1 })
    expect((await twilio.call('GET', next.body.previous_page_uri)).body.messages).toHaveLength(3)
    const on = async (query: string) => (await twilio.call('GET', `${messagesAt}.json?${query}`)).body.messages.length
    expect(await on('DateSent=2026-11-02')).toBe(2)
    expect(await on('DateSent%3C=2026-11-01')).toBe(0)
    expect(await on('DateSent%3E=2026-11-02&DateSent%3C=2026-11-02&From=%2B4791234567')).toBe(1)
  })

  test('that come in are sent to the address of their number, signed', async () => {
    const numbersAt = `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers`
    const { body } = await twilio.call('GET', `${numbersAt}.json`)
    const number = body.incoming_phone_numbers.find((one: { phone_number: string }) => one.phone_number === shop)
    await twilio.call('POST', `${numbersAt}/${number.sid}.json`, { SmsUrl: `${twilio.koble}/sms` })
    const inbound = { To: shop, From: kari, Body: 'Is it ready now?' }
    const { body: message } = await twilio.call('POST', '/_twilio/simulate/inbound-message', inbound)
    await vi.waitFor(() => expect(twilio.deliveries).toHaveLength(1))
    const [{ url, signature, fields } = { url: '', signature: '', fields: {} }] = twilio.deliveries
    expect(fields).toMatchObject({ Body: 'Is it ready now?', SmsStatus: 'received', From: kari, NumMedia: '0' })
    expect(twilioLibrary.validateRequest(authToken, signature, url, fields)).toBe(true)
    expect(await twilio.sdk.messages(message.sid).fetch()).toMatchObject({ direction: 'inbound', status: 'received' })
  })

  test.each([
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['å'.repeat(160), 1],
    ['ж'.repeat(71), 2],
  ])('of %s are counted in segments', async (body, segments) => {
    const sent = await twilio.sdk.messages.create({ to: kari, from: shop, body })
    expect(sent.numSegments).toBe(String(segments))
  })
})

describe('a look-up', () => {
  const lookUp = (number: string) => twilio.sdk.lookups.v2.phoneNumbers(number)

  test('reads a number as it is dialled in a country', async () => {
    expect(await lookUp('91234567').fetch({ countryCode: 'NO' })).toMatchObject({
      ...{ valid: true, phoneNumber: kari, countryCode: 'NO', callingCountryCode: '47', nationalFormat: '91 23 45 67' },
      ...{ validationErrors: [], lineTypeIntelligence: null },
    })
    expect(await lookUp('(415) 867-5309').fetch()).toMatchObject({ phoneNumber: '+14158675309', countryCode: 'US' })
  })

  test('tells the kind of line only where it is asked', async () => {
    const fields = 'line_type_intelligence'
    const mobile = await lookUp(kari).fetch({ fields })
    expect(mobile.lineTypeIntelligence).toMatchObject({ type: 'mobile', mobileCountryCode: '242' })
    expect((await lookUp('+4722824600').fetch({ fields })).lineTypeIntelligence).toMatchObject({ type: 'landline' })
    await expect(lookUp(kari).fetch({ fields: 'shoe_size' })).rejects.toMatchObject({ status: 400 })
  })

  test('says what is wrong with a number that is none', async () => {
    const problemsOf = async (number: string) => {
      const { valid, validationErrors } = await lookUp(number).fetch({ countryCode: 'NO' })
      return [valid, validationErrors]
    }
    expect(await problemsOf('9123')).toEqual([false, ['TOO_SHORT']])
    expect(await problemsOf('+479123456789012345')).toEqual([false, ['TOO_LONG']])
    expect(await problemsOf('bikes')).toEqual([false, ['NOT_A_NUMBER']])
    expect((await twilio.call('GET', '/v2/PhoneNumbers/91234567?CountryCode=norway')).status).toBe(400)
  })
})

test('nobody is answered without a key that the account has, nor about another account', async () => {
  const other = `/2010-04-01/Accounts/AC${'f'.repeat(32)}/Messages.json`
  for (const path of [`${messagesAt}.json`, '/v2/PhoneNumbers/91234567', `${messagesAt}/SM1.json`]) {
    expect(await twilio.call('GET', path, undefined, 'wrong')).toMatchObject({ status: 401, body: { code: 20003 } })
  }
  expect((await twilio.call('POST', `${messagesAt}.json`, { To: kari }, 'wrong')).status).toBe(401)
  expect((await twilio.call('GET', other)).status).toBe(404)
})

test('what is not ours is answered by the emulated Twilio', async () => {
  expect(await twilio.sdk.api.v2010.accounts(accountSid).fetch()).toMatchObject({ friendlyName: 'Fjord Bikes' })
  const twiml = '<Response><Say>Hei</Say></Response>'
  expect(await twilio.sdk.calls.create({ to: kari, from: shop, twiml })).toMatchObject({ direction: 'outbound-api' })
})
