import { KobleError } from '@koble/core/errors'
import { valuesAt } from '@koble/core/signatures'
import { fillRequest } from '@koble/providers/fill-request'
import { readAnswer } from '@koble/providers/read-source'
import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import type {
  RegistrationRequest,
  RegistrationTarget,
  RegistrationValues,
  WebhookRegistration,
} from '@koble/providers/webhook-registration'
import type { Actor } from '../../http/actor.ts'
import { type CallerPresence, type GatewayService, sealEnvelope } from '../gateway/service.ts'
import { judgeAnswer, meaningOfError, type ReadAnswer, registrationFailure } from './judge-answer.ts'
import type { Placed } from './store.ts'

/** One registration, with all that is needed to speak of it to its provider. */
export interface Subject {
  id: string
  actor: Actor
  connectionId: string
  url: string
  registration: WebhookRegistration
  target: RegistrationTarget
  /** Of the endpoint's integration. */
  api: ResolvedProvider['api']
  /** Without those of a single try. */
  values: RegistrationValues
  /** None of these may stand in what is kept of an answer. */
  secrets: readonly string[]
  presence: CallerPresence
}

/** What the provider gave for a registration. */
export interface Created extends Placed {
  secret: string | null
  /** Null when it does not end. */
  expiresAt: Date | null
}

/** Says to providers what is to be registered. Every method throws a KobleError whose meaning `meaningOfError` tells. */
export interface Registrar {
  /** What was made before a failure in the middle stands in the error's `details.placed`. */
  create(subject: Subject): Promise<Created>
  /** Until when it lasts now. */
  renew(subject: Subject, placed: Placed): Promise<Date | null>
  update(subject: Subject, placed: Placed): Promise<void>
  /** What the provider does not know (any more) counts as removed. */
  remove(subject: Subject, placed: Placed): Promise<void>
  /** The ids of those that send to the registration's URL; null where the provider does not tell. */
  find(subject: Subject): Promise<string[] | null>
}

const callTimeoutMs = 10_000
const pagesMax = 20
/** Asked for so much less than the longest: clocks differ. */
const clockSlackSeconds = 60

export function createRegistrar(gateway: Pick<GatewayService, 'call'>): Registrar {
  async function call(
    subject: Subject,
    request: RegistrationRequest,
    values: RegistrationValues,
    answers: readonly unknown[] = [],
    url?: string,
  ): Promise<ReadAnswer> {
    const { method, path, headers, body } = fillRequest(request, values, answers)
    const answer = await gateway.call({
      actor: subject.actor,
      connectionId: subject.connectionId,
      method,
      path: url === undefined ? path : '',
      url,
      headers,
      body,
      requestId: subject.id,
      timeoutMs: callTimeoutMs,
      origin: undefined,
      signal: subject.presence,
      isOwn: true,
    })
    const read: ReadAnswer = await sealEnvelope(answer, 0)
    const { target, registration, secrets } = subject
    judgeAnswer(read, target, registration, { okField: subject.api.errors?.okField, secrets })
    return read
  }

  /** The values of one try, in which it is asked for as long as possible. */
  function tryValues({ target, values }: Subject): RegistrationValues {
    const attempt = { ...values, attemptId: crypto.randomUUID() }
    const { lifetime } = target
    if (!lifetime) return attempt
    const atMs = Date.now() + (lifetime.seconds - clockSlackSeconds) * 1000
    const expiresAt = new Date(atMs)
    const times = { expiresAtMs: `${atMs}`, expiresAtUnix: `${Math.floor(atMs / 1000)}` }
    return { ...attempt, ...times, expiresAt: expiresAt.toISOString() }
  }

  return {
    async create(subject) {
      const { target } = subject
      let values = tryValues(subject)
      const answers: unknown[] = []
      const created: Created = { externalIds: [], facts: {}, secret: null, expiresAt: null }
      try {
        for (const [at, request] of target.create.entries()) {
          const events = Array.isArray(values['events']) ? (values['events'] as string[]) : []
          const rounds = request.each === 'event' ? events.map((event) => ({ ...values, event })) : [values]
          for (const round of rounds) {
            const answer = await call(subject, request, round, answers)
            answers.push(answer.body)
            values = { ...values, ...kept(request.keep, answer) }
            if (at === target.create.length - 1) take(target, answer, values, created)
          }
        }
      } catch (error) {
        if (created.externalIds.length === 0) throw error
        const { code, message } =
          error instanceof KobleError ? error : { code: 'internal_error', message: String(error) }
        throw registrationFailure(code, message, meaningOfError(error), { placed: created })
      }
      return created
    },

    async renew(subject, placed) {
      const { renew, answer: places } = subject.target
      if (!renew) return null
      const values = { ...tryValues(subject), ...namesOf(placed) }
      const answer = await call(subject, renew, values)
      return expiryOf(places.expiresAt, answer) ?? requestedExpiry(values)
    },

    async update(subject, placed) {
      const { update } = subject.target
      if (update) await call(subject, update, { ...tryValues(subject), ...namesOf(placed) })
    },

    async remove(subject, placed) {
      const base = tryValues(subject)
      const answers: unknown[] = []
      for (const request of subject.target.remove) {
        const ids = request.each === 'externalId' ? placed.externalIds : [placed.externalIds[0]]
        for (const externalId of ids) {
          if (externalId === undefined) continue
          try {
            const answer = await call(subject, request, { ...base, ...placed.facts, externalId }, answers)
            answers.push(answer.body)
          } catch (error) {
            if (meaningOfError(error) !== 'gone') throw error
          }
        }
      }
    },

    async find(subject) {
      const { find } = subject.target
      if (!find) return null
      const found: string[] = []
      let next: string | undefined
      for (let page = 0; page < pagesMax; page += 1) {
        const answer = await call(subject, find.request, subject.values, [], next)
        for (const item of valuesAt(answer.body, find.items)) {
          const [id] = valuesAt(item, find.id)
          const isOurs = isAddress(valuesAt(item, find.url)[0], subject.url, find.urlHasMore)
          if (isOurs && id !== undefined && id !== null) found.push(String(id))
        }
        next = find.next === undefined ? undefined : nextPage(find.next, answer)
        if (next === undefined) return found
      }
      return found
    },
  }
}

