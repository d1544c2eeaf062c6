import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { signDelivery } from '@koble/core/signatures'
import { vippsSignature } from '../vipps.ts'
import { jsonOf, type StandInHandler } from './stand-in.ts'
import { problem } from './vipps-merchant.ts'

export type VippsWebhooks = ReturnType<typeof createVippsWebhooks>

interface Registration {
  id: string
  url: string
  events: string[]
  secret: string
  /** What was sent before; the next waits for it, so that the order is kept. */
  sent: Promise<void>
}

const tries = 5
const pauseMs = 2000
const answerWithinMs = 10_000
const registrationsMax = 25

/**
 * The Webhooks API: registrations, and signed deliveries to them in the order of the events. It sends only to Koble and to
 * this machine, a few times two seconds apart; what is registered elsewhere is listed and gets nothing.
 */
export function createVippsWebhooks({ publicUrl, events }: { publicUrl: string; events: readonly string[] }) {
  const registrations = new Map<string, Registration>()
  const isNear = ({ origin, hostname }: URL) =>
    origin === new URL(publicUrl).origin || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)

  // For the examples.
  add({ id: '497f6eca-6276-4993-bfeb-53cbbbba6f08', url: 'https://example.com/hooks/vipps', events: [...events] })

  function add(given: Pick<Registration, 'id' | 'url' | 'events'>): Registration {
    const registration = { ...given, secret: randomBytes(64).toString('base64'), sent: Promise.resolve() }
    registrations.set(given.id, registration)
    return registration
  }

  const register: StandInHandler = (request) => {
    const given = jsonOf<{ url?: unknown; events?: unknown }>(request)
    const url = typeof given.url === 'string' ? URL.parse(given.url) : null
    if (!url || (url.protocol !== 'https:' && !isNear(url))) {
      return problem(400, 'Bad Request', { url: 'must be a valid https URL' })
    }
    const wanted = Array.isArray(given.events) ? given.events.map(String) : []
    const unknown = wanted.find((event) => !events.includes(event))
    if (wanted.length === 0 || unknown !== undefined) {
      return problem(400, 'Bad Request', { events: unknown ? `${unknown} is unknown` : 'at least one is needed' })
    }
    const registered = [...registrations.values()]
    const full = wanted.find((event) => registered.filter((one) => one.events.includes(event)).length >= maxOf(event))
    if (full !== undefined) return problem(400, 'Bad Request', { events: `${full} has no registration left` })
    const { id, secret } = add({ id: randomUUID(), url: given.url as string, events: wanted })
    return { status: 201, body: { id, secret } }
  }

  async function deliver(registration: Registration, body: Buffer): Promise<void> {
    const { url, secret } = registration
    for (let attempt = 1; attempt <= tries && registrations.has(registration.id); attempt++) {
      const signed = signDelivery(vippsSignature, { method: 'POST', url, body, secret, now: new Date() })
      const headers = { 'content-type': 'application/json', ...signed }
      const sending = fetch(url, {
        ...{ method: 'POST', headers, body: new Uint8Array(body), redirect: 'manual' },
        signal: AbortSignal.timeout(answerWithinMs),
      })
      const isTaken = await sending.then(
        ({ ok }) => ok,
        () => false,
      )
      if (isTaken) return
      await sleep(pauseMs, undefined, { ref: false })
    }
  }

  return {
    register,
    list: (() => {
      const webhooks = [...registrations.values()].map(({ id, url, events }) => ({ id, url, events }))
      return { body: { webhooks } }
    }) satisfies StandInHandler,
    remove: (({ params }) =>
      registrations.delete(params['id'] ?? '')
        ? { status: 204 }
        : problem(404, 'Not Found', { id: 'is not registered' })) satisfies StandInHandler,

    /** Tells all who registered for the event. */
    publish(event: string, body: object): void {
      const bytes = Buffer.from(JSON.stringify(body))
      for (const registration of registrations.values()) {
        if (!registration.events.includes(event) || !isNear(new URL(registration.url))) continue
        registration.sent = registration.sent.then(() => deliver(registration, bytes))
      }
    },
  }
}

const maxOf = (event: string) => (event === 'user.checked-in.v1' ? 1 : registrationsMax)
