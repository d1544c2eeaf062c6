import { generateMasterKey } from '@koble/core/crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KeyConfig } from './key-config.ts'
import { openInstanceKeys } from './modules/encryption/instance-keys.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { createDataDir } from './testing/data-dir.ts'
import { createOrganization, signUpOwner } from './testing/people.ts'
import { runProgram, startCommand } from './testing/program.ts'
import { createKeyConnection } from './testing/tenant.ts'
import { startTestKoble, type TestKoble } from './testing/test-koble.ts'
import { startVaultServer, type VaultServer } from './testing/vault-server.ts'

const dataDir = createDataDir()
const [oldKey, newKey] = [generateMasterKey(), generateMasterKey()]
const local = (masterKey: string) => ({ type: 'local' as const, masterKey })
const under = (active: KeyConfig['active'], ...previous: KeyConfig['previous']): KeyConfig => ({ active, previous })

let vault: VaultServer
beforeAll(async () => {
  vault = await startVaultServer()
})
afterAll(async () => {
  await vault.close()
  await dataDir.remove()
})
const vaultConfig = () => ({
  type: 'vault' as const,
  address: vault.origin,
  keyName: 'koble',
  mount: 'transit',
  namespace: null,
  token: { value: vault.token },
  certificateAuthority: null,
})
const vaultSettings = () => ({
  KOBLE_VAULT_ADDR: vault.origin,
  KOBLE_VAULT_TOKEN: vault.token,
  KOBLE_VAULT_TRANSIT_KEY: 'koble',
})

/** A Koble on an earlier one's database, as after a restart. */
const restart = (koble: TestKoble, keys: KeyConfig) => startTestKoble({ beside: koble, jobs: false, keys })
const openKeys = (koble: TestKoble, keys: KeyConfig) => openInstanceKeys(createEncryptionStore(koble.database), keys)

/** The operator's command on the database of a Koble, with just these settings; what it wrote holds no key. */
async function command(koble: TestKoble, settings: Record<string, string>, args: string[] = []) {
  const rotating = startCommand('rotate-keys.ts', environmentOf(koble, settings), args)
  const { code } = await rotating.ended
  for (const secret of [oldKey, newKey, vault.token]) expect(rotating.output()).not.toContain(secret)
  return { code, output: rotating.output() }
}
const environmentOf = (koble: TestKoble, settings: Record<string, string>) => ({
  NODE_ENV: 'production',
  LOG_LEVEL: 'trace',
  KOBLE_DATA_DIR: dataDir.path,
  DATABASE_URL: koble.testDatabase.url,
  ...settings,
})

// Each of these starts programs, one after the other.
describe('the master key', { timeout: 60_000 }, () => {
  let koble: TestKoble
  let id: string
  beforeEach(async () => {
    koble = await startTestKoble({ keys: under(local(oldKey)), jobs: false })
    id = await createKeyConnection(koble, koble.url, { apiKey: 'the-api-key' })
    return async () => await koble.stop()
  })
  const readToken = async (node: TestKoble) =>
    (await node.request<{ accessToken: string }>('GET', `/api/connections/${id}/token`)).body.accessToken

  /** Starts with these keys, reads what is sealed, and stops. */
  async function startsWith(keys: KeyConfig): Promise<void> {
    const node = await restart(koble, keys)
    try {
      expect(await readToken(node)).toBe('the-api-key')
    } finally {
      await node.stop()
    }
  }

  test('of before opens what it wrapped when it is named as previous, and nobody is signed out', async () => {
    const owner = await signUpOwner(koble)
    const node = await restart(koble, under(local(newKey), local(generateMasterKey()), local(oldKey)))
    try {
      expect(await readToken(node)).toBe('the-api-key')
      const session = await node.request('GET', '/api/session', { key: null, cookie: owner.cookie })
      expect(session.status).toBe(200)
    } finally {
      await node.stop()
    }
  })

  test('of before, neither active nor previous, stops the start with one line that names the setting', async () => {
    const refusal = { code: 'master_key_mismatch', message: expect.stringMatching(/^KOBLE_MASTER_KEY: .*another/) }
    await expect(openKeys(koble, under(local(newKey)))).rejects.toMatchObject(refusal)
    const started = await runProgram(environmentOf(koble, { KOBLE_MASTER_KEY: newKey }))
    expect(started).toEqual({ code: 1, output: expect.stringMatching(/^koble: KOBLE_MASTER_KEY: .+\n$/) })
    expect(await command(koble, { KOBLE_MASTER_KEY: newKey })).toEqual({ code: 1, output: started.output })
  })

  test('is replaced by re-wrapping alone; then the one before is no longer needed', async () => {
    const sealed = 'SELECT credentials FROM connections'
    const before = await koble.testDatabase.query(sealed)
    const settings = { KOBLE_MASTER_KEY: newKey, KOBLE_PREVIOUS_MASTER_KEYS: oldKey }
    const { code, output } = await command(koble, settings, ['--rewrap-only'])
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('can be taken out') })
    expect(await koble.testDatabase.query(sealed)).toEqual(before)
    await startsWith(under(local(newKey)))
    await expect(openKeys(koble, under(local(oldKey)))).rejects.toMatchObject({ code: 'master_key_mismatch' })
    // The node that has run all along needs no restart to go on.
    expect(await readToken(koble)).toBe('the-api-key')
  })

  test('moves into Vault, to another version there, and back, while the node before goes on', async () => {
    const toVault = { ...vaultSettings(), KOBLE_PREVIOUS_MASTER_KEYS: oldKey }
    expect(await command(koble, toVault)).toMatchObject({ code: 0 })
    await startsWith(under(vaultConfig()))
    vault.rotate()
    expect(await command(koble, vaultSettings(), ['--rewrap-only'])).toMatchObject({ code: 0 })
    vault.retire()
    await startsWith(under(vaultConfig()))
    const back = { ...vaultSettings(), KOBLE_KEY_PROVIDER: 'local', KOBLE_MASTER_KEY: newKey }
    expect(await command(koble, back)).toMatchObject({ code: 0 })
    const calls = vault.calls.length
    await startsWith(under(local(newKey)))
    expect(vault.calls).toHaveLength(calls)
  })

  test('in a Vault that refuses, or is not there, stops the start with one line that names the setting', async () => {
    const config = vaultConfig()
    await command(koble, { ...vaultSettings(), KOBLE_PREVIOUS_MASTER_KEYS: oldKey })
    for (const [wrong, code] of [
      [{ ...config, token: { value: 'hvs.wrong' } }, 'key_service_rejected'],
      [{ ...config, address: 'http://127.0.0.1:1' }, 'key_service_unreachable'],
    ] as const) {
      const message = expect.stringMatching(/^KOBLE_VAULT_TRANSIT_KEY: /)
      await expect(openKeys(koble, under(wrong))).rejects.toMatchObject({ code, message })
    }
  })

  test('in AWS KMS asks for AWS’s package by name where it is not installed', async () => {
    const kms = under({ type: 'aws-kms', keyId: 'alias/koble' }, local(oldKey))
    // What is there opens without KMS; only a wrap needs it.
    await openKeys(koble, kms)
    await koble.testDatabase.query('DELETE FROM instance_secrets')
    await expect(openKeys(koble, kms)).rejects.toMatchObject({
      code: 'key_service_missing',
      message: expect.stringMatching(/^KOBLE_AWS_KMS_KEY_ID: .*npm install @aws-sdk\/client-kms/),
    })
  })
})

