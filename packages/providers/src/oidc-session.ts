import { z } from 'zod'
import type { OperationContext } from './define-operation.ts'

/** What an operation that ends a session at an OpenID provider takes. */
export const logoutInput = z.strictObject({
  clientId: z.string().min(1).max(200).optional().describe('Needed where there is no idToken'),
  idToken: z.string().min(1).max(10_000).optional().describe('The last id token of the session, if it was kept'),
  postLogoutRedirectUri: z.url().max(2_000).optional().describe('One of the addresses that are registered for this'),
  state: z.string().min(1).max(500).optional().describe('Comes back with the browser'),
  locale: z.string().max(10).optional(),
})

/** What an OpenID provider says of itself, as far as it is used. https://openid.net/specs/openid-connect-discovery-1_0.html */
export async function readDiscovery({ send }: Pick<OperationContext, 'send'>): Promise<OidcMetadata> {
  const { body } = await send({ method: 'GET', path: '/.well-known/openid-configuration' })
  return body as OidcMetadata
}

export interface OidcMetadata {
  issuer: string
  jwks_uri: string
  userinfo_endpoint?: string
  end_session_endpoint?: string
  acr_values_supported?: string[]
}

/** Where to send the browser to be signed out. https://openid.net/specs/openid-connect-rpinitiated-1_0.html */
export async function buildLogoutUrl(
  input: z.infer<typeof logoutInput>,
  context: Pick<OperationContext, 'send'>,
): Promise<string> {
  const { end_session_endpoint } = await readDiscovery(context)
  const url = new URL(end_session_endpoint ?? '')
  const parameters = {
    id_token_hint: input.idToken,
    client_id: input.clientId,
    post_logout_redirect_uri: input.postLogoutRedirectUri,
    state: input.state,
    ui_locales: input.locale,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}
