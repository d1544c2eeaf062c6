import type { Destination } from './destination.ts'
import type { Sender } from './sender.ts'

/** `batch` in the configuration of a destination whose messages are gathered. */
interface BatchConfig {
  maxMessages: number
  maxBytes: number
  maxSeconds: number
}

/** When what is gathered for a destination is sent; undefined where each message goes by itself. */
export function batchLimits({ type, config }: Pick<Destination, 'type' | 'config'>): Sender['batch'] {
  const batch = type === 's3' ? (config.batch as BatchConfig | undefined) : undefined
  return batch && { messagesMax: batch.maxMessages, bytesMax: batch.maxBytes, waitMs: batch.maxSeconds * 1000 }
}
