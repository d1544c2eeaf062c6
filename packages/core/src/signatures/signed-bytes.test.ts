import { expect, test } from 'vitest'
import type { SignatureScheme } from './signature-scheme.ts'
import { signedBytes } from './signed-bytes.ts'

const body = Buffer.from('{"a": 1}')
const slack: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  encoding: 'hex',
  header: 'x-slack-signature',
  prefix: 'v0=',
  signedContent: 'v0:{timestamp}:{body}',
  timestamp: { header: 'x-slack-request-timestamp' },
}

test('are those of the scheme, however old the delivery is', () => {
  const headers = { 'x-slack-signature': 'v0=00', 'x-slack-request-timestamp': '1531420618' }
  expect(signedBytes(slack, { headers, body })?.toString()).toBe('v0:1531420618:{"a": 1}')
  const standard = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1614265330' }
  expect(signedBytes({ type: 'standard_webhooks' }, { headers: standard, body })?.toString()).toBe(
    'msg_1.1614265330.{"a": 1}',
  )
  const both: SignatureScheme = { type: 'all_of', schemes: [{ type: 'token', header: 'x-token' }, slack] }
  expect(signedBytes(both, { headers, body })?.toString()).toBe('v0:1531420618:{"a": 1}')
})

test('are unknown where the delivery lacks something of them, and where nothing is signed', () => {
  expect(signedBytes(slack, { headers: { 'x-slack-signature': 'v0=00' }, body })).toBeUndefined()
  expect(signedBytes({ type: 'standard_webhooks' }, { headers: { 'webhook-id': 'msg_1' }, body })).toBeUndefined()
  expect(signedBytes({ type: 'token', header: 'x-token' }, { headers: { 'x-token': 'secret' }, body })).toBeUndefined()
})
