import { setTimeout as sleep } from 'node:timers/promises'
import { verifySignature } from '@koble/core/signatures'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../define-provider.ts'
import { readSource } from '../read-source.ts'
import { vippsRecurring } from '../services/vipps-recurring/vipps-recurring.ts'
import { vippsSandboxKeys, vippsSignature } from '../vipps.ts'
import { createStandIn } from './vipps.ts'

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a third party answers, looked at field by field
  body: any
}

let vipps: LocalServer
let token: string
beforeEach(async () => {
  vipps = await startLocalServer((request, response) => listener(request, response))
  const listener = await createStandIn({ origin: vipps.origin, publicUrl: 'http://127.0.0.1:1' })
  token = (await send('POST /accesstoken/get', { headers: keys })).body.access_token
})
afterEach(() => vipps.close())

const system = {
  'vipps-system-name': 'acme',
  'vipps-system-version': '1',
  'vipps-system-plugin-name': 'acme',
  'vipps-system-plugin-version': '1',
}
const merchant = {
  ...system,
  'ocp-apim-subscription-key': vippsSandboxKeys.subscriptionKey,
  'merchant-serial-number': vippsSandboxKeys.merchantSerialNumber,
}
const keys = { ...merchant, client_id: vippsSandboxKeys.clientId, client_secret: vippsSandboxKeys.clientSecret }

async function send(target: string, { headers, body }: { headers: Record<string, string>; body?: unknown }) {
  const [method = '', path = ''] = target.split(' ')
  const json = body === undefined ? undefined : JSON.stringify(body)
  const response = await fetch(vipps.origin + path, { method, headers, body: json ?? null, redirect: 'manual' })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text } as Answer
}

const call = (target: string, body?: unknown, key: string = crypto.randomUUID()) =>
  send(target, { headers: { ...merchant, authorization: `Bearer ${token}`, 'idempotency-key': key }, body })
const codeOf = ({ body }: Answer) =>
  body.extraDetails?.find(({ name }: { name: string }) => name === 'ErrorCode')?.reason
const nok = (value: number) => ({ currency: 'NOK', value })
const payment = (reference: string, value = 49900) => ({
  amount: nok(value),
  paymentMethod: { type: 'WALLET' },
  reference,
  userFlow: 'WEB_REDIRECT',
  returnUrl: 'https://example.com/return',
})
const at = '/epayment/v1/payments'
const modify = (reference: string, what: string, value: number) =>
  call(`POST ${at}/${reference}/${what}`, { modificationAmount: nok(value) })
const approve = (reference: string) =>
  call(`POST /epayment/v1/test/payments/${reference}/approve`, { customer: { phoneNumber: '4712345678' } })

describe('a token', () => {
  test('is given for the keys in headers, with its lifetime as a text, and for nothing less', async () => {
    expect((await send('POST /accesstoken/get', { headers: keys })).body).toMatchObject({
      token_type: 'Bearer',
      expires_in: '3599',
    })
    for (const name of ['client_id', 'client_secret', 'ocp-apim-subscription-key', 'merchant-serial-number']) {
      const headers = { ...keys, [name]: 'other' }
      expect((await send('POST /accesstoken/get', { headers })).status, name).toBe(401)
    }
    const inBody = { headers: keys, body: { grant_type: 'client_credentials' } }
    expect((await send('POST /accesstoken/get', inBody)).status).toBe(400)
  })

  test('opens nothing without the other headers of a merchant', async () => {
    const headers: Record<string, string> = { ...merchant, authorization: `Bearer ${token}` }
    const read = async (given: Record<string, string>) => {
      return (await send('GET /webhooks/v1/webhooks', { headers: given })).status
    }
    expect(await read(headers)).toBe(200)
    for (const name of ['ocp-apim-subscription-key', 'merchant-serial-number', 'authorization']) {
      expect(await read({ ...headers, [name]: 'other' }), name).toBe(401)
    }
    expect(await read({ ...headers, authorization: token })).toBe(401)
    expect(await read({ ...headers, 'vipps-system-name': 'x'.repeat(31) })).toBe(400)
  })
})

