import type { DestinationType } from '@koble/contract/destination-types'
import type { Destination } from '@koble/contract/destinations'
import type { DeliveryStatus } from '@koble/contract/messages'

/** What the kinds of destinations are called, the usual one first. */
export const destinationTypeNames: Record<DestinationType, string> = {
  https: 'HTTPS',
  rabbitmq: 'RabbitMQ',
  kafka: 'Kafka',
  redis_stream: 'Redis stream',
  nats_jetstream: 'NATS JetStream',
  s3: 'S3',
}

/** All of them. */
export const destinationTypeList = Object.keys(destinationTypeNames) as DestinationType[]

/** What each state of a delivery means. */
export const deliveryMeanings: Record<DeliveryStatus, string> = {
  pending: 'Waits for its first attempt',
  retrying: 'Failed, and is tried again',
  delivered: 'The receiver has taken it',
  filtered: "The destination's filter said no",
  parked: 'The destination is off',
  dead: 'Given up',
}

/** All states, in the order of a delivery's life. */
export const deliveryStatuses = Object.keys(deliveryMeanings) as DeliveryStatus[]

/** Those that change by themselves. */
export function isUnderWay(status: DeliveryStatus): boolean {
  return status === 'pending' || status === 'retrying'
}

/** How receivers check signatures, in words. */
export const signingNames: Record<Destination['signing'], string> = {
  standard: 'Standard Webhooks (shared secret)',
  ed25519: 'Standard Webhooks (key pair)',
  hex_hmac: 'HMAC-SHA256 in hex',
  none: 'Not signed',
}

/** What is sent, in words. */
export const payloadFormatNames: Record<Destination['payloadFormat'], string> = {
  envelope: 'Envelope: type, timestamp, data',
  raw: 'The bytes alone',
  cloudevents: 'CloudEvent in JSON',
  cloudevents_binary: 'CloudEvent in headers',
}

/** Why Koble or somebody switched a destination off. */
export const disabledReasons: Record<NonNullable<Destination['disabledReason']>, string> = {
  manual: 'Somebody switched it off.',
  gone: 'The receiver answered 410: it wants nothing any more.',
  failing: 'Nothing but failures came back for five days.',
}

/** Where a destination leads to, on one line. */
export function targetOf({ type, config }: Pick<Destination, 'type' | 'config'>): string {
  const part = (key: string) => (config[key] === undefined || config[key] === null ? '' : String(config[key]))
  const list = (key: string) => (Array.isArray(config[key]) ? config[key].join(', ') : '')
  const address = (port: string) => `${part('host')}:${part('port') || port}`
  switch (type) {
    case 'https':
      return part('url')
    case 'rabbitmq':
      return `${address(config['tls'] === false ? '5672' : '5671')} ${part('exchange') || 'default exchange'}`
    case 'kafka':
      return `${list('brokers')} ${part('topic')}`
    case 'redis_stream':
      return `${address('6379')} ${part('stream')}`
    case 'nats_jetstream':
      return `${list('servers')} ${part('subject')}`
    case 's3':
      return `s3://${[part('bucket'), part('prefix')].filter(Boolean).join('/')}`
  }
}
