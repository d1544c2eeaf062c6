import type { Agent } from 'undici'
import { asFetch } from './as-fetch.ts'
import { sendGuarded } from './send-guarded.ts'

/** How `createGuardedFetch` calls. */
export interface GuardedFetchOptions {
  /** From `createAgent`: it checks the address of every connection, also those that a redirect leads to. */
  agent: Agent
  /** For the whole call, the body of the answer included. 30,000 unless said otherwise. */
  timeoutMs?: number
  /** Of the decoded body. 10 MiB unless said otherwise. */
  maxResponseBytes?: number
  /** Sent unless the caller sets one; `Koble` unless said otherwise. */
  userAgent?: string
}

/**
 * Makes a `fetch` for OAuth and discovery that calls only addresses the agent allows, once and with nothing around it;
 * `createFetch` adds the rest. Redirects are handed to the caller unless it asks for `redirect: 'follow'`; then at most
 * five are followed, to another origin only without the caller's credentials and without a body. Rejects with
 * `KobleError` (`provider_unreachable`, `provider_timeout`, `private_address`, `invalid_request`, `provider_malformed`
 * for an answer that is too large or redirects badly), or with the reason of the caller's own signal, as `fetch` does.
 */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  const timeoutMs = options.timeoutMs ?? 30_000
  const maxBytes = options.maxResponseBytes ?? 10_485_760
  const { userAgent } = options
  const send = sendGuarded(options.agent, { maxBytes, timeoutMs })
  return asFetch(send, { timeoutMs, bodyInTime: true, maxBytes, redirect: 'manual', userAgent })
}