describe('a payment', () => {
  test('is captured only once it is approved, and keeps its state through all that follows', async () => {
    expect((await call(`POST ${at}`, payment('order-0001'))).status).toBe(201)
    expect(codeOf(await modify('order-0001', 'capture', 100))).toBe('6080')
    expect((await approve('order-0001')).status).toBe(200)
    expect(codeOf(await modify('order-0001', 'capture', 49901))).toBe('6090')
    await modify('order-0001', 'capture', 30000)
    expect(codeOf(await modify('order-0001', 'refund', 30001))).toBe('6150')
    await modify('order-0001', 'refund', 10000)
    expect((await call(`POST ${at}/order-0001/cancel`)).body).toMatchObject({
      state: 'AUTHORIZED',
      aggregate: {
        authorizedAmount: nok(49900),
        capturedAmount: nok(30000),
        refundedAmount: nok(10000),
        cancelledAmount: nok(19900),
      },
    })
    expect(codeOf(await modify('order-0001', 'capture', 1))).toBe('6070')
    const { body: events } = await call(`GET ${at}/order-0001/events`)
    const names = events.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['CREATED', 'AUTHORIZED', 'CAPTURED', 'REFUNDED', 'CANCELLED'])
  })

  test('that is cancelled before its approval is terminated, and after it only where that was meant', async () => {
    await call(`POST ${at}`, payment('order-0002'))
    expect((await call(`POST ${at}/order-0002/cancel`)).body.state).toBe('TERMINATED')
    expect(codeOf(await approve('order-0002'))).toBe('6230')
    await call(`POST ${at}`, payment('order-0003'))
    await approve('order-0003')
    expect(codeOf(await call(`POST ${at}/order-0003/cancel`, { cancelTransactionOnly: true }))).toBe('6060')
  })

  test('is answered by its customer at the page of the link, who then returns', async () => {
    const { body } = await call(`POST ${at}`, payment('order-0004'))
    expect(await (await fetch(body.redirectUrl)).text()).toContain('499.00 NOK')
    const form = { method: 'POST', body: new URLSearchParams({ answer: 'reject' }), redirect: 'manual' } as const
    expect((await fetch(body.redirectUrl, form)).headers.get('location')).toBe('https://example.com/return')
    expect((await call(`GET ${at}/order-0004`)).body.state).toBe('ABORTED')
  })

  test.each([
    ['6010', { amount: nok(99) }],
    ['4040', { amount: nok(100.5) }],
    ['5040', { amount: { currency: 'SEK', value: 100 } }],
    ['4140', { returnUrl: undefined }],
    ['4070', { customer: { phoneNumber: '+4712345678' } }],
    ['4080', { profile: { scope: 'nationality' } }],
    ['4100', { metadata: { a: '1', b: '2', c: '3', d: '4', e: '5', f: '6' } }],
    ['5020', { shipping: { fixedOptions: [] }, profile: { scope: 'name' } }],
    [undefined, { notAField: 1 }],
    [undefined, { reference: 'no spaces' }],
  ])('is refused with %s for %j', async (code, change) => {
    const answer = await call(`POST ${at}`, { ...payment('order-0005'), ...change })
    expect(answer.status).toBe(400)
    expect(codeOf(answer)).toBe(code)
  })
})

describe('an idempotency key', () => {
  test('makes a repetition harmless, and is no good for another request', async () => {
    await call(`POST ${at}`, payment('order-0006'))
    await approve('order-0006')
    const capture = (value: number) =>
      call(`POST ${at}/order-0006/capture`, { modificationAmount: nok(value) }, 'key-1')
    expect(await capture(100)).toEqual(await capture(100))
    expect((await call(`GET ${at}/order-0006`)).body.aggregate.capturedAmount).toEqual(nok(100))
    const other = await capture(200)
    expect([other.status, codeOf(other)]).toEqual([409, '4010'])
  })

  test('keeps a refusal, too', async () => {
    await call(`POST ${at}`, payment('order-0007'))
    const capture = (key: string) => call(`POST ${at}/order-0007/capture`, { modificationAmount: nok(100) }, key)
    expect(codeOf(await capture('key-2'))).toBe('6080')
    await approve('order-0007')
    expect(codeOf(await capture('key-2'))).toBe('6080')
    expect((await capture('key-3')).status).toBe(200)
  })

  test('is needed, and has an end', async () => {
    expect((await call(`POST ${at}`, payment('order-0008'), '')).status).toBe(400)
    expect((await call(`POST ${at}`, payment('order-0008'), 'x'.repeat(51))).status).toBe(400)
    expect((await call('PATCH /recurring/v3/agreements/agr_active', {}, 'x'.repeat(41))).status).toBe(400)
  })
})

