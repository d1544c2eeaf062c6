import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import type { StandInHandler, StandInRequest } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

/** What a subscription is to, once its resource was understood. */
export interface GraphTopic {
  /** The same for all ways to write the same resource. */
  name: string
  minutesMax: number
  changeTypes: readonly ChangeType[]
  /** One that lasts longer than an hour has to hear of its own fate. */
  needsLifecycleUrl?: boolean
}

export type ChangeType = 'created' | 'updated' | 'deleted'

/** A change, and which topics it belongs to. */
export interface GraphChange {
  topics: readonly string[]
  changeType: ChangeType
  /** As the notification names it. */
  resource: string
  resourceData: Record<string, unknown>
}

export interface GraphSubscriptionsOptions {
  publicUrl: string
  tenantId: string
  /** The client id. */
  applicationId: string
  /** Who asks; everybody sees their own subscriptions. Refuses whoever has no token. */
  ownerOf(request: StandInRequest): string
  /** What a resource stands for; refuses one that is unknown, or that the asker may not read. */
  topicOf(resource: string, request: StandInRequest): GraphTopic
}

const subscriptionBody = z.strictObject({
  changeType: z.string(),
  notificationUrl: z.string(),
  lifecycleNotificationUrl: z.string().nullish(),
  resource: z.string(),
  expirationDateTime: z.string(),
  clientState: z.string().max(128).nullish(),
  latestSupportedTlsVersion: z.string().nullish(),
})
const renewalBody = z.strictObject({ expirationDateTime: z.string() })

interface Subscription extends z.output<typeof subscriptionBody> {
  id: string
  owner: string
  topic: GraphTopic
}

/** Less is raised to it. */
const minutesMin = 45

/**
 * Subscriptions whose addresses are asked before they count, and that end by themselves; changes are told to them.
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
export function createGraphSubscriptions(options: GraphSubscriptionsOptions) {
  const { tenantId, applicationId } = options
  const sender = createWebhookSender(options.publicUrl)
  const subscriptions = new Map<string, Subscription>()

  const living = () =>
    [...subscriptions.values()].filter(({ expirationDateTime }) => Date.parse(expirationDateTime) > Date.now())
  const shown = ({ topic: _topic, owner: creatorId, ...subscription }: Subscription) => ({
    ...subscription,
    ...{ applicationId, creatorId },
    // What proves a notification is told nobody.
    clientState: null,
  })

  function demandOwn(request: StandInRequest): Subscription {
    const owner = options.ownerOf(request)
    const found = living().find((one) => one.id === request.params['id'] && one.owner === owner)
    if (!found) throw graphError(404, 'ResourceNotFound', 'The object was not found.')
    return found
  }

  /** Has to come back as plain text. */
  async function demandOurs(url: string): Promise<void> {
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`
    const address = `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ validationToken: token })}`
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    const answer = sender.isOurs(url) ? await sender.ask({ url: address, headers, body: '' }) : null
    const isText = /^text\/plain\b/.test(answer?.headers.get('content-type') ?? '')
    if (answer?.status === 200 && isText && (await answer.text()) === token) return
    const message =
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.'
    throw graphError(400, 'ValidationError', message)
  }

  return {
    /** Sends a notification to whoever subscribed to one of the topics. */
    tell({ topics, changeType, resource, resourceData }: GraphChange): void {
      for (const one of living()) {
        if (!topics.includes(one.topic.name) || !one.changeType.split(',').includes(changeType)) continue
        const item = {
          ...{ subscriptionId: one.id, subscriptionExpirationDateTime: one.expirationDateTime, tenantId },
          ...{ changeType, resource, clientState: one.clientState, resourceData },
        }
        sender.send(() => ({ url: one.notificationUrl, headers: {}, body: JSON.stringify({ value: [item] }) }))
      }
    },
    routes: {
      'GET /v1.0/subscriptions': (request) => {
        const owner = options.ownerOf(request)
        return { body: { value: living().flatMap((one) => (one.owner === owner ? [shown(one)] : [])) } }
      },
      'POST /v1.0/subscriptions': async (request) => {
        const owner = options.ownerOf(request)
        const given = graphBody(request, 'subscription', subscriptionBody)
        const topic = options.topicOf(given.resource, request)
        demandChangeTypes(given.changeType, topic)
        const expirationDateTime = demandExpiry(given.expirationDateTime, topic)
        const isLong = Date.parse(expirationDateTime) - Date.now() > 3_600_000
        if (topic.needsLifecycleUrl && isLong && !given.lifecycleNotificationUrl) {
          const message =
            'lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour.'
          throw graphError(400, 'InvalidRequest', message)
        }
        const isSame = (one: Subscription) =>
          one.owner === owner && one.topic.name === topic.name && one.changeType === given.changeType
        if (living().some(isSame)) throw graphError(409, 'ExtensionError', 'The subscription exists already.')
        await demandOurs(given.notificationUrl)
        if (given.lifecycleNotificationUrl) await demandOurs(given.lifecycleNotificationUrl)
        const made = { ...given, id: randomUUID(), expirationDateTime, owner, topic }
        subscriptions.set(made.id, made)
        return { status: 201, body: shown(made) }
      },
      'GET /v1.0/subscriptions/{id}': (request) => ({ body: shown(demandOwn(request)) }),
      'PATCH /v1.0/subscriptions/{id}': (request) => {
        const found = demandOwn(request)
        const given = graphBody(request, 'subscription', renewalBody)
        found.expirationDateTime = demandExpiry(given.expirationDateTime, found.topic)
        return { body: shown(found) }
      },
      'DELETE /v1.0/subscriptions/{id}': (request) => {
        subscriptions.delete(demandOwn(request).id)
        return { status: 204 }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

function demandChangeTypes(given: string, { changeTypes }: GraphTopic): void {
  const unknown = given.split(',').find((one) => !changeTypes.some((known) => known === one))
  if (unknown === undefined) return
  throw graphError(400, 'InvalidRequest', `The change type '${unknown}' is not supported for this resource.`)
}

function demandExpiry(given: string, { minutesMax }: GraphTopic): string {
  const minutes = (Date.parse(given) - Date.now()) / 60_000
  if (minutes >= minutesMin && minutes <= minutesMax) return given
  if (minutes > 0 && minutes < minutesMin) return new Date(Date.now() + minutesMin * 60_000).toISOString()
  const message = `Subscription expiration can only be ${minutesMax} minutes in the future.`
  throw graphError(400, 'ValidationError', message)
}
