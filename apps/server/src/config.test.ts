import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateMasterKey } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { afterAll, describe, expect, test } from 'vitest'
import { type Config, configSchema, readConfig } from './config.ts'
import { runProgram } from './testing/program.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'koble-config-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const masterKey = generateMasterKey()
const read = (environment: Record<string, string>) =>
  readConfig({ KOBLE_DATA_DIR: dataDir, KOBLE_MASTER_KEY: masterKey, ...environment })

/** What `readConfig` refuses the environment with. */
function refusalOf(environment: Record<string, string>): KobleError {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof KobleError) return error
    throw error
  }
  throw new Error(`It was accepted: ${JSON.stringify(environment)}`)
}

const wrong: Record<keyof typeof configSchema.shape, string[]> = {
  NODE_ENV: ['prod', 'PRODUCTION', 'test'],
  PORT: ['http', '-1', '65536', '80.5', '0x'],
  HOST: [],
  DATABASE_URL: ['mysql://localhost/koble', 'localhost:5432', 'file:koble.db'],
  KOBLE_DATA_DIR: [],
  KOBLE_MASTER_KEY: [
    'secret',
    generateMasterKey().slice(0, 40),
    generateMasterKey().slice(0, 43),
    `${generateMasterKey()}AAAA`,
    `**${generateMasterKey()}`,
    Buffer.alloc(32, 255).toString('base64url'),
    'f'.repeat(64),
  ],
  KOBLE_PREVIOUS_MASTER_KEYS: ['secret', `${generateMasterKey()},torn`, generateMasterKey().slice(0, 43)],
  KOBLE_KEY_PROVIDER: ['hsm', 'LOCAL', 'kms'],
  KOBLE_VAULT_ADDR: ['vault.example.com:8200', 'ftp://vault.example.com'],
  KOBLE_VAULT_TOKEN: ['with a space', 'with-a-line\nbreak'],
  KOBLE_VAULT_TOKEN_FILE: [],
  KOBLE_VAULT_TRANSIT_KEY: ['a/b', 'a key'],
  KOBLE_VAULT_TRANSIT_MOUNT: [],
  KOBLE_VAULT_NAMESPACE: [],
  KOBLE_VAULT_CA_FILE: [],
  KOBLE_AWS_KMS_KEY_ID: ['a key', 'key?'],
  KOBLE_ADMIN_API_KEY: [
    'short',
    'x'.repeat(201),
    'with spaces that no header keeps',
    'koble_ænd_øther_letters_åre_lost',
  ],
  KOBLE_PUBLIC_URL: ['koble.example.com', 'ftp://koble.example.com', 'https://'],
  KOBLE_ALLOWED_PRIVATE_NETWORKS: ['10.0.0.0/33', 'localhost', '10.0.0.0/8,nonsense', '127.0.0.1:70000'],
  KOBLE_ROLE: ['web', 'API'],
  KOBLE_NODES: ['0', '1.5', 'many', '1001'],
  REDIS_URL: [
    'localhost:6379',
    'http://localhost:6379',
    'redis://',
    'redis://localhost:65536',
    'redis://localhost/cache',
    'redis://:100%@localhost',
  ],
  KOBLE_METRICS_TOKEN: ['short', 'with spaces between its words'],
  LOG_LEVEL: ['verbose', 'INFO'],
}
const wrongValues = Object.entries(wrong).flatMap(([key, values]) => values.map((value) => ({ key, value })))

test.each(wrongValues)('$key=$value is refused with one line that names the key', ({ key, value }) => {
  const refusal = refusalOf({ [key]: value })
  expect(refusal.code).toBe('config_invalid')
  expect(refusal.message).toMatch(new RegExp(`^${key}: .+$`))
  expect(refusal.message).not.toContain('\n')
})

test('a wrong secret is not repeated in what is said about it', () => {
  const almost = generateMasterKey().slice(0, 40)
  expect(refusalOf({ KOBLE_MASTER_KEY: almost }).message).not.toContain(almost)
  expect(refusalOf({ KOBLE_ADMIN_API_KEY: 'my-short-secret' }).message).not.toContain('my-short-secret')
  expect(refusalOf({ REDIS_URL: 'redis://:my-password@localhost/x' }).message).not.toContain('my-password')
})

