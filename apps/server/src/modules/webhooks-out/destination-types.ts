import type { LookupFunction } from 'node:net'
import type { SenderType } from '@koble/connectors/create-sender'
import { KobleError } from '@koble/core/errors'
import { type Clock, systemClock } from '@koble/core/resilience'
import { checkConnectorConfig, createConnectorSender } from './connector-sender.ts'
import type { DestinationType } from './destination.ts'
import type { FilterProblem } from './filter.ts'
import { createHttpsSender } from './https-sender.ts'
import { createReceiverAgents, receiverUrl } from './https-target.ts'
import type { SenderRegistry } from './sender.ts'

/** What there is for each type of destination. */
export interface DestinationTypes {
  senders: SenderRegistry
  /** Says what is wrong with a configuration before it is saved. */
  checkConfig: Partial<Record<DestinationType, (config: Record<string, unknown>) => Promise<FilterProblem[]>>>
  close(): Promise<void>
}

/** The types that connectors send to, by the names that they have there. */
const connectorTypes = {
  rabbitmq: 'rabbitmq',
  kafka: 'kafka',
  redis_stream: 'redis-stream',
  nats_jetstream: 'nats-jetstream',
  s3: 's3',
} as const satisfies Record<Exclude<DestinationType, 'https'>, SenderType>

/** The types that Koble sends to. A further one is a sender and a check more. */
export function createDestinationTypes(parts: {
  allowedPrivateNetworks: readonly string[]
  lookup: LookupFunction
  /** For tokens of authorization servers. */
  fetch: typeof fetch
  userAgent: string
  clock?: Clock
}): DestinationTypes {
  const { clock = systemClock, fetch, userAgent } = parts
  const agents = createReceiverAgents(parts)
  const https = { agents, fetch, userAgent, now: () => clock.now() }
  const senders: SenderRegistry = { https: (destination) => createHttpsSender(destination, https) }
  const checkConfig: DestinationTypes['checkConfig'] = {}
  for (const [type, name] of Object.entries(connectorTypes) as [DestinationType, SenderType][]) {
    senders[type] = (destination) => createConnectorSender(name, destination, parts)
    checkConfig[type] = async (config) => checkConnectorConfig(name, config)
  }
  return {
    senders,
    checkConfig: {
      ...checkConfig,
      async https({ url, ...others }) {
        const problems = Object.keys(others).map((name) => ({
          path: `config.${name}`,
          message: 'There is no such field.',
        }))
        try {
          await agents.check(receiverUrl(url, agents))
        } catch (error) {
          if (!(error instanceof KobleError)) throw error
          problems.push({ path: 'config.url', message: error.message })
        }
        return problems
      },
    },
    close: agents.close,
  }
}
