import { z } from 'zod'
import { bulkOperation, bundleLock } from './bulk.ts'
import { id } from './paging.ts'

/** The largest body that an import may have. */
export const importBytesMax = 32 * 1024 * 1024
/** So many items are imported while the caller waits; more become a bulk operation. */
export const importInlineMax = 100

export const exportConnections = z.strictObject({
  ...bundleLock,
  filter: z
    .strictObject({
      integrationId: id.optional(),
      externalUserId: z.string().min(1).max(255).optional(),
      ids: z.array(id).min(1).max(10_000).optional(),
    })
    .default({}),
})

const secret = z.string().min(1).max(20_000)
const token = {
  accessToken: secret,
  refreshToken: secret.optional(),
  /** Of OAuth 1.0a. */
  tokenSecret: secret.optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  scopes: z.array(z.string().max(300)).max(500).optional(),
  tokenType: z.string().max(60).optional(),
}

const fields = z.record(z.string().max(60), z.string().max(20_000))

/** Tokens or keys that were obtained elsewhere. */
export const importedConnection = z.strictObject({
  integrationId: id,
  externalUserId: z.string().min(1).max(255),
  accountId: z.string().min(1).max(500).optional(),
  accountLabel: z.string().max(500).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  credentials: z.union([
    z.strictObject({
      ...token,
      /** Further tokens beside the main one, by name. */
      slots: z.record(z.string().max(60), z.strictObject(token)).optional(),
      /** By which tokens are got, where that is how the provider's accounts are authorised. */
      fields: fields.optional(),
      /** Of the API, where the provider has another one for each account (Salesforce's `instance_url`). */
      baseUrl: z.url().max(2_000).optional(),
    }),
    z.strictObject({ fields }),
  ]),
})
export type ImportedConnection = z.infer<typeof importedConnection>

/** Just one of `bundle`, `connections` and `nango`. */
export const importConnections = z.strictObject({
  /** What an export gave. */
  bundle: z.string().max(importBytesMax).optional(),
  passphrase: z.string().max(1000).optional(),
  privateKey: z.string().max(5000).optional(),
  connections: z.array(z.unknown()).max(50_000).optional(),
  /** What Nango answers to `GET /connections/{connectionId}`, for each connection. */
  nango: z.array(z.unknown()).max(50_000).optional(),
  /** Integrations of the source, by id (in Nango `provider_config_key`), to integrations here. */
  mapping: z.record(z.string().max(300), id).optional(),
  /** What to do with an account that is connected here already. */
  onConflict: z.enum(['skip', 'replace', 'fail']).default('skip'),
  /** Ask the provider whose account it is before saving. */
  verify: z.boolean().default(false),
  /** Only tell what would happen. */
  dryRun: z.boolean().default(false),
})

export const importResult = z.object({
  /** Where the item stood in what was sent, from 0. */
  index: z.int(),
  outcome: z.enum(['created', 'replaced', 'skipped', 'failed']),
  connectionId: id.nullable(),
  externalUserId: z.string().nullable(),
  integrationId: id.nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
})
export type ImportResult = z.infer<typeof importResult>

/** What became of an import. Of more than a hundred items, only `operation` tells. */
export const importReport = z.object({
  dryRun: z.boolean(),
  total: z.int(),
  created: z.int(),
  replaced: z.int(),
  skipped: z.int(),
  failed: z.int(),
  /** Integrations that the bundle brought and that were made here. */
  integrationsCreated: z.array(id),
  results: z.array(importResult),
  operation: bulkOperation.nullable(),
})
export type ImportReport = z.infer<typeof importReport>
