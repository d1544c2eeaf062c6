import { accountBase, readAccountBase } from '@koble/providers/account-base'
import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import type { Credentials } from './credentials.ts'

type Api = ResolvedProvider['api']

/**
 * The credentials with the base of the API that a token answer names for the account. Where it names none that may be
 * used, they stay as they are: tokens that came with it must not be lost.
 */
export function withAccountBase(
  { resolved }: OpenIntegration,
  credentials: Credentials,
  answer: Readonly<Record<string, unknown>>,
): Credentials {
  const baseUrl = readAccountBase(resolved.api, answer)
  return baseUrl === undefined ? credentials : { ...credentials, baseUrl }
}

/** Throws `provider_malformed` where the provider has a base for each account, and none is known of this one. */
export function demandAccountBase({ resolved }: OpenIntegration, { baseUrl }: Credentials): void {
  if (!resolved.api.accountBase || baseUrl !== undefined) return
  const message = `${resolved.name} named no address of its own under which the account can be called.`
  throw apiError('provider_malformed', message)
}

const apis = new WeakMap<Credentials, { of: Api; api: Api }>()

/**
 * The API as the account sees it. A base from an earlier answer is held against what the integration says today: after
 * its addresses were changed, tokens no longer go where they went before.
 */
export function apiOf({ resolved }: OpenIntegration, credentials: Credentials): Api {
  const { api } = resolved
  if (!api.accountBase || credentials.baseUrl === undefined) return api
  const known = apis.get(credentials)
  if (known?.of === api) return known.api
  const placed = { ...api, baseUrl: accountBase(api, credentials.baseUrl) ?? api.baseUrl }
  apis.set(credentials, { of: api, api: placed })
  return placed
}
