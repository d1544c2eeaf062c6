import { randomUUID } from 'node:crypto'
import type { OutboundMessage, SenderEnvironment } from '../sender.ts'

/** Stands in every secret of these tests; nothing that a sender says may hold it. */
export const canary = 'canary-5f0c1d9e'

/** Lets senders reach the servers of a test, and nothing else that is private. */
export const loopbackAllowed: SenderEnvironment = { allowedPrivateNetworks: ['127.0.0.1'] }

/** The same, where every name is one of 127.0.0.1. */
export const namesAllowed: SenderEnvironment = {
  ...loopbackAllowed,
  lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
}

/** What a sender says of a server whose certificate it cannot trust. */
export const untrusted = { delivered: false, retryable: false, code: 'tls_failed' }

/** A message with bytes that are no text, and with spaces, quotes and letters beyond ASCII in its headers. */
export function makeMessage(changes: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: `msg_${randomUUID()}`,
    type: 'invoice.paid',
    timestamp: new Date('2026-03-01T12:34:56.789Z'),
    contentType: 'application/octet-stream',
    headers: { 'Webhook-Signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=', 'X-Note': '“two words”; æøå' },
    body: Buffer.from([0, 1, 2, 255, 254, 13, 10, 0]),
    key: null,
    ...changes,
  }
}

/** So many messages that differ in their bodies. */
export function makeMessages(count: number, changes: Partial<OutboundMessage> = {}): OutboundMessage[] {
  return Array.from({ length: count }, (_, index) => makeMessage({ body: Buffer.from(`body ${index}`), ...changes }))
}

/** What a message's headers are, as a receiver finds them. */
export function expectedHeaders(message: OutboundMessage): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-type': message.type,
    'webhook-timestamp': '1772368496',
    'content-type': message.contentType,
    'webhook-signature': message.headers['Webhook-Signature'] ?? '',
    'x-note': message.headers['X-Note'] ?? '',
  }
}

/** For senders whose time is not up. */
export const open = () => ({ signal: new AbortController().signal })
