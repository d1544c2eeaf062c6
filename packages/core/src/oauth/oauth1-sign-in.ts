import { KobleError } from '../errors/errors.ts'
import { type OAuth1Credentials, signOAuth1 } from './oauth1.ts'
import { readAnswer } from './token-answer.ts'

/** One client at one provider of OAuth 1.0a. */
export interface OAuth1Settings extends Pick<OAuth1Credentials, 'consumerKey' | 'consumerSecret' | 'realm'> {
  signatureMethod?: OAuth1Credentials['signatureMethod']
  requestTokenUrl: string
  authorizationUrl: string
  tokenUrl: string
  /** Decides which addresses may be called (`createGuardedFetch`). */
  fetch: typeof fetch
  /** For one request to the provider. 20,000 unless said otherwise. */
  timeoutMs?: number
}

/** A temporary or a lasting one; both parts are secret. */
export interface OAuth1Token {
  token: string
  tokenSecret: string
  /** What else the provider says (Twitter's `user_id`). */
  fields: Record<string, string>
}

/**
 * Begins a sign-in: where to send the browser, and the temporary token to keep meanwhile.
 * https://www.rfc-editor.org/rfc/rfc5849#section-2.1
 *
 * Throws `KobleError`: `token_rejected`, `provider_malformed`, `provider_throttled`, `provider_unavailable`,
 * `provider_unreachable`, `provider_timeout`. None of them carries a token or a secret.
 */
export async function requestOAuth1Token(
  settings: OAuth1Settings,
  callbackUrl: string,
): Promise<{ url: string; request: OAuth1Token }> {
  const request = await ask(settings, settings.requestTokenUrl, {}, { oauth_callback: callbackUrl })
  // A provider of the version before 1.0a would let somebody else finish the sign-in.
  if (request.fields['oauth_callback_confirmed'] !== 'true') throw malformed('callback_not_confirmed')
  const url = new URL(settings.authorizationUrl)
  url.searchParams.set('oauth_token', request.token)
  return { url: url.href, request }
}

/**
 * Judges the callback and exchanges its verifier for the lasting token. Throws what `requestOAuth1Token` does,
 * `consent_denied` and `state_unknown`. https://www.rfc-editor.org/rfc/rfc5849#section-2.3
 */
export async function exchangeOAuth1Verifier(
  settings: OAuth1Settings,
  request: Pick<OAuth1Token, 'token' | 'tokenSecret'>,
  callback: URLSearchParams,
): Promise<OAuth1Token> {
  const verifier = callback.get('oauth_verifier')
  if (callback.has('denied') || callback.get('oauth_problem') === 'permission_denied' || !verifier) {
    throw new KobleError('consent_denied', 'The consent was declined at the provider.', { status: 400 })
  }
  if (callback.get('oauth_token') !== request.token) {
    throw new KobleError('state_unknown', 'The callback belongs to another sign-in.', { status: 400 })
  }
  return await ask(settings, settings.tokenUrl, request, { oauth_verifier: verifier })
}

async function ask(
  settings: OAuth1Settings,
  url: string,
  token: Pick<OAuth1Credentials, 'token' | 'tokenSecret'>,
  parameters: Record<string, string>,
): Promise<OAuth1Token> {
  const { consumerKey, consumerSecret, signatureMethod, realm } = settings
  const credentials = { consumerKey, consumerSecret, signatureMethod, realm, ...token }
  const authorization = signOAuth1({ method: 'POST', url }, credentials, { parameters })
  const signal = AbortSignal.timeout(settings.timeoutMs ?? 20_000)
  const fields = await settings
    .fetch(url, { method: 'POST', headers: { authorization, accept: 'application/x-www-form-urlencoded' }, signal })
    .then(readForm, (cause: unknown) => {
      if (cause instanceof KobleError) throw cause
      const [code, message, status] = signal.aborted
        ? (['provider_timeout', 'The provider did not answer in time.', 504] as const)
        : (['provider_unreachable', 'The provider could not be reached.', 502] as const)
      throw new KobleError(code, message, { status, retryable: true, cause })
    })
  const { oauth_token: granted, oauth_token_secret: tokenSecret, ...rest } = fields
  if (!granted || tokenSecret === undefined) throw malformed('access_token_missing')
  return { token: granted, tokenSecret, fields: rest }
}

async function readForm(response: Response): Promise<Record<string, string>> {
  if (response.ok) return Object.fromEntries(new URLSearchParams(await response.text()))
  // Refusals are judged as those of OAuth 2.0 are; their words are of no standard.
  if (response.status === 429 || response.status >= 500) {
    await readAnswer({}, response, { bodyOptional: false })
  }
  await response.body?.cancel()
  throw new KobleError('token_rejected', 'The provider refused the token request.', {
    status: 422,
    details: { status: response.status, error: 'token_refused' },
  })
}

function malformed(reason: string): KobleError {
  return new KobleError('provider_malformed', 'The provider answered something that is no token.', {
    status: 502,
    details: { reason },
  })
}
