import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalKeyProvider, encrypt, generateDataKey, generateMasterKey } from '@koble/core/crypto'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createAuditStore } from '../modules/audit/store.ts'
import { createKeyProviders } from '../modules/encryption/key-providers.ts'
import { createKeyRing } from '../modules/encryption/key-ring.ts'
import { createEncryptionService } from '../modules/encryption/service.ts'
import { createEncryptionStore } from '../modules/encryption/store.ts'
import { urlOfDatabase } from '../testing/test-database.ts'
import { createChangeFeed } from './changes.ts'
import { openClient, openDatabase } from './client.ts'
import { migrate } from './migrate.ts'

test('secrets sealed before keys had names open after the update, audit logs get their heads, and old entries alone can be removed, for an owner whom row-level security binds', async () => {
  const serverUrl = inject('databaseServerUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const superuser = new pg.Client({ connectionString: serverUrl })
  await superuser.connect()
  await superuser.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'owner'`)
  await superuser.query(`GRANT koble_app, koble_system TO ${name} WITH ADMIN OPTION`)
  await superuser.query(`CREATE DATABASE ${name} OWNER ${name}`)
  const url = new URL(urlOfDatabase(serverUrl, name))
  url.username = name
  url.password = 'owner'
  const database = openDatabase(url.href, () => {})
  try {
    const { ownerPool } = database
    await runMigrations({ pgPool: ownerPool })
    await ownerPool.query(readFileSync(join(import.meta.dirname, 'migrations', '0001_foundation.sql'), 'utf8'))
    await ownerPool.query(
      'CREATE TABLE schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    await ownerPool.query("INSERT INTO schema_migrations (name) VALUES ('0001_foundation.sql')")

    const organizationId = '01900000-0000-7000-8000-000000000001'
    const masterKey = generateMasterKey()
    const provider = createLocalKeyProvider(masterKey)
    const dataKey = generateDataKey()
    const sealed = encrypt(
      { id: provider.keyId, version: 1, bytes: dataKey },
      'kept',
      `${organizationId}/connections/7/credentials`,
    )
    const { systemPool } = database
    await systemPool.query("INSERT INTO organizations (id, name, slug) VALUES ($1, 'One', 'one')", [organizationId])
    await systemPool.query(
      'INSERT INTO data_keys (organization_id, version, key_id, wrapped_key) VALUES ($1, 1, $2, $3)',
      [organizationId, provider.keyId, await provider.wrap(dataKey, `data-key/${organizationId}/1`)],
    )
    await systemPool.query(
      `INSERT INTO audit_log (organization_id, sequence, id, at, actor_type, actor_label, action, previous_hash, hash)
       SELECT $1, n, uuidv7(), now() - interval '40 days' * (n = 1)::int, 'system', 'Koble', 'tested', '', 'hash ' || n FROM generate_series(1, 3) AS n`,
      [organizationId],
    )

    expect(await migrate(ownerPool)).toContain('0004_keys.sql')

    const heads = await systemPool.query('SELECT sequence, hash FROM audit_heads')
    expect(heads.rows).toEqual([{ sequence: 3, hash: 'hash 3' }])
    const audit = createAuditStore(database)
    const remove = (sequence: number) =>
      audit.removeUpTo(organizationId, { sequence, hash: `hash ${sequence}` }, { seal: 'seal', count: sequence })
    await expect(remove(2)).rejects.toMatchObject({ code: 'conflict' })
    await remove(1)
    const { rows: left } = await systemPool.query('SELECT sequence FROM audit_log ORDER BY 1')
    expect(left).toEqual([{ sequence: 2 }, { sequence: 3 }])
    expect(await audit.findAnchor(organizationId)).toMatchObject({ sequence: 1, hash: 'hash 1' })
    const changes = createChangeFeed(
      () => openClient(url.href),
      () => {},
    )
    const providers = createKeyProviders({ active: { type: 'local', masterKey }, previous: [] })
    const encryption = createEncryptionService(createKeyRing(createEncryptionStore(database), providers, changes))
    const place = { organizationId, table: 'connections', row: '7', column: 'credentials' }
    expect(await encryption.decrypt(place, sealed)).toBe('kept')
  } finally {
    await database.close()
    await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await superuser.query(`DROP ROLE ${name}`)
    await superuser.end()
  }
})
