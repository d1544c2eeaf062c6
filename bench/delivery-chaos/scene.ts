import type { CreatedDestination } from '@koble/contract/destinations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { type Kind, signedBody } from './load.ts'
import type { Nodes } from './nodes.ts'
import type { Receiver, Receivers } from './receivers.ts'

/** Who receives, and what is sent to them. */
export interface Scene {
  kinds: Kind[]
  receivers: { receiver: Receiver; destinationId: string; ordered: boolean }[]
  /** Those that may fail in every way; the others have a part to play. */
  flapping: Receiver[]
}

const verification = {
  signature: { type: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' },
  eventType: { field: 'type' },
  eventId: { field: 'id' },
}
/** Long enough for every fault to pass. */
const patient = Array(20).fill(1)
const timeoutMs = 2_000
/** From then on the one that leaves wants nothing any more. */
const leavesAfter = 1
const keys = 40

/**
 * Two endpoints, one of which keeps order, and messages of four types. Of the receivers one refuses every message, one
 * leaves in the middle, and one wants only some, so that deliveries end in every way there is.
 */
export async function setScene(nodes: Nodes, receivers: Receivers): Promise<Scene> {
  const scene: Scene = { kinds: [], receivers: [], flapping: [] }
  const authorization = { authorization: `Bearer ${nodes.apiKey}`, 'content-type': 'application/json' }

  async function receive(
    name: string,
    eventTypes: string[],
    settings: { ordered?: boolean; [name: string]: unknown } = {},
    options: Parameters<Receivers['open']>[1] = {},
  ): Promise<string> {
    const receiver = await receivers.open(name, options)
    const { id } = await nodes.api<CreatedDestination>('POST', '/api/destinations', {
      name,
      type: 'https',
      config: { url: receiver.url },
      secrets: {},
      eventTypes,
      timeoutMs,
      retrySchedule: patient,
      concurrency: 32,
      ...settings,
    })
    scene.receivers.push({ receiver, destinationId: id, ordered: settings.ordered ?? false })
    if (options.answer === undefined) scene.flapping.push(receiver)
    return id
  }

  async function takeIn(share: number, ordered: boolean, destinationIds: string[]): Promise<void> {
    const integration = await nodes.api<{ id: string }>('POST', '/api/integrations', {
      provider: 'api-key',
      config: { apiUrl: 'http://127.0.0.1:1' },
    })
    const endpoint = await nodes.api<CreatedEndpoint>('POST', `/api/integrations/${integration.id}/webhooks`, {
      verification,
      handlers: [{ type: 'forward', destinationIds }, { type: 'activity' }],
      ...(ordered && { ordering: { key: { field: 'key' } } }),
    })
    scene.kinds.push({
      way: 'inbound',
      share,
      keys: ordered ? keys : 0,
      path: new URL(endpoint.url).pathname,
      content: (id, key) => signedBody(endpoint.secret ?? '', { id, type: 'thing.happened', key }),
    })
  }

  const sendOut = (share: number, eventType: string, keyCount = 0) =>
    scene.kinds.push({
      way: 'outbound',
      share,
      keys: keyCount,
      path: '/api/messages',
      content: (id, orderingKey, random) => ({
        headers: authorization,
        body: JSON.stringify({
          id,
          eventType,
          orderingKey,
          data: { id, amount: Math.floor(random.between(0, 1_000)) },
        }),
      }),
    })

  const plain = await receive('inbound', ['api-key.*'])
  const secure = await receive('inbound, TLS', ['api-key.*'], {}, { secure: true })
  const inLine = await receive('inbound, ordered', ['api-key.*'], { ordered: true })
  await receive('outbound', ['order.created'])
  await receive('outbound, ordered, TLS', ['order.moved'], { ordered: true }, { secure: true })
  const some = { filter: { 'data.amount': { $gte: 500 } } }
  await receive('outbound, filtered', ['order.created'], some, { answer: () => 204 })
  await receive('outbound, refused', ['order.refused'], { retrySchedule: [1] }, { answer: () => 400 })
  const leave = (count: number) => (count > leavesAfter ? 410 : 200)
  await receive('outbound, left', ['order.left'], {}, { answer: leave })
  await takeIn(40, false, [plain, secure])
  await takeIn(10, true, [inLine])
  sendOut(24, 'order.created')
  sendOut(14, 'order.moved', keys)
  sendOut(6, 'order.refused')
  sendOut(6, 'order.left')
  return scene
}
