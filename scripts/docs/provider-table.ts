import type { AuthMethod } from '@koble/providers/auth-method'
import { authMethodsOf, labelOf } from '@koble/providers/auth-methods'
import { catalogue } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { operationsOf } from '@koble/providers/operations'

const operationCounts = new Map<string, number>()
for (const { id } of catalogue.values()) operationCounts.set(id, Object.keys(await operationsOf(id)).length)

/** The columns of the table of all providers. */
export const providerColumns = [
  'Provider',
  'Accounts by',
  'Refresh',
  'Test',
  'Operations',
  'Webhooks verified by',
  'Registration',
  'Sandbox',
]

/** Every provider with what its description declares, in the order in which they are shown. */
export function providerRows(): string[][] {
  return [...catalogue.values()].map((entry) => [
    `${entry.name} \`${entry.id}\``,
    listed(authMethodsOf(entry).map(labelOf)),
    listed(authMethodsOf(entry).map(refreshOf)),
    testOf(entry),
    String(operationCounts.get(entry.id) || ''),
    webhooksOf(entry),
    entry.webhooks?.registration ? 'yes' : '',
    entry.sandbox ? 'yes' : '',
  ])
}

function listed(words: readonly string[]): string {
  return [...new Set(words)].filter(Boolean).join(', ')
}

/** How access goes on when a token runs out; nothing where what was entered serves as it is. */
function refreshOf(method: AuthMethod): string {
  if (method.type === 'oauth2') return { rotates: 'rotating', stable: 'stable', none: 'sign in again' }[method.refresh]
  if (method.type === 'device') return 'stable'
  if (method.type === 'jwt') return 'signed here'
  return ['client_credentials', 'jwt_bearer', 'two_step'].includes(method.type) ? 'fetched anew' : ''
}

/** The call that shows that a connection works; without one, that a token is to be had. */
function testOf({ account }: CatalogueEntry): string {
  if (!account) return 'token'
  if (/^\{\w+\}$/.test(account.url)) return 'of one’s own'
  const path = account.url.replace(/\?.*$/, '').replace(/^https?:\/\/[^/]+/, '')
  return `\`${account.method ?? 'GET'} ${path}\``
}

const schemes: Record<NonNullable<CatalogueEntry['webhooks']>['signature']['type'], string> = {
  hmac: 'HMAC',
  public_key: 'public key',
  certificate: 'certificate',
  jwt: 'JWT',
  standard_webhooks: 'Standard Webhooks',
  token: 'token',
  query_token: 'token in the query',
  body_token: 'token in the body',
  basic: 'HTTP Basic',
  address: 'address',
  client_certificate: 'client certificate',
  all_of: 'several',
}

function webhooksOf({ webhooks, generic }: CatalogueEntry): string {
  if (!webhooks) return generic ? 'of one’s own' : ''
  const { signature } = webhooks
  return signature.type === 'hmac'
    ? `HMAC-${signature.algorithm.toUpperCase().replace(/^SHA/, 'SHA-')}`
    : schemes[signature.type]
}