describe('a rotation that is killed', () => {
  test('goes on where it stopped, loses nothing, and leaves finished organizations alone', async () => {
    const koble = await startTestKoble({ keys: under(local(oldKey)), jobs: false })
    const second = await createOrganization(await signUpOwner(koble), 'The second')
    const organizationId = second.id
    const { query } = koble.testDatabase
    const template = await createKeyConnection(koble, koble.url, { key: second.ownerKey })
    // Enough for several batches; the rotation gets stuck at one row in the middle.
    const ids = await query<{ id: string }>('SELECT uuidv7() AS id FROM generate_series(1, 1000)')
    const sealed: string[] = []
    for (const { id } of ids) {
      const context = { organizationId, table: 'connections', row: id, column: 'credentials' }
      sealed.push(await koble.services.encryption.encrypt(context, `secret of ${id}`))
    }
    await query(
      `INSERT INTO connections (id, organization_id, integration_id, provider_id, external_user_id, credentials)
       SELECT new.id, organization_id, integration_id, provider_id, new.id, new.sealed
       FROM connections, unnest($1::uuid[], $2::text[]) AS new (id, sealed) WHERE connections.id = $3`,
      [ids.map(({ id }) => id), sealed, template],
    )
    await query(`CREATE FUNCTION get_stuck() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$`)
    await query(`CREATE TRIGGER stuck BEFORE UPDATE ON connections FOR EACH ROW
      WHEN (OLD.external_user_id = '${ids[700]?.id}') EXECUTE FUNCTION get_stuck()`)

    const environment = environmentOf(koble, { KOBLE_MASTER_KEY: newKey, KOBLE_PREVIOUS_MASTER_KEYS: oldKey })
    const killed = startCommand('rotate-keys.ts', environment)
    const stuck = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    await vi.waitFor(async () => expect(await query(stuck)).toHaveLength(1), { timeout: 15_000 })
    killed.kill('SIGKILL')
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' })
    await query(`SELECT pg_terminate_backend(pid) FROM (${stuck}) AS stuck`)
    await vi.waitFor(async () => expect(await query(stuck)).toEqual([]))
    await query('DROP TRIGGER stuck ON connections')

    const progress = `SELECT status, moved, total, at_column, to_version FROM key_rotations WHERE organization_id = '${organizationId}'`
    const [halfway] = await query<Record<string, number | string>>(progress)
    expect(halfway).toMatchObject({ status: 'running', at_column: 'connections.credentials', to_version: 2 })
    expect(halfway?.['moved']).toBeGreaterThan(500)
    expect(halfway?.['moved']).toBeLessThan(800)
    const untouched = (version: number) =>
      query(`SELECT count(*)::int FROM connections WHERE split_part(credentials, '.', 3) = '${version}'`)
    expect(await untouched(1)).not.toEqual([{ count: 0 }])

    const again = startCommand('rotate-keys.ts', environment)
    expect(await again.ended, again.output()).toMatchObject({ code: 0 })
    expect(again.output()).toContain(`(${koble.organization.id}): done before the interruption`)
    const versions = `SELECT max(version) FROM data_keys WHERE organization_id = '${koble.organization.id}'`
    expect(await query(versions)).toEqual([{ max: 2 }])
    // Not begun anew: the same rotation, the same version, and no value counted twice.
    const total = halfway?.['total']
    expect(await query(progress)).toMatchObject([{ status: 'completed', to_version: 2, moved: total, total }])
    expect(await untouched(2)).toEqual([{ count: 1001 }])
    const node = await restart(koble, under(local(newKey)))
    const rows = await query<{ id: string; credentials: string }>('SELECT id, credentials FROM connections')
    for (const { id, credentials } of rows.filter((row) => row.id !== template)) {
      const context = { organizationId, table: 'connections', row: id, column: 'credentials' }
      expect(await node.services.encryption.decrypt(context, credentials)).toBe(`secret of ${id}`)
    }
    await node.stop()
    await koble.stop()
  }, 60_000)
})
