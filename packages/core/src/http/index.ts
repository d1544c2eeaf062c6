export { type AddressGuard, type AddressPolicy, createAddressGuard } from './address-guard.ts'
export { type AddressList, createAddressList } from './address-list.ts'
export { type AgentOptions, assertHttpUrl, type ClientCertificate, createAgent } from './agent.ts'
export { type AgentPool, createAgentPool } from './agent-pool.ts'
export type { CallGate } from './call-gate.ts'
export { outcomeOfError, outcomeOfStatus } from './call-outcome.ts'
export { createFetch, type FetchOptions } from './create-fetch.ts'
export { decodedBody, type ReadableBody } from './decoded-body.ts'
export {
  type CallerSignal,
  type ForwardedResponse,
  type ForwardOptions,
  type ForwardTiming,
  forward,
} from './forward.ts'
export { type CacheRule, ForwardCache, type ForwardNetwork } from './forward-cache.ts'
export { createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
export { guardedLookup } from './guarded-lookup.ts'
export { type HeaderFields, requestHeaders, responseHeaders } from './headers.ts'
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpRequestOptions,
  type HttpResult,
} from './http-client.ts'
export type { CallEvent, HttpEvent, HttpEventHead } from './http-event.ts'
export { createRedactor, type RedactionOptions, type Redactor } from './redact.ts'
export { isRepeatable } from './repeatable.ts'
export { createSocketClass, type SocketClassOptions } from './socket-class.ts'
export type { CacheOptions } from './steps/cache-step.ts'
