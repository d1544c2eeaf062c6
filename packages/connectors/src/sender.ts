import type { LookupFunction } from 'node:net'
import type { AddressPolicy } from '@koble/core/http'

/** One message on its way out. */
export interface OutboundMessage {
  /** Stays the same however often the message is sent: receivers recognise a repetition by it. */
  id: string
  /** What it tells of, such as `invoice.paid`. */
  type: string
  timestamp: Date
  /** Of the body, such as `application/json`. */
  contentType: string
  /** Go along as the protocol's own headers. A `webhook-…` header given here stands in place of the one we would add. */
  headers: Record<string, string>
  body: Buffer
  /** Messages with the same key stay in order where the protocol can do that; null where order does not matter. */
  key: string | null
}

/** Why a message was not delivered. The words are ours: neither secrets nor what the receiver said stand in them. */
export interface SendFailure {
  delivered: false
  /** Whether the same message may go through later without anybody changing anything. */
  retryable: boolean
  code: SendFailureCode
  message: string
  /** When to try again, where the receiver said so. */
  retryAfterMs?: number
}

/** What became of one message. */
export type SendResult =
  | {
      delivered: true
      /** Where it lies now: partition and offset, sequence, key of the object. */
      detail?: string
    }
  | SendFailure

/**
 * Stable words for what went wrong:
 * `access_refused` wrong or insufficient credentials, which may just be being replaced, `address_refused` an address that may not be called,
 * `invalid_message` a message that the protocol cannot carry, `not_found` no such exchange, topic, stream or bucket,
 * `rejected` the receiver does not want it, `timeout` no answer in time, `tls_failed` no trusted connection,
 * `too_large`, `unavailable` not reached, gone in between or overloaded, `unroutable` taken, but no queue is bound.
 */
export type SendFailureCode =
  | 'access_refused'
  | 'address_refused'
  | 'invalid_message'
  | 'not_found'
  | 'rejected'
  | 'timeout'
  | 'tls_failed'
  | 'too_large'
  | 'unavailable'
  | 'unroutable'

/** Sends to one destination. It keeps one connection, opened when it is first needed. */
export interface Sender {
  /**
   * Sends these messages and says of each, in the same order, what became of it. `delivered` means that the receiver has
   * confirmed it. What was under way when the connection died, when time ran out or when the signal was aborted may have
   * arrived all the same; it is reported as retryable. Never rejects for a fault of the receiver.
   */
  send(messages: readonly OutboundMessage[], options: { signal: AbortSignal }): Promise<SendResult[]>
  /** Whether messages could be sent, as far as that can be known without sending one. */
  test(): Promise<SendResult>
  /** Waits for what is under way, and ends the connection. What is sent afterwards fails. */
  close(): Promise<void>
}

/** What surrounds a sender: where it may connect to, and how long it waits. */
export interface SenderEnvironment extends AddressPolicy {
  /** Resolves names instead of the system's resolver; asked for all addresses of a name. */
  lookup?: LookupFunction
  /** Until a connection stands, TLS and sign-in included. 10,000 unless said otherwise. */
  connectTimeoutMs?: number
  /** For one `send` or `test` as a whole. 30,000 unless said otherwise. */
  sendTimeoutMs?: number
  /** A connection that nothing was sent over for so long is closed; the next message opens another. 60,000 unless said otherwise. */
  idleTimeoutMs?: number
}
