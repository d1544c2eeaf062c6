import { createBatcher } from '../../database/batcher.ts'
import { isDatabaseUnavailable } from '../../database/client.ts'
import type { Tasks } from '../../queue/engine.ts'
import type { ActivityService } from '../activity/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { type PluginService, PluginsBusy } from '../plugins/service.ts'
import type { SyncService } from '../syncs/service.ts'
import type { OutboundService } from '../webhooks-out/service.ts'
import { createInOrder } from './in-order.ts'
import type { Lane, QueueStore } from './queue/store.ts'
import type { RejectionStore } from './rejections/store.ts'
import type { ReplayStore } from './replays/store.ts'
import { createRouter, failedAttempt, type Judgement, pluginsOf } from './route-event.ts'
import { createSettle } from './settle.ts'
import type { LaterLook, OpenEvent, WebhookStore } from './store.ts'
import type { SettingsOf } from './work-settings.ts'

interface Item {
  eventId: string
  organizationId: string
  /** It was looked at before. */
  again?: boolean
}

/**
 * Jobs that run at the same time share their statements, as the deliveries did that they came from. Under load they wait
 * for more of them: each of their commits is waited for by the deliveries that come in meanwhile.
 */
const workBatches = {
  itemsMax: 250,
  bytesMax: Number.POSITIVE_INFINITY,
  bytesOf: () => 0,
  parallel: 2,
  gather: { from: 16, ms: 40 },
}
const lanesPage = 50
const replayPauseMs = 1000
const dayMs = 86_400_000
const countsKeptMs = 7 * dayMs
const replaysKeptMs = 30 * dayMs

/**
 * Processes events: each is routed to the connection whose account it speaks of and handed to the handlers of its
 * endpoint; all of that is written in one transaction. An event that cannot be read ends at once with the reason;
 * whatever else goes wrong with one event is tried again, without holding up the others.
 */
