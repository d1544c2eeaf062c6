import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, vi } from 'vitest'
import { timedId } from '../database/uuid-time.ts'
import type { NewMessage, Published } from '../modules/webhooks-out/service.ts'
import type { TestKoble } from './test-koble.ts'

/** A request that arrived. */
export interface Arrival {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** A real server that receives; it answers 200 unless a path was given an answer of its own. */
export interface Receiver {
  port: number
  url(path: string): string
  arrivals: Arrival[]
  /** Answers requests to a path; the count is from 1. */
  answer(path: string, answer: (response: ServerResponse, arrival: Arrival, count: number) => void): void
  at(path: string): Arrival[]
  /** Waits until as many have arrived at a path. */
  received(path: string, count: number): Promise<Arrival[]>
  close(): Promise<void>
}

export async function createReceiver(): Promise<Receiver> {
  const answers = new Map<string, Parameters<Receiver['answer']>[1]>()
  const arrivals: Arrival[] = []
  const listener: RequestListener = async (request, response) => {
    const path = request.url ?? ''
    const arrival = { path, headers: request.headers, body: await buffer(request) }
    arrivals.push(arrival)
    const answer = answers.get(path)
    if (answer) answer(response, arrival, arrivals.filter((one) => one.path === path).length)
    else response.end('thanks')
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const at = (path: string) => arrivals.filter((arrival) => arrival.path === path)
  return {
    port,
    arrivals,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    answer: (path, answer) => void answers.set(path, answer),
    at,
    async received(path, count) {
      await vi.waitFor(() => expect(at(path).length).toBeGreaterThanOrEqual(count), { timeout: 15_000, interval: 10 })
      return at(path)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface DestinationOptions {
  name?: string
  secrets?: object
  signing?: string
  signingSecret?: string | null
  previousSigningSecret?: string
  previousUntil?: Date
  svixHeaders?: boolean
  payloadFormat?: string
  eventTypes?: string[]
  filter?: object
  transform?: string
  headers?: Record<string, string>
  rateLimit?: { requests: number; perSeconds: number }
  concurrency?: number
  timeoutMs?: number
  retrySchedule?: number[]
  ordered?: boolean
  status?: 'enabled' | 'disabled'
  externalUserId?: string
}

/** Adds a destination as it is stored, and says its id. */
export async function addDestination(
  koble: Pick<TestKoble, 'services' | 'testDatabase' | 'organization'>,
  url: string,
  options: DestinationOptions = {},
): Promise<string> {
  const { id } = timedId()
  const organizationId = koble.organization.id
  const seal = (column: 'secrets' | 'signing_secret', value: string | null | undefined) =>
    value === null || value === undefined ? null : koble.services.outbound.seal({ organizationId, id, column }, value)
  const secret = options.signingSecret === undefined ? testSecret : options.signingSecret
  await koble.testDatabase.query(
    `INSERT INTO destinations (id, organization_id, external_user_id, name, type, config, secrets, signing, svix_headers,
       signing_secret, previous_signing_secret, previous_signing_secret_until, payload_format, event_types, filter,
       transform, headers, rate_limit, concurrency, timeout_ms, retry_schedule, ordered, status)
     VALUES ($1, $2, $3, $4, 'https', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
    [
      id,
      organizationId,
      options.externalUserId ?? null,
      options.name ?? 'A receiver',
      { url },
      await seal('secrets', options.secrets && JSON.stringify(options.secrets)),
      options.signing ?? 'standard',
      options.svixHeaders ?? false,
      await seal('signing_secret', secret),
      await seal('signing_secret', options.previousSigningSecret),
      options.previousUntil ?? null,
      options.payloadFormat ?? 'envelope',
      options.eventTypes ?? ['*'],
      options.filter ?? null,
      options.transform ?? null,
      options.headers ?? {},
      options.rateLimit ?? null,
      options.concurrency ?? 10,
      options.timeoutMs ?? 15_000,
      options.retrySchedule ?? [5, 300],
      options.ordered ?? false,
      options.status ?? 'enabled',
    ],
  )
  koble.services.outbound.forgetDestination(organizationId, id)
  return id
}

export const testSecret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='

/** Publishes messages as the rest of Koble does: in a transaction, and sends after it. */
export async function publish(
  koble: Pick<TestKoble, 'services' | 'database' | 'organization'>,
  messages: (Partial<NewMessage> & { eventType: string })[],
): Promise<Published[]> {
  const { id: organizationId } = koble.organization
  const published = await koble.database.tenant(organizationId, (query) =>
    koble.services.outbound.publish(
      messages.map((message) => ({
        organizationId,
        externalUserId: null,
        orderingKey: null,
        externalId: null,
        source: 'api' as const,
        contentType: 'application/json',
        body: Buffer.from('{}'),
        ...message,
      })),
      query,
    ),
  )
  koble.services.outbound.offer(published.flatMap(({ leased }) => leased))
  return published
}

/** The deliveries of a destination, as they are stored, oldest first. */
export async function deliveriesOf(koble: Pick<TestKoble, 'testDatabase'>, destinationId: string) {
  return await koble.testDatabase.query<{
    status: string
    attempts: number
    message_id: string
    error_code: string | null
    next_attempt_at: Date | null
  }>('SELECT * FROM deliveries WHERE destination_id = $1 ORDER BY message_id', [destinationId])
}

/** The attempts at deliveries to a destination, oldest first. */
export async function attemptsOf(koble: Pick<TestKoble, 'testDatabase'>, destinationId: string) {
  return await koble.testDatabase.query<{ number: number; succeeded: boolean; message_id: string; at: Date }>(
    'SELECT * FROM attempts WHERE destination_id = $1 ORDER BY id',
    [destinationId],
  )
}