test('an empty variable counts as absent', () => {
  const empty = Object.fromEntries(Object.keys(configSchema.shape).map((key) => [key, '']))
  expect(read({ ...empty, KOBLE_DATA_DIR: dataDir, KOBLE_MASTER_KEY: masterKey })).toEqual(read({}))
})

test('everything has a default but the keys', () => {
  expect(read({})).toEqual({
    mode: 'development',
    port: 3000,
    host: '127.0.0.1',
    databaseUrl: null,
    dataDir,
    keys: { active: { type: 'local', masterKey }, previous: [] },
    adminApiKey: null,
    publicUrl: 'http://localhost:3000',
    allowedPrivateNetworks: [],
    role: 'all',
    nodes: 1,
    redisUrl: null,
    metricsToken: null,
    logLevel: 'info',
  })
})

test('networks may be separated by commas, spaces or both, and the public URL loses its last slash', () => {
  const config = read({
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '10.0.0.0/8, 127.0.0.1/32:4001 [::1]:4001',
    KOBLE_PUBLIC_URL: 'https://koble.example.com/',
  })
  expect(config.allowedPrivateNetworks).toEqual(['10.0.0.0/8', '127.0.0.1/32:4001', '[::1]:4001'])
  expect(config.publicUrl).toBe('https://koble.example.com')
})

describe('the master key', () => {
  const without = (more: Record<string, string> = {}) => refusalOf({ KOBLE_MASTER_KEY: '', ...more })

  test('is demanded in production, and none is made', () => {
    const folder = join(dataDir, 'production')
    const refusal = without({ NODE_ENV: 'production', KOBLE_DATA_DIR: folder })
    expect(refusal).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/^KOBLE_MASTER_KEY: .+$/) })
    expect(() => statSync(folder)).toThrow('ENOENT')
  })

  test('is made in development, for its owner’s eyes only, and found again', () => {
    const folder = join(dataDir, 'development')
    const first = read({ KOBLE_MASTER_KEY: '', KOBLE_DATA_DIR: folder })
    const made = (config: Config) => (config.keys.active.type === 'local' ? config.keys.active.masterKey : '')
    expect(Buffer.from(made(first), 'base64')).toHaveLength(32)
    expect(statSync(join(folder, 'master-key')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'master-key'), 'utf8')).toBe(`${made(first)}\n`)
    expect(read({ KOBLE_MASTER_KEY: '', KOBLE_DATA_DIR: folder }).keys).toEqual(first.keys)
  })

  test('in a damaged file is refused by the name of the file, and the file is left as it is', () => {
    const file = join(dataDir, 'master-key')
    for (const content of ['', 'torn\n']) {
      writeFileSync(file, content)
      expect(without()).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(file) })
      expect(readFileSync(file, 'utf8')).toBe(content)
    }
    rmSync(file)
  })
})