export function webhookTasks(parts: {
  store: WebhookStore
  queue: QueueStore
  replays: ReplayStore
  rejections: RejectionStore
  integrations: IntegrationService
  connections: ConnectionService
  activity: ActivityService
  outbound: Pick<OutboundService, 'publish' | 'offer'>
  syncs: Pick<SyncService, 'queueForEvents'>
  plugins: Pick<PluginService, 'handle'>
  settingsOf: SettingsOf
}): Tasks {
  const { store, queue, settingsOf } = parts
  const settle = createSettle(parts)
  const inOrder = createInOrder({
    store,
    queue,
    settle,
    createRouter: () => createRouter(parts),
    runsPlugins: async (endpointId) => pluginsOf(await settingsOf(endpointId)).length > 0,
  })

  async function commit(judgements: Judgement[]): Promise<void> {
    let finish = async () => {}
    await store.transaction(async (query) => {
      finish = await settle.write(judgements, query)
    })
    await finish()
  }

  /** Ends attempts together; when that cannot be written, each by itself, so that one spoils it for none. */
  async function settleAll(judgements: Judgement[]): Promise<void> {
    try {
      return await commit(judgements)
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      const [only] = judgements
      if (only && judgements.length === 1) return await commit([failedAttempt(only, error)])
    }
    for (const judgement of judgements) await settleAll([judgement])
  }

  const judged = createBatcher(async (judgements: Judgement[]) => {
    await settleAll(judgements)
    return judgements.map(() => undefined)
  }, workBatches)
  const putOff = createBatcher(async (looks: LaterLook[]) => {
    await store.lookLater(looks)
    return looks.map(() => undefined)
  }, workBatches)

  /** Nobody knows how long plugins take: the event waits for its own alone, and later where many wait for one. */
  async function processWithPlugins(event: OpenEvent): Promise<undefined> {
    try {
      return await judged.add(await createRouter(parts).route(event))
    } catch (error) {
      if (!(error instanceof PluginsBusy)) throw error
      const at = new Date(Date.now() + error.retryAfterMs)
      return await putOff.add({ eventId: event.id, organizationId: event.organization_id, at })
    }
  }

  /** What takes longer is still under way when this is done: a promise for each such item, which may be shared. */
  async function processEvents(items: Item[]): Promise<(Promise<unknown> | undefined)[]> {
    const ids = new Set(items.map(({ eventId }) => eventId))
    const again = new Set(items.filter((item) => item.again).map(({ eventId }) => eventId))
    const events = await store.listOpen([...ids], again)
    const [plain, held, lanes]: [OpenEvent[], OpenEvent[], Map<string, Lane>] = [[], [], new Map()]
    const slow: { event: OpenEvent; lane: Lane | null }[] = []
    for (const event of events) {
      const { endpoint_id: endpointId, ordering_key: key } = event
      const settings = await settingsOf(endpointId)
      const { processing } = settings
      if (key === null ? processing !== 'running' : processing === 'paused') {
        if (key === null) held.push(event)
      } else if (pluginsOf(settings).length > 0) slow.push({ event, lane: key === null ? null : { endpointId, key } })
      else if (key === null) plain.push(event)
      else lanes.set(`${endpointId} ${key}`, { endpointId, key })
    }
    if (held.length > 0) await queue.hold(held)
    if (plain.length > 0) {
      const router = createRouter(parts)
      await settleAll(await Promise.all(plain.map((event) => router.route(event))))
    }
    if (lanes.size > 0) await inOrder.runLanes([...lanes.values()])
    const underWay = new Map<string, Promise<unknown>>()
    for (const { event, lane } of slow) {
      underWay.set(event.id, lane ? inOrder.runLanes([lane]) : processWithPlugins(event))
    }
    return items.map(({ eventId }) => underWay.get(eventId))
  }

  const batcher = createBatcher(processEvents, workBatches)

  async function runLanesOf(endpointId: string): Promise<void> {
    for (let after: string | null = null; ; ) {
      const keys = await queue.listLanes(endpointId, after, lanesPage)
      if (keys.length > 0) await inOrder.runLanes(keys.map((key) => ({ endpointId, key })))
      if (keys.length < lanesPage) return
      after = keys.at(-1) ?? null
    }
  }

  return {
    'webhooks-in.process'(payload) {
      return (payload as Item[]).map((item) => batcher.add(item))
    },
    /** Goes on with a lane that had more than one transaction could take. */
    async 'webhooks-in.lane'(payload) {
      const { endpointId, key } = payload as Lane
      const { processing } = await settingsOf(endpointId)
      if (processing !== 'paused') await inOrder.runLanes([{ endpointId, key }])
    },
    /** Works off what waited for an endpoint; what arrives meanwhile waits behind it. */
    async 'webhooks-in.resume'(payload) {
      const { endpointId, organizationId } = payload as { endpointId: string; organizationId: string }
      if (await queue.isPaused(endpointId)) return
      const isDone = await inOrder.drain(endpointId)
      await runLanesOf(endpointId)
      if (!isDone || !(await queue.endResume(endpointId))) await queue.addResumeJobs([{ endpointId, organizationId }])
    },
    /** Nothing waits for ever because a node stopped at the wrong moment. */
    async 'webhooks-in.sweep'() {
      await queue.addResumeJobs(await queue.listForgotten())
    },
    async 'webhooks-in.purge'() {
      await parts.rejections.purge(new Date(Date.now() - countsKeptMs))
      await parts.replays.purge(new Date(Date.now() - replaysKeptMs))
    },
    async 'webhooks-in.replay'(payload) {
      const { organizationId, replayId } = payload as { organizationId: string; replayId: string }
      await parts.replays.step(organizationId, replayId, replayPauseMs)
    },
  }
}

export const webhookSchedule = [
  { task: 'webhooks-in.sweep', match: '* * * * *' },
  { task: 'webhooks-in.purge', match: '41 * * * *' },
]