describe('an agreement', () => {
  const base = '/recurring/v3/agreements'
  const draft = {
    pricing: { type: 'LEGACY', amount: 10_000, currency: 'NOK' },
    interval: { unit: 'MONTH', count: 1 },
    productName: 'Newspaper',
    merchantRedirectUrl: 'https://example.com/return',
    merchantAgreementUrl: 'https://example.com/my',
  }
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const charge = {
    amount: 10_000,
    description: 'One',
    due: inDays(5),
    retryDays: 2,
    transactionType: 'RESERVE_CAPTURE',
  }
  const create = async (change: object = {}) => {
    const { body } = await call(`POST ${base}`, { ...draft, ...change })
    await call(`PATCH ${base}/${body.agreementId}/accept`, { phoneNumber: '4712345678' })
    return `${base}/${body.agreementId}`
  }

  test('takes charges once it is accepted, and its end ends those that are not paid', async () => {
    const { body } = await call(`POST ${base}`, draft)
    const one = `${base}/${body.agreementId}`
    expect((await call(`POST ${one}/charges`, charge)).status).toBe(400)
    expect((await call(`PATCH ${one}/accept`, { phoneNumber: '4712345678' })).status).toBe(204)
    const open = (await call(`POST ${one}/charges`, charge)).body.chargeId
    const paid = (await call(`POST ${one}/charges`, { ...charge, transactionType: 'DIRECT_CAPTURE' })).body.chargeId
    expect((await call(`POST /sandbox/charges/${paid}/process`)).body.status).toBe('CHARGED')
    expect((await call(`PATCH ${one}`, { status: 'STOPPED', productName: 'x' })).status).toBe(400)
    expect((await call(`PATCH ${one}`, { status: 'STOPPED' })).status).toBe(204)
    expect((await call(`PATCH ${one}`, { status: 'STOPPED' })).status).toBe(204)
    expect((await call(`GET ${one}/charges/${open}`)).body.status).toBe('CANCELLED')
    expect((await call(`GET ${one}/charges/${paid}`)).body.status).toBe('CHARGED')
    expect((await call(`PATCH ${one}`, { productName: 'x' })).status).toBe(400)
  })

  test('has a charge reserved, captured in part and refunded in part', async () => {
    const one = await create()
    const { chargeId } = (await call(`POST ${one}/charges`, charge)).body
    await call(`POST /sandbox/charges/${chargeId}/process`)
    const act = async (what: string, amount: number) => {
      const { status } = await call(`POST ${one}/charges/${chargeId}/${what}`, { amount, description: 'Some' })
      return [status, (await call(`GET ${one}/charges/${chargeId}`)).body.status]
    }
    expect(await act('capture', 4_000)).toEqual([204, 'PARTIALLY_CAPTURED'])
    expect(await act('capture', 6_001)).toEqual([400, 'PARTIALLY_CAPTURED'])
    expect(await act('capture', 6_000)).toEqual([204, 'CHARGED'])
    expect(await act('refund', 1)).toEqual([204, 'PARTIALLY_REFUNDED'])
    expect(await act('refund', 9_999)).toEqual([204, 'REFUNDED'])
    expect((await call(`DELETE ${one}/charges/${chargeId}`)).status).toBe(400)
  })

  test('takes its initial charge with the approval, under the id that was named', async () => {
    const initialCharge = { amount: 500, description: 'First', transactionType: 'DIRECT_CAPTURE', orderId: 'first-1' }
    const one = await create({ initialCharge })
    expect((await call(`GET ${one}/charges/first-1`)).body).toMatchObject({ status: 'CHARGED', type: 'INITIAL' })
  })

  test.each([
    ['a day too soon', { due: inDays(0) }],
    ['more than five times the price', { amount: 50_001 }],
    ['too many days of retrying', { retryDays: 15 }],
    ['a long description', { description: 'x'.repeat(46) }],
    ['a kind that has to be allowed', { type: 'UNSCHEDULED' }],
  ])('refuses a charge of %s', async (_what, change) => {
    expect((await call(`POST ${await create()}/charges`, { ...charge, ...change })).status).toBe(400)
  })
})

