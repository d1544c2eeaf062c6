import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None, TlsClientAuth } from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'
import { signAssertion } from './assertion.ts'
import type { OAuthSettings } from './settings.ts'

/** Puts the client's proof into a request's body or headers. */
export function clientAuthentication(settings: OAuthSettings): ClientAuth {
  const { clientSecret, quirks } = settings
  if (quirks?.tokenRequestFormat === 'headers') return secretInHeaders(clientSecret ?? '')
  if (settings.clientAuthentication === 'private_key_jwt') return signedAssertion(settings)
  if (settings.clientAuthentication === 'tls') return TlsClientAuth()
  if (clientSecret === undefined) return None()
  if (settings.clientAuthentication === 'bearer') return secretAsBearer(clientSecret)
  if (settings.clientAuthentication === 'body') return ClientSecretPost(clientSecret)
  return quirks?.basicCredentials === 'raw' ? rawBasic(clientSecret) : ClientSecretBasic(clientSecret)
}

/** For a grant that proves by itself who asks: nothing is sent unless the client has a proof of its own. */
export function optionalClientAuthentication(settings: OAuthSettings): ClientAuth {
  const proven =
    settings.clientSecret !== undefined ||
    settings.clientAuthentication === 'private_key_jwt' ||
    settings.clientAuthentication === 'tls'
  return proven ? clientAuthentication(settings) : () => {}
}

/** Whom the client's assertions are for. */
export function assertionAudience(settings: OAuthSettings): string {
  return settings.assertionAudience ?? settings.oidc?.issuer ?? settings.tokenUrl
}

/** https://www.rfc-editor.org/rfc/rfc7523#section-2.2 */
function signedAssertion(settings: OAuthSettings): ClientAuth {
  const { clientKey } = settings
  if (clientKey === undefined) {
    throw new KobleError('client_key_invalid', 'The client proves itself by a signature, but has no key.')
  }
  return async (_as, { client_id: clientId }, body) => {
    const claims = { iss: clientId, sub: clientId, aud: assertionAudience(settings) }
    body.set('client_id', clientId)
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    body.set('client_assertion', await signAssertion(clientKey, claims, { now: settings.now?.() ?? new Date() }))
  }
}

function rawBasic(clientSecret: string): ClientAuth {
  return (_as, { client_id: clientId }, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`)
  }
}

function secretAsBearer(clientSecret: string): ClientAuth {
  return (_as, { client_id: clientId }, body, headers) => {
    body.set('client_id', clientId)
    headers.set('authorization', `Bearer ${clientSecret}`)
  }
}

function secretInHeaders(clientSecret: string): ClientAuth {
  return (_as, { client_id: clientId }, _body, headers) => {
    headers.set('client_id', clientId)
    headers.set('client_secret', clientSecret)
  }
}
