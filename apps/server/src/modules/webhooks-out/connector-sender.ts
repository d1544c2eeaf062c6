import type { LookupFunction } from 'node:net'
import { createSender, type SenderType, senderSchemas } from '@koble/connectors/create-sender'
import type { Sender as Connector } from '@koble/connectors/sender'
import { KobleError } from '@koble/core/errors'
import { batchLimits } from './batch-limits.ts'
import type { OpenDestination } from './destination.ts'
import type { FilterProblem } from './filter.ts'
import { ownHeaders } from './https-sender.ts'
import type { OutboundMessage, Sender, SendResult } from './sender.ts'

/** Until a connection stands; no longer than the destination's timeout. */
const connectTimeoutMs = 10_000

/**
 * Sends to a broker or a bucket over one connector. It is made, and its client library loaded, when the first message
 * goes out; it closes its connection when nothing was sent for a minute, and for good with the sender. What was under way
 * when the node stopped is `interrupted`. A library that cannot be loaded makes `send` reject.
 */
export function createConnectorSender(
  type: SenderType,
  destination: OpenDestination,
  parts: { allowedPrivateNetworks: readonly string[]; lookup: LookupFunction },
): Sender {
  const { config, secrets, timeoutMs } = destination
  const batch = batchLimits(destination)
  const custom = ownHeaders(destination.headers)
  let made: Promise<Connector> | undefined

  function connector(): Promise<Connector> {
    made ??= createSender(type, config as never, secrets as never, {
      allowedPrivateNetworks: parts.allowedPrivateNetworks,
      lookup: parts.lookup,
      connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
      sendTimeoutMs: timeoutMs,
    })
    return made
  }

  const withHeaders = (message: OutboundMessage): OutboundMessage => ({
    ...message,
    headers: { ...custom, ...inProtocol(type, message.headers) },
  })

  return {
    ...(batch && { batch }),
    async send(messages, { signal }) {
      let results: SendResult[]
      try {
        results = await (await connector()).send(messages.map(withHeaders), { signal })
      } catch (error) {
        const failure = unusable(error)
        return messages.map(() => failure)
      }
      return signal.aborted ? results.map(endedByUs) : results
    },
    async close() {
      // One that could not be made has nothing to close.
      await (await made?.catch(() => undefined))?.close()
    },
  }
}

/** What is wrong with a configuration of the type, without the values. */
export function checkConnectorConfig(type: SenderType, config: Record<string, unknown>): FilterProblem[] {
  const { error } = senderSchemas[type].configSchema.safeParse(config)
  return (error?.issues ?? []).map(({ path, message }) => ({ path: ['config', ...path].join('.'), message }))
}

const cloudEventPrefixes: Partial<Record<SenderType, string>> = {
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md#3231-property-names */
  kafka: 'ce_',
  /** https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/amqp-protocol-binding.md#311-amqp-application-properties */
  rabbitmq: 'cloudEvents_',
}

/**
 * The attributes of a binary CloudEvent as the binding of the protocol names and writes them: in Kafka and AMQP as they
 * are, in NATS as in HTTP. Redis and S3 have no binding, and keep them as HTTP has them.
 */
function inProtocol(type: SenderType, headers: Record<string, string>): Record<string, string> {
  const prefix = cloudEventPrefixes[type]
  if (prefix === undefined) return headers
  const renamed = Object.entries(headers).map(([name, value]) =>
    name.startsWith('ce-') ? [prefix + name.slice('ce-'.length), decodeURIComponent(value)] : [name, value],
  )
  return Object.fromEntries(renamed)
}

function endedByUs(result: SendResult): SendResult {
  if (result.delivered || !result.retryable) return result
  return { delivered: false, retryable: true, code: 'interrupted', message: 'The node that sent it was stopped.' }
}

/** A configuration that its type does not have, or a client library that is not there. */
function unusable(error: unknown): SendResult {
  if (error instanceof KobleError && error.code === 'invalid_request') {
    return { delivered: false, retryable: false, code: 'invalid_destination', message: error.message }
  }
  throw error
}
