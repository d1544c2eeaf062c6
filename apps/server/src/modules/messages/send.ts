import type { SentMessage } from '@koble/contract/messages'
import type { KobleError } from '@koble/core/errors'
import { createBatcher } from '../../database/batcher.ts'
import type { Query } from '../../database/client.ts'
import { timedId } from '../../database/uuid-time.ts'
import { apiError } from '../../http/problems.ts'
import type { NewMessage, OutboundService } from '../webhooks-out/service.ts'
import type { MessageKey, MessageStore } from './store.ts'

/** A message whose data was checked. */
export interface CheckedMessage {
  organizationId: string
  eventType: string
  eventTypeVersion: number | null
  externalUserId: string | null
  externalId: string | null
  orderingKey: string | null
  /** JSON. */
  data: Buffer
  /** Of all that makes it the same message. */
  contentHash: string
}

/** Sends messages, all or none; throws `message_id_reused` when an id belongs to something else. */
export type Send = (messages: CheckedMessage[]) => Promise<SentMessage[]>

interface Known {
  messageId: string
  contentHash: string
  createdAt: Date
  /** Not known before it is published. */
  deliveries: number | null
}

type Verdict = { refused: KobleError } | { ids: { known: Known; message: CheckedMessage }[] }

/** Somebody took an id between the look and the leap. */
class KeyTaken extends Error {}
const triesMax = 5

/**
 * Writes what arrives at the same time in one transaction: ids of callers, messages and deliveries. It is answered when
 * that is committed, and sent from memory then where this node sends.
 */
export function createSend(store: MessageStore, outbound: Pick<OutboundService, 'publish' | 'offer'>): Send {
  async function write(requests: CheckedMessage[][]): Promise<Verdict[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        const { verdicts, leased } = await store.transaction((query) => writeOnce(requests, query))
        outbound.offer(leased)
        return verdicts
      } catch (error) {
        if (!(error instanceof KeyTaken) || tries === triesMax) throw error
      }
    }
  }

  async function writeOnce(requests: CheckedMessage[][], query: Query) {
    const known = await readKeys(requests, query)
    const fresh: { known: Known; message: CheckedMessage }[] = []
    const verdicts = requests.map((messages) => judge(messages, known, fresh))
    const keys = fresh.flatMap(({ known: { messageId, contentHash, createdAt }, message }): MessageKey[] => {
      const { organizationId, externalId } = message
      return externalId === null ? [] : [{ organizationId, externalId, messageId, contentHash, createdAt }]
    })
    if (keys.length > 0 && (await store.insertKeys(query, keys)) < keys.length) throw new KeyTaken()
    const published = await outbound.publish(fresh.map(toNewMessage), query)
    for (const [index, { deliveries }] of published.entries()) {
      const entry = fresh[index]
      if (entry) entry.known.deliveries = deliveries
    }
    return { verdicts, leased: published.flatMap(({ leased }) => leased) }
  }

  async function readKeys(requests: CheckedMessage[][], query: Query): Promise<Map<string, Known>> {
    const asked = requests.flat().flatMap(({ organizationId, externalId }) => {
      return externalId === null ? [] : [{ organizationId, externalId }]
    })
    const rows = asked.length === 0 ? [] : await store.findKeys(query, asked)
    return new Map(
      rows.map((row) => [
        nameOf(row.organization_id, row.external_id),
        {
          messageId: row.message_id,
          contentHash: row.content_hash,
          createdAt: row.created_at,
          deliveries: row.deliveries,
        },
      ]),
    )
  }

  const batcher = createBatcher<CheckedMessage[], Verdict>(write, {
    itemsMax: 200,
    bytesMax: 4 * 1024 * 1024,
    bytesOf: (messages) => messages.reduce((bytes, { data }) => bytes + data.length, 0),
    parallel: 2,
  })

  return async (messages) => {
    const verdict = await batcher.add(messages)
    if ('refused' in verdict) throw verdict.refused
    return verdict.ids.map(({ known, message }) => ({
      id: known.messageId,
      externalId: message.externalId,
      eventType: message.eventType,
      createdAt: known.createdAt.toISOString(),
      deliveries: known.deliveries ?? 0,
    }))
  }
}

/** What becomes of one request, which is taken as a whole: what it brings anew joins `fresh` and `known`. */
function judge(
  messages: CheckedMessage[],
  known: Map<string, Known>,
  fresh: { known: Known; message: CheckedMessage }[],
): Verdict {
  const own = new Map<string, Known>()
  const added: typeof fresh = []
  const ids: typeof fresh = []
  for (const message of messages) {
    const name = message.externalId === null ? null : nameOf(message.organizationId, message.externalId)
    const earlier = name === null ? undefined : (known.get(name) ?? own.get(name))
    if (earlier && earlier.contentHash !== message.contentHash) {
      const detail = `The id "${message.externalId}" was used for a message with another content.`
      return { refused: apiError('message_id_reused', detail) }
    }
    if (earlier) {
      ids.push({ known: earlier, message })
      continue
    }
    const { id: messageId, at: createdAt } = timedId()
    const entry = { known: { messageId, contentHash: message.contentHash, createdAt, deliveries: null }, message }
    if (name !== null) own.set(name, entry.known)
    added.push(entry)
    ids.push(entry)
  }
  for (const [name, entry] of own) known.set(name, entry)
  fresh.push(...added)
  return { ids }
}

const nameOf = (organizationId: string, externalId: string) => `${organizationId} ${externalId}`

function toNewMessage({ known, message }: { known: Known; message: CheckedMessage }): NewMessage {
  return {
    id: known.messageId,
    organizationId: message.organizationId,
    eventType: message.eventType,
    eventTypeVersion: message.eventTypeVersion,
    externalUserId: message.externalUserId,
    orderingKey: message.orderingKey,
    externalId: message.externalId,
    source: 'api',
    contentType: 'application/json',
    body: message.data,
  }
}
