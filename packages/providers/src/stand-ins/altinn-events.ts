import { randomUUID } from 'node:crypto'
import { problem } from './altinn-problem.ts'
import { jsonOf, type StandInHandler, type StandInOptions } from './stand-in.ts'

interface Subscription {
  id: number
  endPoint: string
  resourceFilter?: string
  subjectFilter?: string
  alternativeSubjectFilter?: string
  typeFilter?: string
  validated: boolean
}
export type AltinnEvent = Record<
  'source' | 'type' | 'subject' | 'alternativesubject' | 'resource' | 'resourceinstance',
  string
>

/**
 * Subscriptions and deliveries of Altinn's events. It delivers only to Koble: an address elsewhere stays unvalidated, as
 * one that does not answer does. Nothing is signed.
 */
export function createAltinnEvents({ publicUrl }: StandInOptions) {
  const resource = 'urn:altinn:resource:app_ttd_koble-test'
  const subscriptions = new Map<number, Subscription>()
  /** Nothing overtakes the first event of a subscription, since all of them go through one queue. */
  const validations = new Map<number, Promise<void>>()
  let lastId = 1
  subscriptions.set(1, { id: 1, endPoint: 'https://example.com/altinn', resourceFilter: resource, validated: true })
  const kept: (AltinnEvent & { id: string; specversion: '1.0'; time: string })[] = []

  async function deliver(subscription: Subscription, event: object): Promise<boolean> {
    if (!subscription.endPoint.startsWith(`${publicUrl}/`)) return false
    try {
      const answer = await fetch(subscription.endPoint, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(5_000),
      })
      await answer.body?.cancel()
      return answer.ok
    } catch {
      return false
    }
  }

  function publish(event: AltinnEvent): void {
    const whole = { ...event, id: randomUUID(), specversion: '1.0' as const, time: new Date().toISOString() }
    kept.push(whole)
    for (const subscription of subscriptions.values()) {
      const { id, resourceFilter, subjectFilter, alternativeSubjectFilter, typeFilter } = subscription
      const fits =
        (resourceFilter ?? event.resource) === event.resource &&
        (subjectFilter ?? event.subject) === event.subject &&
        (alternativeSubjectFilter ?? event.alternativesubject) === event.alternativesubject &&
        (typeFilter ?? event.type) === event.type
      if (!fits) continue
      void Promise.resolve(validations.get(id)).then(() => subscription.validated && deliver(subscription, whole))
    }
  }

  const subscribe: StandInHandler = (request) => {
    const given = jsonOf<Partial<Subscription>>(request)
    const { endPoint = '', resourceFilter, subjectFilter, alternativeSubjectFilter } = given
    if (!endPoint.startsWith('https://') && !endPoint.startsWith(`${publicUrl}/`)) {
      throw problem(400, 'Missing or invalid endpoint to push events towards')
    }
    if (!resourceFilter?.startsWith('urn:altinn:resource:')) throw problem(400, 'A valid resource filter is required')
    if (!subjectFilter && !alternativeSubjectFilter)
      throw problem(400, 'A valid subject to the authenticated identity is required')
    const id = ++lastId
    const subscription: Subscription = { ...given, id, endPoint, validated: false }
    subscriptions.set(id, subscription)
    const event = {
      ...{ id: randomUUID(), specversion: '1.0', type: 'platform.events.validatesubscription' },
      ...{
        source: `https://platform.tt02.altinn.no/events/api/v1/subscriptions/${id}`,
        time: new Date().toISOString(),
      },
    }
    // Altinn sends it from a queue: the answer to the subscriber does not wait for it.
    const validation = deliver(subscription, event).then((isTaken) => {
      subscription.validated = isTaken
    })
    validations.set(id, validation)
    return { status: 201, body: { ...subscription, validated: false } }
  }

  return {
    publish,
    subscribe,
    list: (() => ({
      body: { count: subscriptions.size, subscriptions: [...subscriptions.values()] },
    })) satisfies StandInHandler,
    remove: (({ params }) => {
      if (!subscriptions.delete(Number(params['id']))) throw problem(404, 'Subscription not found')
      return {}
    }) satisfies StandInHandler,
    /** Those after an id, oldest first. */
    events: (({ query }) => {
      const after = query.get('after')
      const size = Number(query.get('size') ?? 50)
      if (after === null) throw problem(400, "The 'after' parameter must be defined.")
      const type = query.get('type')
      const all = kept.filter(
        (event) => event.resource === query.get('resource') && (type === null || event.type === type),
      )
      const start = after === '0' ? 0 : all.findIndex(({ id }) => id === after) + 1
      const page = all.slice(start, start + size)
      const hasMore = start + size < all.length
      return {
        ...(hasMore && {
          headers: { next: `https://platform.tt02.altinn.no/events/api/v1/events?after=${page.at(-1)?.id}` },
        }),
        body: page,
      }
    }) satisfies StandInHandler,
  }
}
