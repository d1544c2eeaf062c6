import { readFileSync } from 'node:fs'
import { KobleError } from '@koble/core/errors'
import { z } from 'zod'

/** One place that wrapping keys are kept in, as it was configured. */
export type KeyProviderConfig =
  | { type: 'local'; masterKey: string }
  | {
      type: 'vault'
      address: string
      keyName: string
      mount: string
      namespace: string | null
      /** The token itself, or the file it is read from before each call (an agent renews it there). */
      token: { value: string } | { file: string }
      /** Certificates in PEM that Vault's own is checked against. */
      certificateAuthority: string | null
    }
  | { type: 'aws-kms'; keyId: string }

export interface KeyConfig {
  /** Wraps everything from now on. */
  active: KeyProviderConfig
  /** Only open what they wrapped before. */
  previous: KeyProviderConfig[]
}

/** Whether it is 32 bytes in base64 and nothing else: node skips what is not base64, so the bytes are spelt again. */
export function isMasterKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 32 && bytes.toString('base64') === text.trim()
}

/** The settings that say where wrapping keys are kept. */
export const keySettings = {
  KOBLE_MASTER_KEY: z
    .string()
    .refine(isMasterKey, 'it must be 32 bytes in base64')
    .optional()
    .describe(
      'Wraps every data key: 32 bytes in base64. Generated into the data directory in development; required in production unless Vault or AWS KMS wrap instead',
    ),
  KOBLE_PREVIOUS_MASTER_KEYS: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .refine((keys) => keys.every(isMasterKey), 'each must be 32 bytes in base64, separated by commas')
    .describe('Master keys that only open what they wrapped before, separated by commas'),
  KOBLE_KEY_PROVIDER: z
    .enum(['local', 'vault', 'aws-kms'])
    .optional()
    .describe('Which one wraps (`local`, `vault`, `aws-kms`) where several are set up; the others only open'),
  KOBLE_VAULT_ADDR: z
    .url({ protocol: /^https?$/, error: 'it must be an http or https URL' })
    .optional()
    .describe('Where HashiCorp Vault or OpenBao answers, to wrap data keys by its transit engine'),
  KOBLE_VAULT_TOKEN: z.string().regex(/^\S+$/, 'it must hold no spaces').optional().describe('The token for Vault'),
  KOBLE_VAULT_TOKEN_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('A file with the token instead, read before each call, so that an agent may renew it'),
  KOBLE_VAULT_TRANSIT_KEY: z
    .string()
    .regex(/^[\w.-]+$/, 'it may hold letters, digits and . _ - only')
    .optional()
    .describe('The name of the key in the transit engine'),
  KOBLE_VAULT_TRANSIT_MOUNT: z.string().min(1).default('transit').describe('Where the transit engine is mounted'),
  KOBLE_VAULT_NAMESPACE: z.string().min(1).optional().describe('The namespace in Vault Enterprise, HCP or OpenBao'),
  KOBLE_VAULT_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('Certificates in PEM to check that of Vault against, instead of those the system trusts'),
  KOBLE_AWS_KMS_KEY_ID: z
    .string()
    .regex(/^[\w:/.-]{1,2048}$/, 'it must be the id, ARN or alias of a key')
    .optional()
    .describe(
      'A symmetric key of AWS KMS to wrap data keys with. Region and credentials come from where AWS’s SDK looks for them; it needs the package `@aws-sdk/client-kms`',
    ),
}

type Values = z.output<z.ZodObject<typeof keySettings>>

/**
 * Which key providers the settings ask for. `makeMasterKey` is called when there is none at all.
 * Throws `config_invalid` that names the key to change.
 */
export function readKeyConfig(values: Values, makeMasterKey: () => string): KeyConfig {
  const vault = readVault(values)
  const set: KeyProviderConfig[] = []
  if (values.KOBLE_MASTER_KEY) set.push({ type: 'local', masterKey: values.KOBLE_MASTER_KEY })
  if (vault) set.push(vault)
  if (values.KOBLE_AWS_KMS_KEY_ID) set.push({ type: 'aws-kms', keyId: values.KOBLE_AWS_KMS_KEY_ID })
  const wanted = values.KOBLE_KEY_PROVIDER
  if (set.length === 0 && (wanted ?? 'local') === 'local') set.push({ type: 'local', masterKey: makeMasterKey() })
  if (wanted === undefined && set.length > 1) {
    const names = set.map(({ type }) => `\`${type}\``).join(', ')
    throw invalid('KOBLE_KEY_PROVIDER', `several are set up (${names}); say which one wraps, the others will only open`)
  }
  const active = wanted === undefined ? set[0] : set.find(({ type }) => type === wanted)
  if (!active) {
    const missing = { local: 'KOBLE_MASTER_KEY', vault: 'KOBLE_VAULT_ADDR', 'aws-kms': 'KOBLE_AWS_KMS_KEY_ID' }
    throw invalid(missing[wanted ?? 'local'], `KOBLE_KEY_PROVIDER is \`${wanted}\`, which needs it`)
  }
  const earlier = values.KOBLE_PREVIOUS_MASTER_KEYS.map((masterKey) => ({ type: 'local' as const, masterKey }))
  return { active, previous: [...set.filter((provider) => provider !== active), ...earlier] }
}

function readVault(values: Values): KeyProviderConfig | null {
  const names = [
    'KOBLE_VAULT_ADDR',
    'KOBLE_VAULT_TRANSIT_KEY',
    'KOBLE_VAULT_TOKEN',
    'KOBLE_VAULT_TOKEN_FILE',
    'KOBLE_VAULT_NAMESPACE',
    'KOBLE_VAULT_CA_FILE',
  ] as const
  const given = names.find((name) => values[name] !== undefined)
  if (given === undefined) return null
  const { KOBLE_VAULT_ADDR: address, KOBLE_VAULT_TRANSIT_KEY: keyName } = values
  const { KOBLE_VAULT_TOKEN: value, KOBLE_VAULT_TOKEN_FILE: file } = values
  if (address === undefined) throw invalid('KOBLE_VAULT_ADDR', `${given} is set, which needs it`)
  if (keyName === undefined) throw invalid('KOBLE_VAULT_TRANSIT_KEY', `${given} is set, which needs it`)
  if (value !== undefined && file !== undefined) {
    throw invalid('KOBLE_VAULT_TOKEN_FILE', 'KOBLE_VAULT_TOKEN is set as well; keep one of them')
  }
  if (file !== undefined) readText('KOBLE_VAULT_TOKEN_FILE', file)
  if (value === undefined && file === undefined) {
    throw invalid('KOBLE_VAULT_TOKEN', 'Vault needs a token, here or in KOBLE_VAULT_TOKEN_FILE')
  }
  const caFile = values.KOBLE_VAULT_CA_FILE
  return {
    type: 'vault',
    address,
    keyName,
    mount: values.KOBLE_VAULT_TRANSIT_MOUNT.replace(/^\/+|\/+$/g, ''),
    namespace: values.KOBLE_VAULT_NAMESPACE ?? null,
    token: file === undefined ? { value: value ?? '' } : { file },
    certificateAuthority: caFile === undefined ? null : readText('KOBLE_VAULT_CA_FILE', caFile),
  }
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw invalid(name, (cause as Error).message, cause)
  }
}

function invalid(name: string, problem: string, cause?: unknown): KobleError {
  return new KobleError('config_invalid', `${name}: ${problem}`, { cause })
}
