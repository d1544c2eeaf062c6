import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { generateMasterKey } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { createAddressGuard } from '@koble/core/http'
import { z } from 'zod'
import { isMasterKey, type KeyConfig, keySettings, readKeyConfig } from './key-config.ts'

const networks = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .superRefine((entries, context) => {
    for (const entry of entries) {
      try {
        createAddressGuard({ allowedPrivateNetworks: [entry] })
      } catch {
        context.addIssue({ code: 'custom', message: `"${entry}" is no network; write CIDRs such as 10.0.0.0/8` })
      }
    }
  })

/** Whether it says where a Redis is, and nothing that a client would stumble over. */
function isRedisUrl(text: string): boolean {
  try {
    const { protocol, hostname, pathname, username, password } = new URL(text)
    decodeURIComponent(username + password)
    return /^rediss?:$/.test(protocol) && hostname !== '' && /^(\/\d{0,5})?$/.test(pathname)
  } catch {
    return false
  }
}

/** Every setting, by its environment name. The table in the README is generated from this schema. */
export const configSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'production'])
    .default('development')
    .describe('`development` makes keys and local stand-ins by itself; `production` demands what must be kept safe'),
  PORT: z.coerce
    .number('a port is a number from 0 to 65535')
    .int()
    .min(0)
    .max(65_535)
    .default(3000)
    .describe('The port of the API and the dashboard'),
  HOST: z.string().min(1).default('127.0.0.1').describe('The address to listen on; `0.0.0.0` for all'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'it must begin with postgres:// or postgresql://')
    .optional()
    .describe('A PostgreSQL of your own (16 or newer). Without it an embedded one runs under the data directory'),
  KOBLE_DATA_DIR: z.string().min(1).default('.koble').describe('Where the embedded database and generated keys live'),
  ...keySettings,
  KOBLE_ADMIN_API_KEY: z
    .string()
    .min(24, 'it must have at least 24 characters')
    .max(200)
    .regex(/^[\w.~+/=-]+$/, 'it may hold letters, digits and . _ ~ + / = - only')
    .optional()
    .describe('The API key of the first start on an empty database. Without it one is generated and printed once'),
  KOBLE_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'it must be an http or https URL' })
    .optional()
    .describe('Where browsers and providers reach this Koble. `http://localhost:PORT` when absent'),
  KOBLE_ALLOWED_PRIVATE_NETWORKS: networks.describe(
    'Private networks that calls out may reach, as CIDRs separated by commas. None by default',
  ),
  KOBLE_ROLE: z
    .enum(['api', 'worker', 'all'])
    .default('all')
    .describe('What this process does: serve the API, process jobs, or both'),
  KOBLE_NODES: z.coerce
    .number('a whole number from 1 to 1000')
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('How many nodes serve the API. Each takes its share of every rate limit'),
  REDIS_URL: z
    .string()
    .refine(isRedisUrl, 'it must be like redis://user:password@host:6379/0, or rediss:// with TLS')
    .optional()
    .describe(
      'A Redis (or Valkey) through which nodes share rate limits and breakers; `KOBLE_NODES` then plays no role. Calls go on while it is away',
    ),
  KOBLE_METRICS_TOKEN: z
    .string()
    .min(16, 'it must have at least 16 characters')
    .max(200)
    .regex(/^[\w.~+/=-]+$/, 'it may hold letters, digits and . _ ~ + / = - only')
    .optional()
    .describe('With this bearer token `/metrics` may be read from anywhere; without one only from the same machine'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged'),
})

export interface Config {
  mode: 'development' | 'production'
  port: number
  host: string
  databaseUrl: string | null
  dataDir: string
  /** Where the keys that wrap data keys are kept. */
  keys: KeyConfig
  adminApiKey: string | null
  publicUrl: string
  allowedPrivateNetworks: string[]
  role: 'api' | 'worker' | 'all'
  nodes: number
  /** May hold a password. */
  redisUrl: string | null
  metricsToken: string | null
  logLevel: string
}

/**
 * Reads the configuration from the environment. Throws `config_invalid` with one line that names the key; makes the
 * master key (mode 0600) in development when there is none.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = configSchema.safeParse(present)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new KobleError('config_invalid', `${String(issue?.path[0])}: ${issue?.message}`)
  }
  const values = parsed.data
  const dataDir = resolve(values.KOBLE_DATA_DIR)
  const keys = readKeyConfig(values, () => developmentMasterKey(values.NODE_ENV, dataDir))
  if (!values.DATABASE_URL) makeDataDir(dataDir)
  return {
    mode: values.NODE_ENV,
    port: values.PORT,
    host: values.HOST,
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir,
    keys,
    adminApiKey: values.KOBLE_ADMIN_API_KEY ?? null,
    publicUrl: (values.KOBLE_PUBLIC_URL ?? `http://localhost:${values.PORT}`).replace(/\/+$/, ''),
    allowedPrivateNetworks: values.KOBLE_ALLOWED_PRIVATE_NETWORKS,
    role: values.KOBLE_ROLE,
    nodes: values.KOBLE_NODES,
    redisUrl: values.REDIS_URL ?? null,
    metricsToken: values.KOBLE_METRICS_TOKEN ?? null,
    logLevel: values.LOG_LEVEL,
  }
}

function developmentMasterKey(mode: Config['mode'], dataDir: string): string {
  if (mode === 'production') {
    throw new KobleError(
      'config_invalid',
      'KOBLE_MASTER_KEY: it is required in production; make one with `openssl rand -base64 32` and keep it safe',
    )
  }
  const file = join(dataDir, 'master-key')
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if (isMasterKey(kept)) return kept
    throw new KobleError('config_invalid', `KOBLE_MASTER_KEY: ${file} does not hold 32 bytes in base64; restore it`)
  }
  makeDataDir(dataDir)
  const key = generateMasterKey()
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' })
  return key
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true })
  } catch (cause) {
    throw new KobleError('config_invalid', `KOBLE_DATA_DIR: ${(cause as Error).message}`, { cause })
  }
}
