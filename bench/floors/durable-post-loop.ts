import type { Agent } from 'undici'
import { request } from 'undici'
import type { Database } from '../../apps/server/src/database/client.ts'
import { timedId } from '../../apps/server/src/database/uuid-time.ts'
import { createEndWriter } from '../../apps/server/src/modules/webhooks-out/end-writer.ts'
import type { OutgoingMessage } from '../../apps/server/src/modules/webhooks-out/message.ts'
import {
  type ClaimedDelivery,
  createOutboundStore,
  type DeliveryEnd,
} from '../../apps/server/src/modules/webhooks-out/store.ts'

/** Whom it claims as: no node has this number. */
const node = 2_000_000
const claimedAtOnce = 400
const leaseMs = 60_000

/**
 * The floor of a delivery that is kept in the database: the bare loop of undici POSTs, with the very statements and
 * batches that Koble leases, reads and ends deliveries with. Nothing is matched, signed, limited, retried or counted, and
 * there is one destination. Resolves when all of its backlog is posted and written down.
 */
export async function postDurably(
  database: Database,
  target: { destinationId: string; url: URL; dispatcher: Agent; concurrency: number },
): Promise<void> {
  const { destinationId, url, dispatcher, concurrency } = target
  const store = createOutboundStore(database)
  const writer = createEndWriter({
    write: (ends) => store.end(ends, { node, now: new Date(), failingBefore: new Date(0) }),
    isPassing: () => false,
    onFailing: () => {},
    onLost: (error) => console.error(error),
  })
  const queue: { row: ClaimedDelivery; message: OutgoingMessage }[] = []
  let filling: Promise<void> | null = null
  let isAtEnd = false

  async function fill(): Promise<void> {
    const now = new Date()
    const leasedUntil = new Date(now.getTime() + leaseMs)
    const rows = await store.claim([{ destinationId, room: claimedAtOnce, leasedUntil }], node, now)
    isAtEnd = rows.length === 0
    const messages = isAtEnd ? new Map() : await store.loadMessages(rows.map(({ messageId }) => messageId))
    for (const row of rows) queue.push({ row, message: messages.get(row.messageId) as OutgoingMessage })
    filling = null
  }

  async function next() {
    if (queue.length < claimedAtOnce / 2 && !isAtEnd) filling ??= fill()
    while (queue.length === 0 && !isAtEnd) {
      filling ??= fill()
      await filling
    }
    return queue.shift()
  }

  async function loop(): Promise<void> {
    for (let one = await next(); one !== undefined; one = await next()) {
      const { row, message } = one
      const { id } = timedId()
      const startedAt = performance.now()
      const answer = await request(url, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'webhook-id': message.id },
        body: message.body,
      })
      await answer.body.dump()
      void writer.add(endOf(row, message, { id, status: answer.statusCode, durationMs: performance.now() - startedAt }))
    }
  }

  await Promise.all(Array.from({ length: concurrency }, loop))
  await writer.stop(leaseMs)
}

function endOf(
  { destinationId, createdAt }: ClaimedDelivery,
  message: OutgoingMessage,
  { id, status, durationMs }: { id: string; status: number; durationMs: number },
): DeliveryEnd {
  return {
    messageId: message.id,
    destinationId,
    createdAt,
    organizationId: message.organizationId,
    status: 'delivered',
    step: 0,
    nextAttemptAt: null,
    errorCode: null,
    errorMessage: null,
    attempt: {
      id,
      at: new Date(),
      number: 1,
      succeeded: true,
      target: 'https://localhost/hook',
      responseStatus: status,
      responseHeaders: {},
      responseBody: null,
      firstByteMs: durationMs,
      durationMs,
    },
  }
}
