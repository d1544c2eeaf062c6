import type { OutboundMessage } from '@koble/connectors/sender'
import type { DestinationType, OpenDestination } from './destination.ts'

export type { OutboundMessage } from '@koble/connectors/sender'

/** What came back over HTTP. */
export interface ReceivedResponse {
  status: number
  headers: Record<string, string>
  /** Its first 20 KB. */
  body: Buffer
  firstByteMs: number
}

/** What became of one message. The words are ours: neither secrets nor what the receiver said stand in them. */
export type SendResult = { response?: ReceivedResponse } & (
  | { delivered: true; detail?: string }
  | {
      delivered: false
      /** Whether the same message may go through later. */
      retryable: boolean
      code: string
      message: string
      /** As the receiver asked. */
      retryAfterMs?: number
    }
)

/** Sends to one destination. */
export interface Sender {
  /** Says of each message, in the same order, what became of it. Never rejects for a fault of the receiver. */
  send(messages: OutboundMessage[], options: { signal: AbortSignal }): Promise<SendResult[]>
  /** Messages are gathered until one of these is reached; without it each is sent by itself. */
  batch?: { messagesMax: number; bytesMax: number; waitMs: number }
  /** Whether messages could be sent, as far as that can be known without sending one. */
  test?(): Promise<SendResult>
  close?(): Promise<void>
}

/** Makes the sender of a destination. It is made anew when the destination changes. */
export type SenderRegistry = Partial<Record<DestinationType, (destination: OpenDestination) => Sender>>
