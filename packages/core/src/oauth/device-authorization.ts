import { setTimeout as sleep } from 'node:timers/promises'
import { deviceAuthorizationRequest } from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { splitScopes } from './authorization.ts'
import { callEndpoint, requireEndpoint } from './endpoint-request.ts'
import type { OAuthSettings, TokenSet } from './settings.ts'
import { requestTokens } from './token-request.ts'

/** What to show on a device without a browser, and what to keep meanwhile. */
export interface DeviceAuthorization {
  /** Secret: whoever has it gets the tokens. */
  deviceCode: string
  /** What the user types at `verificationUri`. */
  userCode: string
  verificationUri: string
  /** The same address with the code in it, for a QR code. */
  verificationUriComplete?: string
  expiresAt: Date
  /** How long to wait between two questions, at least. */
  intervalMs: number
}

/** Begins an authorization on another device (RFC 8628). Throws what `exchangeCode` does, and `invalid_request`. */
export async function startDeviceAuthorization(settings: OAuthSettings): Promise<DeviceAuthorization> {
  requireEndpoint(settings.deviceAuthorizationUrl, 'sign in on another device')
  const scope = splitScopes(settings).own.join(settings.quirks?.scopeSeparator ?? ' ')
  const answer = await callEndpoint(settings, (as, client, authentication, options) =>
    deviceAuthorizationRequest(as, client, authentication, scope === '' ? {} : { scope }, options),
  )
  // Google and others of the time before the RFC write `verification_url`.
  const verificationUri = address(answer['verification_uri'] ?? answer['verification_url'])
  const complete = answer['verification_uri_complete']
  const { device_code: deviceCode, user_code: userCode, expires_in: expiresIn, interval } = answer
  return {
    deviceCode: text(deviceCode),
    userCode: text(userCode),
    verificationUri,
    ...(complete !== undefined && { verificationUriComplete: address(complete) }),
    expiresAt: new Date(nowMs(settings) + seconds(expiresIn) * 1000),
    intervalMs: (interval === undefined ? 5 : seconds(interval)) * 1000,
  }
}

/**
 * Waits until the user has decided, and gives the tokens. Asks no more often than the provider allows, slows down when it
 * says so, and outlasts its bad moments until the code runs out. Throws `consent_denied`, `device_code_expired`, what
 * `exchangeCode` does, or the reason of `signal`.
 *
 * @param wait Instead of the clock, for tests.
 */
export async function pollDeviceToken(
  settings: OAuthSettings,
  device: Pick<DeviceAuthorization, 'deviceCode' | 'expiresAt' | 'intervalMs'>,
  { signal, wait = pause }: { signal?: AbortSignal; wait?: (ms: number, signal?: AbortSignal) => Promise<void> } = {},
): Promise<TokenSet> {
  let { intervalMs } = device
  for (;;) {
    await wait(intervalMs, signal)
    signal?.throwIfAborted()
    if (nowMs(settings) >= device.expiresAt.getTime()) throw expired()
    const asked = await askDeviceToken(settings, { ...device, intervalMs })
    if (asked.tokens !== null) return asked.tokens
    intervalMs = asked.intervalMs
  }
}

/**
 * Asks once whether the user has decided, for those who wait elsewhere than in this process: the tokens, or how long to
 * wait before asking again. Throws what `pollDeviceToken` does.
 */
export async function askDeviceToken(
  settings: OAuthSettings,
  { deviceCode, intervalMs }: Pick<DeviceAuthorization, 'deviceCode' | 'intervalMs'>,
): Promise<{ tokens: TokenSet } | { tokens: null; intervalMs: number }> {
  try {
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    return { tokens: await requestTokens(settings, grant, { device_code: deviceCode }) }
  } catch (error) {
    return { tokens: null, intervalMs: nextIntervalMs(error, intervalMs) }
  }
}

/** https://www.rfc-editor.org/rfc/rfc8628#section-3.5 */
function nextIntervalMs(error: unknown, intervalMs: number): number {
  if (!(error instanceof KobleError)) throw error
  if (error.details.error === 'authorization_pending') return intervalMs
  if (error.details.error === 'slow_down') return intervalMs + 5_000
  if (error.details.error === 'expired_token') throw expired()
  if (error.details.error === 'access_denied') {
    throw new KobleError('consent_denied', 'The consent was declined at the provider.', { status: 400 })
  }
  if (!error.retryable) throw error
  return Math.min(intervalMs * 2, 60_000)
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // The reason of the signal is thrown by whoever waited.
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}

function nowMs(settings: OAuthSettings): number {
  return (settings.now?.() ?? new Date()).getTime()
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw malformed()
}

/** It becomes a link, so nothing but a web page will do. */
function address(value: unknown): string {
  const url = text(value)
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw malformed()
}

function seconds(value: unknown): number {
  const number = Number(value)
  if (Number.isFinite(number) && number >= 0 && number <= 86_400 && value !== null && value !== '') return number
  throw malformed()
}

function malformed(): KobleError {
  return new KobleError('provider_malformed', 'The provider answered something that begins no sign-in.', {
    status: 502,
    details: { reason: 'device_authorization_malformed' },
  })
}

function expired(): KobleError {
  return new KobleError('device_code_expired', 'Nobody confirmed the sign-in in time.', { status: 400 })
}
