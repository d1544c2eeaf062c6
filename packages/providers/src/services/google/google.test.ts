import { createAuthorizationRequest } from '@koble/core/oauth'
import { answerHandshake, verifySignature } from '@koble/core/signatures'
import { expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { type ResolvedOAuth2, resolveProvider } from '../../resolve-provider.ts'
import { google } from './google.ts'

const webhooks = google.webhooks as Webhooks
const headers = {
  'x-goog-channel-id': '01234567-89ab-cdef-0123456789ab',
  'x-goog-channel-token': 't0k3n-of-the-channel',
  'x-goog-resource-state': 'sync',
  'x-goog-message-number': '1',
}

test('a push notification with an empty body is accepted by its channel token alone', () => {
  const options = { secrets: ['t0k3n-of-the-channel'], now: new Date() }
  const body = Buffer.alloc(0)
  expect(verifySignature(webhooks.signature, { headers, body }, options)).toEqual({ verified: true })
  const { 'x-goog-channel-token': _, ...without } = headers
  expect(verifySignature(webhooks.signature, { headers: without, body }, options)).toMatchObject({
    reason: 'header_missing',
  })
})

test('the first message of a channel is a handshake that must still carry the token', () => {
  const sync = { headers, method: 'POST', body: Buffer.alloc(0) }
  const answer = (delivery: typeof sync) => answerHandshake(webhooks.handshakes ?? [], delivery, { secrets: [] })
  expect(answer(sync)).toMatchObject({ signed: true, status: 200, body: '' })
  expect(answer({ ...sync, headers: { ...headers, 'x-goog-resource-state': 'exists' } })).toBeNull()
})

test('a message is told from others by its channel and its number', () => {
  const id = (changes: object) =>
    readSource(webhooks.eventId as Source, { headers: { ...headers, ...changes }, body: Buffer.alloc(0) })
  expect(id({})).toBe('01234567-89ab-cdef-0123456789ab:1')
  expect(id({ 'x-goog-message-number': '2' })).not.toBe(id({}))
  expect(id({ 'x-goog-channel-id': undefined })).toBeUndefined()
})

test('consent is asked for anew and for offline access, or no refresh token would come', async () => {
  const { clientKey: _key, dpop: _bound, ...auth } = resolveProvider(google).auth as ResolvedOAuth2
  const client = {
    clientId: 'c',
    clientSecret: 's',
    redirectUri: 'https://koble.example/cb',
    scopes: ['openid'],
    fetch,
  }
  const { url } = await createAuthorizationRequest({ ...auth, ...client })
  const asked = Object.fromEntries(new URL(url).searchParams)
  expect(asked).toMatchObject({ access_type: 'offline', prompt: 'consent', code_challenge_method: 'S256' })
  expect(asked).not.toHaveProperty('include_granted_scopes')
  expect(auth.incrementalParams).toEqual({ include_granted_scopes: 'true' })
})
