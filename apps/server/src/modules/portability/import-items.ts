import { importedConnection } from '@koble/contract/portability'
import { authMethodOf, needsSignIn } from '@koble/providers/auth-methods'
import { connectionFields } from '@koble/providers/fields'
import { apiError } from '../../http/problems.ts'
import type { IncomingConnection } from '../connections/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { type BundledIntegration, readBundledConnection } from './bundle.ts'
import { fromNango, readNango } from './nango.ts'

/** One item of an import as it was sent, and from where: that is all that is kept of it in the background. */
export interface ImportItem {
  index: number
  from: 'bundle' | 'tokens' | 'nango'
  given: unknown
}

/** What items are read with. */
export interface ImportContext {
  /** Integrations of the source to integrations here. */
  mapping: Record<string, string>
  /** What integrations of a bundle are called, for messages. */
  sources: Pick<BundledIntegration, 'id' | 'name' | 'provider'>[]
  /** Integrations of a bundle that a dry run leaves out: their connections would be new. */
  wouldCreate: string[]
}

/** Whose connection an item of a bundle is, when its integration would have to be made first; else null. */
export function wouldBeNew(
  { from, given }: ImportItem,
  { wouldCreate }: ImportContext,
): { externalUserId: string } | null {
  if (from !== 'bundle' || wouldCreate.length === 0) return null
  const { integrationId, externalUserId } = readBundledConnection(given)
  return wouldCreate.includes(integrationId) ? { externalUserId } : null
}

/** Reads one item; throws `invalid_request`, `bundle_invalid` or `not_found` with what is wrong with it. */
export async function readItem(
  integrations: IntegrationService,
  organizationId: string,
  { from, given }: ImportItem,
  { mapping, sources }: ImportContext,
): Promise<IncomingConnection> {
  if (from === 'tokens') return readTokens(integrations, organizationId, given)
  if (from === 'bundle') {
    const { accountId, accountLabel, ...connection } = readBundledConnection(given)
    const integrationId = mapping[connection.integrationId]
    if (integrationId === undefined) {
      const source = sources.find(({ id }) => id === connection.integrationId)
      const name = source ? `"${source.name}" (${source.provider})` : 'its integration'
      throw apiError('not_found', `There is no integration here for ${name}: name one in \`mapping\`.`)
    }
    return { ...connection, accountId, accountLabel, integrationId }
  }
  const connection = readNango(given)
  const integrationId = mapping[connection.provider_config_key]
  if (integrationId === undefined) {
    const key = connection.provider_config_key
    throw apiError('not_found', `There is no integration here for "${key}": name one in \`mapping\`.`)
  }
  const { provider, resolved } = await integrations.open(organizationId, integrationId)
  const method = authMethodOf(provider, resolved.auth.type)
  const fieldKeys = connectionFields(provider, method).map((field) => field.key)
  const incoming = fromNango(connection, { authType: resolved.auth.type, fieldKeys })
  const { accountBase } = resolved.api
  const baseUrl = accountBase && connection.connection_config?.[accountBase.answerField]
  return { ...incoming, credentials: { ...incoming.credentials, baseUrl }, integrationId }
}

async function readTokens(
  integrations: IntegrationService,
  organizationId: string,
  given: unknown,
): Promise<IncomingConnection> {
  const result = importedConnection.safeParse(given)
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'connection'}: ${message}`)
    throw apiError('invalid_request', problems.join('; '))
  }
  const { credentials, ...connection } = result.data
  const { resolved } = await integrations.open(organizationId, connection.integrationId)
  const { type } = resolved.auth
  if (!('accessToken' in credentials)) return { ...connection, credentials: { type, fields: credentials.fields } }
  const { slots = {}, fields, baseUrl, ...main } = credentials
  const complete = Object.entries({ default: main, ...slots }).map(([name, slot]) => [
    name,
    { ...slot, scopes: slot.scopes ?? [], tokenType: slot.tokenType ?? 'bearer' },
  ])
  // Tokens alone are what a sign-in brings; where it is keys that are wanted, that is said.
  const kind = fields || needsSignIn(type) ? type : 'oauth2'
  return { ...connection, credentials: { type: kind, slots: Object.fromEntries(complete), fields, baseUrl } }
}

/** What can be told of an item that could not be read. */
export function hintsOf({ from, given }: ImportItem): { externalUserId: string | null; integrationId: string | null } {
  if (typeof given !== 'object' || given === null) return { externalUserId: null, integrationId: null }
  const item = given as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 255) : null)
  const endUser = item['end_user'] as { id?: unknown } | null | undefined
  return {
    externalUserId: from === 'nango' ? text(endUser?.id ?? item['connection_id']) : text(item['externalUserId']),
    integrationId: null,
  }
}
