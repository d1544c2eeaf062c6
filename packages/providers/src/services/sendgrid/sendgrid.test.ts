import { verifySignature } from '@koble/core/signatures'
import { describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readAccount, readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { sendgrid } from './sendgrid.ts'

const webhooks = sendgrid.webhooks as Webhooks

// The vector of SendGrid's own library: https://github.com/sendgrid/sendgrid-nodejs/tree/main/packages/eventwebhook
const publicKey =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=='
const headers = {
  'content-type': 'application/json',
  'x-twilio-email-event-webhook-timestamp': '1600112502',
  'x-twilio-email-event-webhook-signature':
    'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
}
const event =
  '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
const verify = (body: string, secrets = [publicKey], at = new Date()) =>
  verifySignature(webhooks.signature, { headers, body: Buffer.from(body) }, { secrets, now: at })

describe('SendGrid webhooks', () => {
  test('accept the published example byte by byte, also when it is tried again days later', () => {
    expect(verify(event)).toEqual({ verified: true })
    expect(verify(event, [publicKey], new Date(1600112502_000 + 2 * 86_400_000))).toEqual({ verified: true })
    expect(verify(event.trimEnd()).verified).toBe(false)
    expect(verify(event, ['another-key']).verified).toBe(false)
    expect(verify(event, []).verified).toBe(false)
  })

  test('are one delivery with the ids of all of its events', () => {
    const batch = (...items: object[]) => ({ headers, body: Buffer.from(JSON.stringify(items)) })
    const two = batch({ event: 'delivered', sg_event_id: 'a' }, { event: 'open', sg_event_id: 'b' })
    expect(readSource(webhooks.eventType, two)).toBe('delivered')
    expect(readSource(webhooks.eventId as Source, two)).toBe('a,b')
    // Without all of the ids the bytes decide what is a duplicate.
    const partly = batch({ event: 'open', sg_event_id: 'a' }, { event: 'open' })
    expect(readSource(webhooks.eventId as Source, partly)).toBeUndefined()
  })
})

describe('SendGrid', () => {
  test('keeps the EU to itself', () => {
    expect(resolveProvider(sendgrid).api.baseUrl).toBe('https://api.sendgrid.com')
    const eu = resolveProvider(sendgrid, { config: { apiHost: 'api.eu.sendgrid.com' } })
    expect(eu.account?.fallback?.url).toBe('https://api.eu.sendgrid.com/v3/scopes')
  })

  test('shows whose account it is; a key that may only send is tried on its scopes', () => {
    const account = resolveProvider(sendgrid).account
    if (!account) throw new Error('there is no account call')
    expect(readAccount(account, { username: 'fjord', user_id: 4711 })).toEqual({ id: '4711', label: 'fjord' })
    expect(account.fallback?.statuses).toEqual([401, 403])
  })
})