function kept(keep: RegistrationRequest['keep'], answer: ReadAnswer): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, source] of Object.entries(keep ?? {})) {
    const value = readAnswer(source, answer)
    if (value === undefined) throw registrationFailure('provider_malformed', `The answer lacks ${name}.`, 'again')
    found[name] = value
  }
  return found
}

/** Reads what the answer to a creation says into what is known of it. */
function take(target: RegistrationTarget, answer: ReadAnswer, values: RegistrationValues, created: Created): void {
  const places = target.answer
  const id = 'kept' in places.id ? values[places.id.kept] : readAnswer(places.id, answer)
  if (typeof id !== 'string') {
    throw registrationFailure('provider_malformed', 'The answer names no registration.', 'again')
  }
  created.externalIds.push(id)
  created.expiresAt = expiryOf(places.expiresAt, answer) ?? requestedExpiry(values)
  Object.assign(created.facts, kept(places.keep, answer))
  if (!places.secret) return
  created.secret = readAnswer(places.secret, answer) ?? null
  if (created.secret === null) throw registrationFailure('provider_malformed', 'The answer holds no secret.', 'again')
}

/** Whether what the provider has is the address that it was given. */
const isAddress = (found: unknown, url: string, hasMore = false) =>
  found === url || (hasMore && typeof found === 'string' && found.startsWith(`${url}&`))

const namesOf = ({ externalIds, facts }: Placed) => ({ ...facts, externalId: externalIds[0] })

function requestedExpiry(values: RegistrationValues): Date | null {
  const asked = values['expiresAt']
  return typeof asked === 'string' ? new Date(asked) : null
}

function expiryOf(place: RegistrationTarget['answer']['expiresAt'], answer: ReadAnswer): Date | null {
  const text = place && readAnswer(place.at, answer)
  if (text === undefined) return null
  const date =
    place?.format === 'rfc3339' ? new Date(text) : new Date(Number(text) * (place?.format === 'unix' ? 1000 : 1))
  return Number.isNaN(date.getTime()) ? null : date
}

function nextPage(next: 'link' | { field: string }, answer: ReadAnswer): string | undefined {
  if (next !== 'link') return readAnswer(next, answer)
  const links = [answer.headers['link']].flat().join(',')
  return /<([^<>]+)>\s*;[^,<]*\brel="?next"?/.exec(links)?.[1]
}
