import { requireEndpoint } from './endpoint-request.ts'
import { generateRandomString } from './pkce.ts'
import type { OAuthSettings } from './settings.ts'

/** What `createLogoutUrl` tells the provider. */
export interface LogoutOptions {
  /** The last id token; without it most providers ask the user whether to log out. */
  idToken?: string
  /** Registered with the provider. The browser may never come back from there, so end the own session first. */
  postLogoutRedirectUri?: string
  /** The languages of the provider's page, best first. */
  uiLocales?: string
}

/**
 * Where to send the browser to end the session at the provider too.
 * https://openid.net/specs/openid-connect-rpinitiated-1_0.html
 *
 * @returns `state` comes back with the browser, when it is told where to go.
 * @throws KobleError `invalid_request` when the provider has no such page.
 */
export function createLogoutUrl(
  settings: Pick<OAuthSettings, 'endSessionUrl' | 'clientId'>,
  options: LogoutOptions = {},
): { url: string; state: string | null } {
  const url = new URL(requireEndpoint(settings.endSessionUrl, 'end its session'))
  const { idToken, postLogoutRedirectUri, uiLocales } = options
  const state = postLogoutRedirectUri === undefined ? null : generateRandomString(43)
  const parameters = {
    client_id: settings.clientId,
    id_token_hint: idToken,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state: state ?? undefined,
    ui_locales: uiLocales,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return { url: url.href, state }
}
