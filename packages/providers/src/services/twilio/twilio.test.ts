import { createHash } from 'node:crypto'
import { verifySignature } from '@koble/core/signatures'
import twilioLibrary from 'twilio'
import { describe, expect, test } from 'vitest'
import { authMethodOf } from '../../auth-methods.ts'
import type { Source, Webhooks } from '../../define-provider.ts'
import { connectionFields } from '../../fields.ts'
import { readSource } from '../../read-source.ts'
import { placeKey, resolveProvider } from '../../resolve-provider.ts'
import { twilio } from './twilio.ts'

const webhooks = twilio.webhooks as Webhooks
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const now = new Date('2026-11-02T08:15:00Z')
const verify = (delivery: Parameters<typeof verifySignature>[1], secret: string) =>
  verifySignature(webhooks.signature, { method: 'POST', ...delivery }, { secrets: [secret], now })
const deliveryOf = (fields: Record<string, string>) => ({
  headers: form,
  body: Buffer.from(new URLSearchParams(fields).toString()),
})

describe('Twilio webhooks', () => {
  // https://www.twilio.com/docs/usage/security#test-the-validity-of-your-webhook-signature
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  const call = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  }

  test('accept the published example, and not with another parameter or URL', () => {
    const headers = { ...form, 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }
    const { body } = deliveryOf(call)
    expect(verify({ headers, body, url }, '12345')).toEqual({ verified: true })
    expect(verify({ headers, body: deliveryOf({ ...call, Digits: '1235' }).body, url }, '12345').verified).toBe(false)
    expect(verify({ headers, body, url: `${url}&baz=3` }, '12345').verified).toBe(false)
  })

  test('accept JSON, whose hash stands in the URL', () => {
    const body = Buffer.from('{"property": "value", "boolean": true}')
    const signed = `${url}&bodySHA256=${createHash('sha256').update(body).digest('hex')}`
    const headers = { 'content-type': 'application/json', 'x-twilio-signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' }
    expect(verify({ headers, body, url: signed }, '12345')).toEqual({ verified: true })
    expect(verify({ headers, body: Buffer.from('{}'), url: signed }, '12345').verified).toBe(false)
  })

  const status = {
    AccountSid: 'AC00000000000000000000000000000001',
    ApiVersion: '2010-04-01',
    From: '+4759440000',
    MessageSid: 'SM00000000000000000000000000000001',
    MessageStatus: 'delivered',
    To: '+4791234567',
  }

  test("agree with Twilio's own library on a delivery report", () => {
    const hook = 'https://hooks.example.no/in/twilio?c=42'
    const secret = 'twilio_auth_token_test'
    const signature = twilioLibrary.getExpectedTwilioSignature(secret, hook, status)
    expect(signature).toBe('lSv3oIcD7ekbcgWb8tA5Xi5ULHU=')
    const headers = { ...form, 'x-twilio-signature': signature }
    expect(verify({ headers, body: deliveryOf(status).body, url: hook }, secret)).toEqual({ verified: true })
  })

  test('tell each state of a message or call apart, and whose account it is', () => {
    const read = (source: Source, fields: Record<string, string>) => readSource(source, deliveryOf(fields))
    const eventId = webhooks.eventId as Source
    expect(read(webhooks.eventType, status)).toBe('message.delivered')
    expect(read(eventId, status)).toBe('SM00000000000000000000000000000001:delivered')
    expect(read(webhooks.account as Source, status)).toBe('AC00000000000000000000000000000001')
    const received = { MessageSid: 'SM1', SmsStatus: 'received', Body: 'Hei', From: '+4791234567' }
    expect(read(webhooks.eventType, received)).toBe('message.received')
    expect(read(eventId, received)).toBe('SM1:received')
    const progress = { CallSid: 'CA1', CallStatus: 'in-progress', SequenceNumber: '2' }
    expect(read(webhooks.eventType, progress)).toBe('call.in-progress')
    expect(read(eventId, progress)).toBe('CA1:in-progress:2')
  })
})

describe('Twilio credentials', () => {
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const fieldsOf = (type: string) => connectionFields(twilio, authMethodOf(twilio, type)).map(({ key }) => key)
  const accountSid = 'AC0123456789abcdef0123456789abcdef'

  test('are an API key beside the account, or the account with its auth token', () => {
    expect(fieldsOf('api_key')).toEqual(['keySid', 'keySecret', 'accountSid'])
    expect(fieldsOf('basic')).toEqual(['authToken', 'accountSid'])
    const { auth } = resolveProvider(twilio)
    if (auth.type !== 'api_key') throw new Error('the usual method is an API key')
    const placed = placeKey(auth.placement, { accountSid, keySid: 'SK1', keySecret: 's3cret' })
    expect(placed).toEqual({ in: 'header', name: 'authorization', value: basic('SK1', 's3cret') })
    const other = resolveProvider(twilio, { authMethod: 'basic' }).auth
    expect(other).toMatchObject({ type: 'basic', username: '{accountSid}', password: '{authToken}' })
  })

  test('are used in the region of the account', () => {
    expect(resolveProvider(twilio).api.baseUrl).toBe('https://api.twilio.com')
    const irish = resolveProvider(twilio, { config: { apiHost: 'api.dublin.ie1.twilio.com' } })
    expect(irish.account?.url).toBe('https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/{accountSid}.json')
  })
})
