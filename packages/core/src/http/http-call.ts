import type { CallScope } from './call-scope.ts'
import type { HeaderFields } from './headers.ts'
import type { CallEvent } from './http-event.ts'
import type { ReceivedBody } from './received-body.ts'

/** One request on its way out, redirects apart. */
export interface HttpCall {
  url: URL
  /** Of the URL, which would put it together anew each time. */
  origin: string
  method: string
  /** By lower-case name. */
  headers: HeaderFields
  /** A Buffer can be sent again, anything else cannot. */
  body: Buffer | AsyncIterable<Uint8Array> | null
  scope: CallScope
  /** What all hops and attempts of the call have in common. */
  log: CallLog
  /** Whose answers it may share; without one, everything that its header fields tell of who asks. */
  partition?: Partition
}

/** Those who may be given the same answers. */
export interface Partition {
  key: string
  /** Header fields, in lower case, that differ from call to call and for which the key stands: credentials. */
  covers: readonly string[]
}

/** What is known of a call beside its request. */
export interface CallLog {
  /** How often a request was sent. */
  attempts: number
  /** What the cache did, where there is one. */
  cache?: 'hit' | 'revalidated' | 'miss'
  /** Another call's request brought the answer. */
  coalesced?: boolean
  /** Absent where nobody listens. */
  report?(event: CallEvent): void
}

export interface HttpAnswer {
  status: number
  statusText: string
  /** By lower-case name. */
  headers: HeaderFields
  body: ReceivedBody
}

/** The rest of the way out. */
export type Send = (call: HttpCall) => Promise<HttpAnswer>

/** One part of the way out: may act before the rest, after it, or in its place. */
export type Step = (call: HttpCall, next: Send) => Promise<HttpAnswer>

/** Puts steps before a `send`, the first one outermost. */
export function compose(steps: readonly Step[], send: Send): Send {
  return steps.reduceRight<Send>((next, step) => (call) => step(call, next), send)
}