describe('webhooks', () => {
  test('are delivered signed and in order, and again where they are not taken', async () => {
    const seen: { url: string; headers: Record<string, string>; body: Buffer }[] = []
    let refusals = 1
    const receiver = await startLocalServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const url = `${receiver.origin}${request.url}`
      seen.push({ url, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) })
      response.writeHead(refusals-- > 0 ? 503 : 200).end()
    })
    const url = `${receiver.origin}/hook?tenant=42`
    const events = ['authorized', 'captured'].map((name) => `epayments.payment.${name}.v1`)
    const { body } = await call('POST /webhooks/v1/webhooks', { url, events })
    await call(`POST ${at}`, payment('order-0009'))
    await approve('order-0009')
    await modify('order-0009', 'capture', 100)
    while (seen.length < 3) await sleep(20)
    await receiver.close()
    const names = seen.map((delivery) => JSON.parse(delivery.body.toString()).name)
    expect(names).toEqual(['AUTHORIZED', 'AUTHORIZED', 'CAPTURED'])
    for (const delivery of seen) {
      const given = { method: 'POST', ...delivery, url }
      const options = { secrets: [body.secret], now: new Date() }
      expect(verifySignature(vippsSignature, given, options)).toEqual({ verified: true })
    }
  })

  test('tell of agreements and charges in words that the providers read', async () => {
    const seen: Buffer[] = []
    const receiver = await startLocalServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      seen.push(Buffer.concat(chunks))
      response.writeHead(200).end()
    })
    const events = ['agreement-activated', 'charge-reserved', 'charge-canceled', 'agreement-stopped']
    await call('POST /webhooks/v1/webhooks', {
      url: receiver.origin,
      events: events.map((name) => `recurring.${name}.v1`),
    })
    const one = '/recurring/v3/agreements/agr_pending'
    await call(`PATCH ${one}/accept`, { phoneNumber: '4712345678' })
    const due = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    const charge = { amount: 100, description: 'One', due, retryDays: 2, transactionType: 'RESERVE_CAPTURE' }
    await call(`POST ${one}/charges`, { ...charge, orderId: 'order-1' })
    await call('POST /sandbox/charges/order-1/process')
    await call(`PATCH ${one}`, { status: 'STOPPED' })
    while (seen.length < 4) await sleep(20)
    await receiver.close()
    const { eventType, eventId, account } = vippsRecurring.webhooks as Webhooks
    const told = seen.map((body) =>
      [eventType, eventId, account].map((source) => readSource(source as Source, { headers: {}, body })),
    )
    const charged = (name: string) => [
      `recurring.${name}.v1`,
      expect.stringMatching(`^order-1:recurring.${name}.v1:20`),
      '123456',
    ]
    const agreed = (name: string) => [
      `recurring.${name}.v1`,
      expect.stringMatching(`^agr_pending:recurring.${name}.v1:20`),
      '123456',
    ]
    expect(told).toEqual([
      agreed('agreement-activated'),
      charged('charge-reserved'),
      charged('charge-canceled'),
      agreed('agreement-stopped'),
    ])
  })

  test('are taken for public https addresses and known events, 25 for each', async () => {
    const register = (url: string, event = 'epayments.payment.created.v1') =>
      call('POST /webhooks/v1/webhooks', { url, events: [event] })
    expect((await register('http://example.com/hook')).status).toBe(400)
    expect((await register('https://example.com/hook', 'CREATED')).status).toBe(400)
    const { body } = await register('https://example.com/hook')
    const all = await call('GET /webhooks/v1/webhooks')
    expect(JSON.stringify(all.body)).not.toContain(body.secret)
    for (let left = 25 - all.body.webhooks.length; left > 0; left--) await register('https://example.com/hook')
    expect((await register('https://example.com/hook')).status).toBe(400)
    expect((await call(`DELETE /webhooks/v1/webhooks/${body.id}`)).status).toBe(204)
    expect((await call(`DELETE /webhooks/v1/webhooks/${body.id}`)).status).toBe(404)
    expect((await register('https://example.com/hook')).status).toBe(201)
  })
})
