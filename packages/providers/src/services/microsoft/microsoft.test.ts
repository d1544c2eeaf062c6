import { answerHandshake, type Delivery, verifySignature } from '@koble/core/signatures'
import { describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { microsoft } from './microsoft.ts'

const webhooks = microsoft.webhooks as Webhooks
const secret = 'a-client-state-of-ours'
const notification = {
  id: 'n1',
  subscriptionId: 's1',
  clientState: secret,
  changeType: 'updated',
  resource: 'Users/1/Messages/2',
  resourceData: { '@odata.etag': 'W/"1"', id: '2' },
}
const delivery = (...value: object[]) => ({ headers: {}, body: Buffer.from(JSON.stringify({ value })) })
const verify = (...value: object[]) => {
  return verifySignature(webhooks.signature, delivery(...value), { secrets: [secret], now: new Date() }).verified
}

describe('Microsoft Graph change notifications', () => {
  test('are accepted only when every one carries our client state', () => {
    expect(verify(notification, { ...notification, id: 'n2' })).toBe(true)
    expect(verify(notification, { ...notification, clientState: 'another' })).toBe(false)
    expect(verify(notification, { ...notification, clientState: undefined })).toBe(false)
    expect(verify()).toBe(false)
  })

  test('are one event per delivery, named by all of its notifications', () => {
    const id = (...value: object[]) => readSource(webhooks.eventId as Source, delivery(...value))
    expect(id(notification)).toBe('n1')
    expect(id(notification, { ...notification, id: 'n2' })).toBe('n1,n2')
    const { id: _, ...unnamed } = notification
    expect(id(unnamed)).toBe('s1:Users/1/Messages/2:updated:W/"1"')
    expect(id(notification, unnamed)).toBe('s1:Users/1/Messages/2:updated:W/"1",s1:Users/1/Messages/2:updated:W/"1"')
    expect(id({ ...unnamed, resourceData: { id: '2' } })).toBeUndefined()
  })

  test('tell their kind, a lifecycle notification before a change', () => {
    expect(readSource(webhooks.eventType, delivery(notification))).toBe('updated')
    expect(readSource(webhooks.eventType, delivery({ lifecycleEvent: 'missed', clientState: secret }))).toBe('missed')
  })

  test('begin with an unsigned check, answered with the decoded token as plain text', () => {
    const search =
      '?validationToken=Validation%3A+Testing+client+application+reachability+for+subscription+Request-Id%3A+x'
    const url = 'https://koble.example.com/webhooks/microsoft/token'
    const check = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(0) }
    const answer = (request: Delivery) => answerHandshake(webhooks.handshakes ?? [], request, { secrets: [] })
    expect(answer({ ...check, url: url + search })).toMatchObject({
      signed: false,
      headers: { 'content-type': expect.stringMatching(/^text\/plain/) },
      body: 'Validation: Testing client application reachability for subscription Request-Id: x',
    })
    expect(answer({ ...delivery(notification), method: 'POST', url })).toBeNull()
  })
})
