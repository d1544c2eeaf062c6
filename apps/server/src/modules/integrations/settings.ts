import type { Classification, Policies, Processing } from '@koble/contract/governance'
import type { AuthMethod } from '@koble/providers/auth-method'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { integrationFields, validateFields } from '@koble/providers/fields'
import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import type { IntegrationRecord } from './store.ts'

type Values = Record<string, string>

/** What an integration is set to, as far as it is judged. */
export interface Settings {
  name: string
  authMethod: string
  clientId: string | null
  scopes: string[]
  endpoints: object
  config: Values
  classification: Classification | null
  processing: Processing | null
  ipAllowList: string[]
  resolved: ResolvedProvider
}

/** The settings of an integration as it stands. */
export function settingsOf(row: IntegrationRecord, resolved: ResolvedProvider): Settings {
  return {
    name: row.name,
    authMethod: row.auth_method,
    clientId: row.client_id,
    scopes: row.scopes,
    endpoints: row.endpoints,
    config: row.config,
    classification: row.classification,
    processing: row.processing,
    ipAllowList: row.ip_allow_list,
    resolved,
  }
}

/** Throws `invalid_request` when the organization wants a classification and there is none. */
export function demandClassification(policies: Policies, { classification }: Pick<Settings, 'classification'>): void {
  if (!policies.classificationRequired || classification !== null) return
  const message = 'The organization wants every integration classified.'
  throw apiError('invalid_request', `classification: ${message}`, { errors: [{ path: 'classification', message }] })
}

/** Splits what was entered by where it is kept, after checking it against the fields declared for the method. */
export function sortFields(
  provider: CatalogueEntry,
  method: AuthMethod,
  { credentials = {}, config = {} }: { credentials?: Values; config?: Values },
  partial: boolean,
) {
  const fields = integrationFields(provider, method)
  validateFields(fields, { ...config, ...credentials }, { partial })
  const { clientId, ...rest } = { ...config, ...credentials }
  const secretKeys = new Set(fields.filter((field) => field.secret).map((field) => field.key))
  const entries = Object.entries(rest)
  return {
    clientId,
    secrets: Object.fromEntries(entries.filter(([key]) => secretKeys.has(key))),
    config: Object.fromEntries(entries.filter(([key]) => !secretKeys.has(key))),
  }
}
