import { readFileSync } from 'node:fs'
import type { Endpoint } from '@koble/contract/webhooks'
import { catalogue, findProvider } from '@koble/providers/catalogue'
import { readSource } from '@koble/providers/read-source'
import type { Koble } from '@koble/sdk'
import { askKoble, type KobleAddress } from './connect-to-koble.ts'
import { CliError } from './errors.ts'
import { buildOwnDelivery } from './own-delivery.ts'

/** What is sent to which endpoint. */
export interface TriggerOptions {
  /** `<provider>`, or `<provider>.<event type>`. */
  what: string
  endpoint?: string
  /** A file with the body, in place of the sample's. */
  data?: string
  /** `path=value`, in the body. */
  overrides: readonly string[]
}

/**
 * Sends a sample delivery to an endpoint, signed as the provider would. Koble's own sample goes by Koble's test of the
 * endpoint; one that is changed is signed here, with the endpoint's secret. Rejects with `CliError` when it was refused.
 */
export async function trigger(address: KobleAddress, options: TriggerOptions): Promise<void> {
  const dot = options.what.indexOf('.')
  const provider = dot === -1 ? options.what : options.what.slice(0, dot)
  const eventType = dot === -1 ? undefined : options.what.slice(dot + 1)
  if (!findProvider(provider)) {
    throw new CliError(`There is no provider ${provider}.`, 'See which there are with `koble trigger --list`.')
  }
  await askKoble(address, async (koble) => {
    const endpoint = await findEndpoint(koble, provider, options.endpoint)
    const isOwn = options.data !== undefined || options.overrides.length > 0
    if (!isOwn && (eventType === undefined || eventType === sampleType(provider))) {
      const { status, eventId, eventType: sent } = await koble.endpoints.test(endpoint.id)
      say(status, sent, eventId)
    } else await sendOwn(koble, endpoint, eventType, options)
  })
}

/** Prints which providers have a sample, and of what type. */
export function listSamples(): void {
  for (const { id } of catalogue.values()) {
    const type = sampleType(id)
    if (type !== undefined) console.log(`${id}.${type}`)
  }
}

function sampleType(provider: string): string | undefined {
  const entry = findProvider(provider)
  if (!entry?.webhooks || !entry.sampleDelivery) return undefined
  const { headers, body } = entry.sampleDelivery
  return readSource(entry.webhooks.eventType, { headers, body: Buffer.from(body) })
}

async function findEndpoint(koble: Koble, provider: string, id: string | undefined): Promise<Endpoint> {
  if (id !== undefined) {
    const endpoint = await koble.endpoints.get(id)
    if (endpoint.provider === provider) return endpoint
    throw new CliError(`The endpoint ${id} is one of ${endpoint.provider}.`, 'Name that provider, or another endpoint.')
  }
  const found: Endpoint[] = []
  for await (const endpoint of koble.endpoints.listAll({})) {
    if (endpoint.provider === provider && endpoint.enabled) found.push(endpoint)
  }
  const [first, ...others] = found
  if (first === undefined) {
    throw new CliError(`There is no endpoint of ${provider} that is on.`, 'Open one in the dashboard, or by the API.')
  }
  if (others.length === 0) return first
  const list = found.map((endpoint) => endpoint.id).join(', ')
  throw new CliError(`There are several endpoints of ${provider}: ${list}.`, 'Say with --endpoint which one is meant.')
}

async function sendOwn(
  koble: Koble,
  endpoint: Endpoint,
  eventType: string | undefined,
  { data, overrides }: TriggerOptions,
): Promise<void> {
  const entry = findProvider(endpoint.provider)
  if (!entry?.webhooks || endpoint.verification !== null) {
    throw new CliError(
      'Deliveries to this endpoint are signed by rules of its own.',
      'Its sample can be sent as it is, without an event type, --data and --override.',
    )
  }
  const { secret } = await koble.endpoints.secret(endpoint.id)
  if (secret === null) {
    throw new CliError('The endpoint has no secret yet.', 'Enter the one that the provider shows first.')
  }
  const body = data === undefined ? undefined : readData(data)
  const delivery = buildOwnDelivery(entry, { eventType, body, overrides, secret, url: endpoint.url })
  const answer = await fetch(delivery.url, {
    method: delivery.method,
    headers: delivery.headers,
    body: new Uint8Array(delivery.body),
    redirect: 'manual',
  }).catch((cause: unknown) => {
    throw new CliError(`${endpoint.url} could not be reached.`, 'It is the address that providers use.', { cause })
  })
  const { eventId } = (await answer.json().catch(() => ({}))) as { eventId?: string }
  say(answer.status, delivery.eventType ?? 'unknown', eventId ?? null)
}

function say(status: number, eventType: string, eventId: string | null): void {
  if (status < 200 || status > 299) {
    throw new CliError(
      `The endpoint answered ${status}.`,
      'Why deliveries are refused stands at the endpoint, in the dashboard.',
    )
  }
  console.log(`${eventType} was sent: ${eventId === null ? 'it is ignored there' : `event ${eventId}`}`)
}

function readData(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CliError(`${path} cannot be read.`, 'Name a file with the body of the delivery.', { cause })
  }
}