describe('the key providers', () => {
  const vault = {
    KOBLE_VAULT_ADDR: 'https://vault.example.com:8200',
    KOBLE_VAULT_TOKEN: 'hvs.token',
    KOBLE_VAULT_TRANSIT_KEY: 'koble',
  }
  const vaultConfig = {
    type: 'vault',
    address: 'https://vault.example.com:8200',
    keyName: 'koble',
    mount: 'transit',
    namespace: null,
    token: { value: 'hvs.token' },
    certificateAuthority: null,
  }
  const kms = { KOBLE_AWS_KMS_KEY_ID: 'arn:aws:kms:eu-north-1:111122223333:key/1234abcd' }
  const kmsConfig = { type: 'aws-kms', keyId: kms.KOBLE_AWS_KMS_KEY_ID }
  const local = { type: 'local', masterKey }
  const none = { KOBLE_MASTER_KEY: '' }

  test('one that is set up is the one that wraps, and needs no master key even in production', () => {
    const production = { NODE_ENV: 'production', ...none }
    expect(read({ ...vault, ...production }).keys).toEqual({ active: vaultConfig, previous: [] })
    expect(read({ ...kms, ...production }).keys).toEqual({ active: kmsConfig, previous: [] })
  })

  test('of several the named one wraps, and the others open what they wrapped', () => {
    const all = { ...vault, ...kms }
    expect(read({ ...all, KOBLE_KEY_PROVIDER: 'vault' }).keys).toEqual({
      active: vaultConfig,
      previous: [local, kmsConfig],
    })
    expect(read({ ...all, KOBLE_KEY_PROVIDER: 'local' }).keys).toEqual({
      active: local,
      previous: [vaultConfig, kmsConfig],
    })
  })

  test('previous master keys only open, whatever wraps', () => {
    const [one, two] = [generateMasterKey(), generateMasterKey()]
    const earlier = [
      { type: 'local', masterKey: one },
      { type: 'local', masterKey: two },
    ]
    const previous = { KOBLE_PREVIOUS_MASTER_KEYS: `${one}, ${two}` }
    expect(read(previous).keys).toEqual({ active: local, previous: earlier })
    expect(read({ ...previous, ...vault, ...none }).keys).toEqual({ active: vaultConfig, previous: earlier })
  })

  test('several without a name are refused, and so is one that is named and not set up', () => {
    expect(refusalOf(vault).message).toMatch(/^KOBLE_KEY_PROVIDER: .*`local`, `vault`/)
    expect(refusalOf({ KOBLE_KEY_PROVIDER: 'vault' }).message).toMatch(/^KOBLE_VAULT_ADDR: /)
    expect(refusalOf({ KOBLE_KEY_PROVIDER: 'aws-kms' }).message).toMatch(/^KOBLE_AWS_KMS_KEY_ID: /)
    expect(refusalOf({ KOBLE_KEY_PROVIDER: 'local', ...vault, ...none }).message).toMatch(/^KOBLE_MASTER_KEY: /)
  })

  test.each(Object.keys(vault))('Vault without %s is refused by that name', (name) => {
    expect(refusalOf({ ...vault, ...none, [name]: '' }).message).toMatch(new RegExp(`^${name}: .+$`))
  })

  test('a token may stand in a file, which must be there; two tokens are one too many', () => {
    const file = join(dataDir, 'vault-token')
    const fromFile = { ...vault, ...none, KOBLE_VAULT_TOKEN: '', KOBLE_VAULT_TOKEN_FILE: file }
    expect(refusalOf(fromFile).message).toMatch(/^KOBLE_VAULT_TOKEN_FILE: /)
    writeFileSync(file, 'hvs.from-a-file\n')
    expect(read(fromFile).keys.active).toEqual({ ...vaultConfig, token: { file } })
    expect(refusalOf({ ...fromFile, KOBLE_VAULT_TOKEN: 'hvs.token' }).message).toMatch(/^KOBLE_VAULT_TOKEN_FILE: /)
  })

  test('certificates for Vault are read from their file', () => {
    const file = join(dataDir, 'ca.pem')
    const withFile = { ...vault, ...none, KOBLE_VAULT_CA_FILE: file }
    expect(refusalOf(withFile).message).toMatch(/^KOBLE_VAULT_CA_FILE: /)
    writeFileSync(file, 'PEM')
    expect(read(withFile).keys.active).toEqual({ ...vaultConfig, certificateAuthority: 'PEM' })
  })

  test('no key and no token is repeated in a refusal', () => {
    const almost = generateMasterKey().slice(0, 40)
    expect(refusalOf({ KOBLE_PREVIOUS_MASTER_KEYS: almost }).message).not.toContain(almost)
    expect(refusalOf({ ...vault, KOBLE_VAULT_TOKEN: 'hvs.a secret' }).message).not.toContain('secret')
  })
})

test('a data directory that cannot be made is refused by its name', () => {
  const file = join(dataDir, 'a-file')
  writeFileSync(file, '')
  const message = expect.stringMatching(/^KOBLE_DATA_DIR: .+$/)
  for (const KOBLE_MASTER_KEY of [masterKey, '']) {
    expect(refusalOf({ KOBLE_DATA_DIR: join(file, 'data'), KOBLE_MASTER_KEY })).toMatchObject({ message })
  }
})

test('the program ends at once with that one line and a failure', async () => {
  const environments: Record<string, string>[] = [
    { PORT: '99999' },
    { NODE_ENV: 'production', KOBLE_DATA_DIR: dataDir },
    { KOBLE_ALLOWED_PRIVATE_NETWORKS: 'nonsense' },
  ]
  const outcomes = await Promise.all(environments.map((environment) => runProgram(environment)))
  expect(outcomes).toEqual([
    { code: 1, output: expect.stringMatching(/^koble: PORT: .+\n$/) },
    { code: 1, output: expect.stringMatching(/^koble: KOBLE_MASTER_KEY: .+\n$/) },
    { code: 1, output: expect.stringMatching(/^koble: KOBLE_ALLOWED_PRIVATE_NETWORKS: .+\n$/) },
  ])
})
