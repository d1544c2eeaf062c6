import type { EncryptionService } from '../encryption/service.ts'
import type { DestinationRow } from './store.ts'

/** Seals and opens what a destination keeps secret, each bound to its place in the row. */
export interface DestinationSeal {
  sealSecrets(organizationId: string, id: string, secrets: object | null): Promise<string | null>
  openSecrets(row: DestinationRow): Promise<Record<string, unknown>>
  sealSigningSecret(organizationId: string, id: string, secret: string | null): Promise<string | null>
  openSigningSecret(row: DestinationRow): Promise<string | null>
}

export function createDestinationSeal(encryption: EncryptionService): DestinationSeal {
  const contextOf = (organizationId: string, row: string, column: 'secrets' | 'signing_secret') => ({
    organizationId,
    table: 'destinations',
    row,
    column,
  })
  return {
    async sealSecrets(organizationId, id, secrets) {
      if (secrets === null) return null
      return await encryption.encrypt(contextOf(organizationId, id, 'secrets'), JSON.stringify(secrets))
    },
    async openSecrets(row) {
      if (row.secrets === null) return {}
      return JSON.parse(await encryption.decrypt(contextOf(row.organization_id, row.id, 'secrets'), row.secrets))
    },
    async sealSigningSecret(organizationId, id, secret) {
      return secret === null ? null : await encryption.encrypt(contextOf(organizationId, id, 'signing_secret'), secret)
    },
    async openSigningSecret(row) {
      if (row.signing_secret === null) return null
      return await encryption.decrypt(contextOf(row.organization_id, row.id, 'signing_secret'), row.signing_secret)
    },
  }
}
