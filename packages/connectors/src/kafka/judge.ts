import { causes, lasting, temporary } from '../send-failure.ts'
import type { SendFailure } from '../sender.ts'

/** By the names of errors that brokers answer with: https://kafka.apache.org/protocol.html#protocol_error_codes */
const failures: Record<string, SendFailure> = {
  ...named(temporary('access_refused', 'Kafka refused the user name or the password.'), [
    'SASL_AUTHENTICATION_FAILED',
    'ILLEGAL_SASL_STATE',
    'UNSUPPORTED_SASL_MECHANISM',
  ]),
  ...named(temporary('access_refused', 'The user may not write to the topic.'), [
    'TOPIC_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  ]),
  ...named(lasting('not_found', 'There is no such topic.'), ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']),
  ...named(lasting('too_large', 'The message is larger than the topic takes.'), [
    'MESSAGE_TOO_LARGE',
    'RECORD_LIST_TOO_LARGE',
  ]),
  ...named(lasting('rejected', 'Kafka does not take such a message.'), ['INVALID_RECORD', 'POLICY_VIOLATION']),
}

function named(failure: SendFailure, ids: readonly string[]): Record<string, SendFailure> {
  return Object.fromEntries(ids.map((id) => [id, failure]))
}

/** What an error of the client means; undefined where it is one of the connection. */
export function judge(error: unknown): SendFailure | undefined {
  for (const cause of causes(error)) {
    const { apiId, code, message = '' } = cause as { apiId?: string; code?: string; message?: string }
    if (apiId !== undefined) return failures[apiId] ?? temporary('unavailable', 'Kafka takes no messages for now.')
    if (code === 'PLT_KFK_AUTHENTICATION') return failures['SASL_AUTHENTICATION_FAILED']
    // The client has no code of its own for these.
    if (code === 'PLT_KFK_USER' && /^Unknown topic /.test(message)) return failures['UNKNOWN_TOPIC_OR_PARTITION']
    if (code === 'PLT_KFK_USER' && /\bTLS\b/.test(message)) {
      return lasting('tls_failed', 'The brokers speak TLS and the configuration does not, or the other way round.')
    }
    if (/ timed out/.test(message) && code === 'PLT_KFK_NETWORK') {
      return temporary('timeout', 'The brokers did not answer in time.')
    }
  }
  return undefined
}

interface PartitionAnswer {
  index: number
  errorCode: number
  baseOffset: bigint
}

/**
 * The partitions whose messages were stored although the sending as a whole failed, with the offset of the first: an
 * answer of a broker holds a verdict for each partition, and of several brokers one may have failed alone.
 */
export function confirmedOffsets(error: unknown): Map<number, bigint> {
  const offsets = new Map<number, bigint>()
  for (const cause of causes(error)) {
    const { produced, response } = cause as {
      produced?: { offsets?: { partition: number; offset: bigint }[] }
      response?: { responses?: { partitionResponses?: PartitionAnswer[] }[] }
    }
    for (const { partition, offset } of produced?.offsets ?? []) offsets.set(partition, offset)
    for (const answer of (response?.responses ?? []).flatMap(({ partitionResponses }) => partitionResponses ?? [])) {
      if (answer.errorCode === 0) offsets.set(answer.index, answer.baseOffset)
    }
  }
  return offsets
}
