import { expect, test } from 'vitest'
import { generateSecret, type SignatureScheme } from './index.ts'

const hmac: SignatureScheme = { type: 'hmac', algorithm: 'sha256', header: 'x', encoding: 'hex' }

test.each<[string, SignatureScheme, RegExp]>([
  ['Standard Webhooks', { type: 'standard_webhooks' }, /^whsec_[A-Za-z0-9+/]{43}=$/],
  ['text as the key', hmac, /^[A-Za-z0-9_-]{43}$/],
  ['base64 as the key', { ...hmac, secretEncoding: 'base64' }, /^[A-Za-z0-9+/]{43}=$/],
  ['hex as the key', { ...hmac, secretEncoding: 'hex' }, /^[0-9a-f]{64}$/],
  ['a token', { type: 'token', header: 'x' }, /^[A-Za-z0-9_-]{43}$/],
  ['a token in the body', { type: 'body_token', path: 'a' }, /^[A-Za-z0-9_-]{43}$/],
])('proposes a new secret of 32 bytes in the form of the scheme: %s', (_, scheme, form) => {
  expect(generateSecret(scheme)).toMatch(form)
  expect(generateSecret(scheme)).not.toBe(generateSecret(scheme))
})
