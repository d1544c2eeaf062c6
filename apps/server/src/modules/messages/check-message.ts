import { messageBytesMax, type SendMessage } from '@koble/contract/messages'
import { sha256Hex } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { apiError } from '../../http/problems.ts'
import type { EventTypeService } from '../event-types/service.ts'
import type { CheckedMessage } from './send.ts'

/** Holds a message against its type and its bounds. Throws `body_too_large` and `invalid_request`. */
export async function checkMessage(
  organizationId: string,
  message: SendMessage,
  eventTypes: Pick<EventTypeService, 'check'>,
): Promise<CheckedMessage> {
  const { eventType, externalUserId, orderingKey, eventTypeVersion: version, id } = message
  const text = JSON.stringify(message.data)
  const data = Buffer.from(text)
  if (data.length > messageBytesMax) throw apiError('body_too_large', `data has at most ${messageBytesMax} bytes.`)
  const eventTypeVersion = await eventTypes.check({ organizationId, eventType, version, data: text })
  const content = { eventType, version, externalUserId, orderingKey, data: message.data }
  return {
    organizationId,
    eventType,
    eventTypeVersion,
    externalUserId,
    externalId: id ?? null,
    orderingKey,
    data,
    contentHash: id === undefined ? '' : sha256Hex(JSON.stringify(inOrder(content))),
  }
}

/** The same of many; what is refused is named with its place among them. */
export async function checkMessages(
  organizationId: string,
  messages: SendMessage[],
  eventTypes: Pick<EventTypeService, 'check'>,
): Promise<CheckedMessage[]> {
  const settled = await Promise.allSettled(messages.map((one) => checkMessage(organizationId, one, eventTypes)))
  const errors = settled.flatMap((result, index) => {
    if (result.status === 'fulfilled') return []
    const { reason } = result
    if (!(reason instanceof KobleError) || reason.code !== 'invalid_request') throw reason
    const fields = reason.details['errors'] as { path: string; message: string }[]
    return fields.map(({ path, message }) => ({ path: `messages.${index}.${path}`, message }))
  })
  if (errors.length > 0) {
    const shown = errors.slice(0, 20)
    throw apiError('invalid_request', shown.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors })
  }
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** With the members of all objects in one order, so that a program that writes them in another says the same. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => [name, inOrder(member)])
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
