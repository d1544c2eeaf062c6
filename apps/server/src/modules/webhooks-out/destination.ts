import type { ClientCertificate } from '@koble/core/http'

export type DestinationType = 'https' | 'rabbitmq' | 'kafka' | 'redis_stream' | 'nats_jetstream' | 's3'
export type Signing = 'standard' | 'ed25519' | 'hex_hmac' | 'none'
export type PayloadFormat = 'envelope' | 'raw' | 'cloudevents' | 'cloudevents_binary'

/** `config` of a destination of the type `https`. */
export interface HttpsConfig {
  url: string
}

/** How we prove to a receiver who we are, beside the signature. */
export type ReceiverAuth =
  | { type: 'basic'; username: string; password: string }
  | { type: 'bearer'; token: string }
  | {
      type: 'oauth2'
      tokenUrl: string
      clientId: string
      clientSecret: string
      /** How the client proves itself at the token endpoint; `basic` unless said otherwise. */
      clientAuthentication?: 'basic' | 'body'
      scopes?: string[]
      /** What the authorization server asks for beyond the standard, such as `audience`. */
      parameters?: Record<string, string>
    }

/** The JSON in the sealed column `secrets` of a destination of the type `https`; other types keep what they declare. */
export interface HttpsSecrets {
  auth?: ReceiverAuth
  clientCertificate?: ClientCertificate
  /** Headers whose values nobody is to see again. */
  headers?: Record<string, string>
}

/** A destination as it is matched with messages; free of secrets. */
export interface Destination {
  id: string
  organizationId: string
  externalUserId: string | null
  name: string
  type: DestinationType
  config: Record<string, unknown>
  enabled: boolean
  eventTypes: readonly string[]
  filter: Record<string, unknown> | null
  transform: string | null
  payloadFormat: PayloadFormat
  signing: Signing
  svixHeaders: boolean
  headers: Record<string, string>
  rateLimit: { requests: number; perSeconds: number } | null
  concurrency: number
  timeoutMs: number
  /** Seconds before each further attempt. */
  retrySchedule: readonly number[]
  ordered: boolean
  /** Changes with everything that is set by people. */
  updatedAt: Date
}

/** A destination with what is needed to send to it. It never goes into a log. */
export interface OpenDestination extends Destination {
  secrets: Record<string, unknown>
  signingSecret: string | null
  previousSigningSecret: { secret: string; until: Date } | null
}
