import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  customFetch,
  type DPoPHandle,
} from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { clientAuthentication } from './client-authentication.ts'
import type { OAuthSettings } from './settings.ts'
import { readAnswer } from './token-answer.ts'

/** Builds and sends one request: a function of oauth4webapi with its parameters filled in. */
export type Send = (
  as: AuthorizationServer,
  client: Client,
  authentication: ClientAuth,
  options: SendOptions,
) => Promise<Response>

export interface SendOptions {
  [allowInsecureRequests]: true
  [customFetch]: (url: string, init: RequestInitLike) => Promise<Response>
  signal: AbortSignal
  DPoP?: DPoPHandle
}
interface RequestInitLike {
  body?: unknown
  headers: Record<string, string>
  method: string
  redirect: 'manual'
  signal?: AbortSignal
}

/**
 * The one way to a provider's endpoints: proves the client, writes the request the provider's way, sends it, and judges
 * what comes back. A provider that wants a nonce in the DPoP proof is asked a second time with it (RFC 9449, section 8).
 * Throws what `readAnswer` does, `provider_unreachable`, `provider_timeout`, and what `fetch` throws as `KobleError`.
 */
export async function callEndpoint(
  settings: OAuthSettings,
  send: Send,
  options: { bodyOptional?: boolean; authentication?: ClientAuth } = {},
): Promise<Record<string, unknown>> {
  try {
    return await callOnce(settings, send, options)
  } catch (error) {
    const wantsNonce = error instanceof KobleError && error.details.error === 'use_dpop_nonce'
    if (settings.dpop === undefined || !wantsNonce) throw error
    return await callOnce(settings, send, options)
  }
}

async function callOnce(
  settings: OAuthSettings,
  send: Send,
  { bodyOptional = false, authentication }: { bodyOptional?: boolean; authentication?: ClientAuth },
): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(settings.timeoutMs ?? 20_000)
  const client = { client_id: settings.clientId }
  try {
    const response = await send(endpointsOf(settings), client, authentication ?? clientAuthentication(settings), {
      [allowInsecureRequests]: true,
      [customFetch]: (url, init) => settings.fetch(url, written(settings, init)),
      signal,
      ...(settings.dpop === undefined ? {} : { DPoP: settings.dpop.handle }),
    })
    return await readAnswer(settings, response, { bodyOptional })
  } catch (error) {
    if (error instanceof KobleError) throw error
    if (signal.aborted) {
      throw new KobleError('provider_timeout', 'The provider did not answer in time.', { status: 504, retryable: true })
    }
    throw new KobleError('provider_unreachable', 'The provider could not be reached.', {
      status: 502,
      retryable: true,
      cause: error,
    })
  }
}

function endpointsOf(settings: OAuthSettings): AuthorizationServer {
  const { revocationUrl, pushedAuthorizationUrl, deviceAuthorizationUrl, introspectionUrl } = settings
  return {
    issuer: new URL(settings.tokenUrl).origin,
    token_endpoint: settings.tokenUrl,
    ...(revocationUrl && { revocation_endpoint: revocationUrl }),
    ...(pushedAuthorizationUrl && { pushed_authorization_request_endpoint: pushedAuthorizationUrl }),
    ...(deviceAuthorizationUrl && { device_authorization_endpoint: deviceAuthorizationUrl }),
    ...(introspectionUrl && { introspection_endpoint: introspectionUrl }),
  }
}

/** The same request, as this provider wants it written. */
function written(settings: OAuthSettings, init: RequestInitLike): RequestInit {
  const parameters = new URLSearchParams(String(init.body))
  const headers = { ...init.headers, ...settings.requestHeaders }
  switch (settings.quirks?.tokenRequestFormat) {
    case 'json':
      return {
        ...init,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries(parameters)),
      }
    case 'headers':
      return { ...init, headers, body: '' }
    default:
      return { ...init, headers, body: parameters.toString() }
  }
}

/** The address of an endpoint that not every provider has. Throws `KobleError('invalid_request')`. */
export function requireEndpoint(url: string | undefined, ability: string): string {
  if (url !== undefined) return url
  throw new KobleError('invalid_request', `The provider has no way to ${ability}.`, { status: 400 })
}
