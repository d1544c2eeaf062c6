import type { Field, Source } from './define-provider.ts'

/** How webhooks are registered by the provider's own API, so that nobody has to enter a URL and a secret there. */
export interface WebhookRegistration {
  /** What one can listen to, the usual one first. */
  targets: RegistrationTarget[]
  /** What a refusal says in words, for people; the first that is there. */
  errorMessage?: Source
  /** Deliveries that say that a registration has to be looked after. */
  upkeep?: RegistrationUpkeep
}

/** Something whose events are sent: a repository, a calendar, an account. */
export interface RegistrationTarget {
  /** Kebab-case, unique within the provider. */
  id: string
  label: string
  /** What is told of, as a half-sentence: "Events of one repository". */
  description: string
  /** What one has to name. Their values stand in the templates below by their keys. */
  parameters: Field[]
  /** One of these must have been granted. Asked only of accounts whose scopes are known. */
  scopes?: string[]
  /** Absent where all that happens is sent, whatever is asked for. */
  events?: RegistrationEvents
  /** In order. The answer to the last one, or to each that is made for `each`, is what `answer` reads. */
  create: RegistrationRequest[]
  answer: RegistrationAnswer
  /** Lists what is registered. Without it a registration is neither checked nor found again after a crash. */
  find?: RegistrationSearch
  /** Prolongs it. What ends and has none is made anew, and the former one removed. */
  renew?: RegistrationRequest
  /** Changes events and secret of one that is there. Without it, it is made anew. */
  update?: RegistrationRequest
  remove: RegistrationRequest[]
  /** When it is made anew: whether the provider takes a second one beside the first. */
  replace?: 'create_first' | 'remove_first'
  lifetime?: RegistrationLifetime
  /** Refusals that mean something else than their status does. The first that fits counts. */
  errors?: RegistrationError[]
}

export interface RegistrationEvents {
  /** What is asked for where the endpoint takes every type; empty where each has to be named. */
  all: string[]
  /** Their names there where they differ from ours; null for what comes unasked. */
  names?: Record<string, string | null>
  /** These alone may be asked for; without it, whatever is no key of `names` goes as it is. */
  only?: string[]
}

/**
 * One call as the connected account. Placeholders stand for parameters by their keys and for
 *
 * - `{url}`: where deliveries go, another for each registration; `{secret}`: the endpoint's
 * - `{events}`: all of them, as a list where it stands alone; `{eventList}`: joined with commas; `{event}`: with `each`
 * - `{registrationId}`, and `{attemptId}`: a UUID that is another for each try
 * - `{externalId}`: the id at the provider, and whatever was kept
 * - `{expiresAt}` (RFC 3339), `{expiresAtMs}`, `{expiresAtUnix}`: until when it is asked for
 *
 * A field of a body, query or header whose placeholder has no value is left out.
 */
export interface RegistrationRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the API's base. `{name}` is one segment, `{+name}` may hold slashes. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  /** A function's body is sent as it is; it is for what no template can say. `answers` are those of the requests before. */
  body?:
    | RegistrationBody
    | ((values: RegistrationValues, answers: readonly unknown[]) => RegistrationBody | RegistrationBody[])
  /** How the body is written: JSON, or a form whose nested fields stand in brackets. */
  as?: 'json' | 'form'
  /** Made once for each event, or each id at the provider. */
  each?: 'event' | 'externalId'
  /** Read from the answer, for later requests of the same try. */
  keep?: Record<string, Source>
}

export type RegistrationBody = { [field: string]: RegistrationField }
type RegistrationField = string | number | boolean | RegistrationField[] | RegistrationBody

/** What the placeholders of a request stand for. */
export type RegistrationValues = Readonly<Record<string, string | readonly string[] | undefined>>

export interface RegistrationAnswer {
  /** The id at the provider: in the last answer, or kept of one before it, by its name there. */
  id: Source | { kept: string }
  /** Where the provider makes the secret; it is shown this once. An endpoint has one such registration. */
  secret?: Source
  expiresAt?: { at: Source; format: 'rfc3339' | 'unix' | 'unix_ms' }
  /** What later requests need besides the id. */
  keep?: Record<string, Source>
}

export interface RegistrationSearch {
  request: RegistrationRequest
  /** A JSON path to the entries: `[]`, `data[]`. */
  items: string
  /** JSON paths within an entry. */
  id: string
  url: string
  /** Where what was given as the address is ours with a parameter after it. */
  urlHasMore?: boolean
  /** Where the address of the next page is: the `Link` header, or a JSON path. */
  next?: 'link' | { field: string }
}

export interface RegistrationLifetime {
  /** The longest that the provider allows. */
  seconds: number
  /** Renewed so long before its end, or at half of what the provider allowed, if that is later. */
  renewBeforeSeconds: number
}

export interface RegistrationError {
  status: number
  /** Where the answer has to hold one of these texts, in whatever case; any answer of that status without it. */
  says?: { at: Source; oneOf: string[] }
  /**
   * `exists`: there is one already, `gone`: it is not there any more, `forbidden`: the account may not, `throttled`: later,
   * `refused`: never in this form.
   */
  means: RegistrationErrorMeaning
  /** One sentence for people, in place of the provider's words. */
  message?: string
}
export type RegistrationErrorMeaning = 'exists' | 'gone' | 'forbidden' | 'throttled' | 'refused'

/** A verified delivery that speaks of registrations themselves: what is to be done about each that it names. */
export interface RegistrationUpkeep {
  /** A JSON path to the items of a delivery. */
  each: string
  /** Within an item. */
  event: Source
  externalId: Source
  /** By event. */
  does: Record<string, 'renew' | 'recreate'>
}
