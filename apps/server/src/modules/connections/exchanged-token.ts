import { KobleError } from '@koble/core/errors'
import type { TokenSet } from '@koble/core/oauth'
import { apiError } from '../../http/problems.ts'

/**
 * Exchanges a token at a service's own address (a GET with the token as a bearer) for the one its calls are made with,
 * whose end is read from itself. Throws `token_rejected` when the service refuses the token, and `provider_*` when it
 * gives no usable answer.
 */
export async function exchangedToken(
  url: string,
  granted: Pick<TokenSet, 'slots'>,
  call: typeof fetch,
  timeoutMs: number,
): Promise<Pick<TokenSet, 'slots' | 'raw'>> {
  const first = granted.slots['default']
  if (!first) throw malformed('There is no token to exchange.')
  const response = await call(new URL(url), {
    headers: { accept: 'application/json, text/plain', authorization: `Bearer ${first.accessToken}` },
    signal: AbortSignal.timeout(timeoutMs),
  })
  judge(response)
  const accessToken = (await response.text()).trim().replace(/^"(.*)"$/s, '$1')
  if (!/^[\x21-\x7e]+$/.test(accessToken)) throw malformed('The token exchange brought no token.')
  const expiresAt = expiryOf(accessToken)
  const slot = { accessToken, scopes: first.scopes, tokenType: 'bearer', ...(expiresAt && { expiresAt }) }
  return { slots: { default: slot }, raw: {} }
}

function judge(response: Response): void {
  const { status } = response
  if (status >= 200 && status < 300) return
  void response.body?.cancel()
  const details = { status }
  if (status === 429) throw apiError('provider_throttled', 'The provider asks us to slow down.', details)
  if (status >= 500) throw apiError('provider_unavailable', 'The provider is having trouble.', details)
  const message = `The token exchange was refused (${status}).`
  throw new KobleError('token_rejected', message, { status: 422, details: { ...details, error: 'exchange_refused' } })
}

/** A token that is no JWT is good until a 401. */
function expiryOf(token: string): Date | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown }
    return typeof exp === 'number' ? new Date(exp * 1000) : undefined
  } catch {
    return undefined
  }
}

function malformed(message: string): KobleError {
  return new KobleError('provider_malformed', message, { status: 502 })
}
