import { type BundleKey, type BundleLock, openBundle, sealBundle } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { z } from 'zod'
import { apiError } from '../../http/problems.ts'

const values = z.record(z.string(), z.string())
const integration = z.object({
  id: z.string(),
  provider: z.string(),
  name: z.string(),
  clientId: z.string().nullable(),
  /** Only when the export was to include integrations. */
  setUp: z.object({ secrets: values, config: values, endpoints: values, scopes: z.array(z.string()) }).optional(),
})
/** An integration as a bundle names it. */
export type BundledIntegration = z.infer<typeof integration>

const connection = z.object({
  id: z.uuid(),
  integrationId: z.string(),
  externalUserId: z.string().min(1).max(255),
  accountId: z.string().nullable(),
  accountLabel: z.string().nullable(),
  scopes: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  connectedAt: z.iso.datetime(),
  credentials: z.looseObject({ type: z.string() }),
})

const content = z.object({
  format: z.literal('koble-connections'),
  version: z.literal(1),
  exportedAt: z.iso.datetime(),
  integrations: z.array(integration),
  connections: z.array(z.unknown()),
})
/** What a bundle holds. Each connection is checked by itself (`readBundledConnection`), so that one bad one is one. */
export type BundleContent = z.infer<typeof content>

/** The largest bundle, with room for the rest of the import's body. */
const bundleBytesMax = 31 * 1024 * 1024

/** How an export is to be sealed; throws `invalid_request` unless just one way is named. */
export function lockOf(given: { passphrase?: string; recipientPublicKey?: string }): BundleLock {
  const { passphrase, recipientPublicKey } = given
  if (passphrase !== undefined && recipientPublicKey === undefined) return { passphrase }
  if (recipientPublicKey !== undefined && passphrase === undefined) return { recipient: recipientPublicKey }
  throw apiError('invalid_request', 'Give either a passphrase or a recipientPublicKey.')
}

/** How a bundle is to be opened. */
export function keyOf(given: { passphrase?: string; privateKey?: string }): BundleKey {
  const { passphrase, privateKey } = given
  if (passphrase !== undefined && privateKey === undefined) return { passphrase }
  if (privateKey !== undefined && passphrase === undefined) return { privateKey }
  throw apiError('invalid_request', 'A bundle is opened with either a passphrase or a privateKey.')
}

/** The sealed file; throws `export_too_large` when no import would take it. */
export async function seal(content: BundleContent, lock: BundleLock): Promise<string> {
  const text = JSON.stringify(content)
  const bytes = Buffer.byteLength(text)
  if ((bytes * 4) / 3 + 10_000 > bundleBytesMax) {
    throw apiError(
      'export_too_large',
      'Export fewer connections at once: narrow the filter, one integration at a time.',
    )
  }
  return await sealBundle(text, lock).catch(inOurWords)
}

/** Throws `bundle_invalid`, `passphrase_wrong`, `bundle_recipient_other` or `invalid_request`. */
export async function open(bundle: string, key: BundleKey): Promise<BundleContent> {
  const bytes = await openBundle(bundle, key).catch(inOurWords)
  try {
    return content.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    throw apiError('bundle_invalid', 'The bundle holds no connections in a form that this Koble knows.')
  }
}

/** One connection of a bundle; throws `bundle_invalid`. */
export function readBundledConnection(given: unknown): z.infer<typeof connection> {
  const result = connection.safeParse(given)
  if (!result.success) throw apiError('bundle_invalid', `The connection is damaged: ${result.error.issues[0]?.path}`)
  return result.data
}

function inOurWords(error: unknown): never {
  if (!(error instanceof KobleError)) throw error
  if (error.code === 'ciphertext_invalid') throw apiError('bundle_invalid', error.message)
  if (error.code === 'passphrase_invalid' || error.code === 'bundle_key_invalid') {
    throw apiError('invalid_request', error.message)
  }
  throw error
}
