import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenants, type Tenants } from '../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../testing/test-koble.ts'

let koble: TestKoble
let tenants: Tenants
let tables: { name: string; enabled: boolean; forced: boolean }[]

beforeAll(async () => {
  koble = await startTestKoble()
  tenants = await createTenants(koble)
  // The catalogue decides what is tenants' data, so that a table made tomorrow is tested too.
  tables = await koble.testDatabase.query(`
    SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attname = 'organization_id' AND NOT a.attisdropped ORDER BY 1`)
})
afterAll(async () => {
  await tenants.thirdParty.close()
  await koble.stop()
})

/** A person's session remembers an organization but is no tenant's data: `koble_app` may not read it at all. */
const closedToTenants = ['sessions']

test('every table of tenants’ data has row-level security, enabled and forced', () => {
  expect(tables.length).toBeGreaterThan(14)
  for (const table of tables) expect(table).toMatchObject({ enabled: true, forced: true })
})

test('the roles that the program works as cannot get around it', async () => {
  const roles = await koble.testDatabase.query(
    "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname LIKE 'koble\\_%' ORDER BY 1",
  )
  const harmless = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcanlogin: false }
  expect(roles).toEqual([
    { rolname: 'koble_app', ...harmless },
    { rolname: 'koble_system', ...harmless },
  ])
  const { rows } = await koble.database.systemPool.query('SELECT current_user AS name')
  expect(rows).toEqual([{ name: 'koble_system' }])
  const [owned] = await koble.testDatabase.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner::regrole::text LIKE 'koble\\_%'",
  )
  expect(owned?.count).toBe(0)
})

test('partitions, which inherit no policy, are closed to both roles', async () => {
  const open = await koble.testDatabase.query(`
    SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND
      (has_table_privilege('koble_app', oid, 'SELECT') OR has_table_privilege('koble_system', oid, 'SELECT'))`)
  expect(open).toEqual([])
})

describe('as the tenants’ role', () => {
  /** Runs as `koble_app` for an organization, past everything the program would add. */
  async function asTenant(organizationId: string, statement: string): Promise<Record<string, unknown>[]> {
    const client = await koble.database.ownerPool.connect()
    try {
      await client.query('BEGIN')
      await client.query('SET LOCAL ROLE koble_app')
      await client.query("SELECT set_config('koble.organization_id', $1, true)", [organizationId])
      return (await client.query(statement)).rows
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
  }

  const tenantTables = () => tables.map(({ name }) => name).filter((name) => !closedToTenants.includes(name))
  const foreign = (name: string) => `SELECT * FROM ${name} WHERE organization_id = '${koble.organization.id}'`

  test('a tenant sees its own rows in every table, so that the next test can fail', async () => {
    for (const name of tenantTables()) {
      expect((await asTenant(koble.organization.id, foreign(name))).length, name).toBeGreaterThan(0)
    }
  })

  test('no row of another organization is visible in any table, nor without an organization', async () => {
    for (const name of tenantTables()) {
      expect(await asTenant(tenants.other.id, foreign(name)), name).toEqual([])
      const all = await asTenant(tenants.other.id, `SELECT organization_id FROM ${name}`)
      expect(
        all.filter((row) => row.organization_id !== tenants.other.id),
        name,
      ).toEqual([])
      expect(await asTenant('', `SELECT * FROM ${name}`), name).toEqual([])
    }
    expect(await asTenant(tenants.other.id, 'SELECT id FROM organizations')).toEqual([{ id: tenants.other.id }])
    expect(await asTenant(tenants.other.id, `SELECT id FROM users WHERE id = '${tenants.member.id}'`)).toEqual([])
  })

  test('no row of another organization can be changed, taken over or slipped in', async () => {
    for (const name of tenantTables().filter((table) => !/^audit_(log|anchors)$/.test(table))) {
      const own = koble.organization.id
      const update = `UPDATE ${name} SET organization_id = '${tenants.other.id}' WHERE organization_id = '${own}' RETURNING 1`
      expect(await asTenant(tenants.other.id, update), name).toEqual([])
      const give = `UPDATE ${name} SET organization_id = '${tenants.other.id}' RETURNING 1`
      await expect(asTenant(own, give), name).rejects.toThrow(/row-level security/)
    }
    for (const name of closedToTenants) {
      await expect(asTenant(koble.organization.id, `SELECT 1 FROM ${name}`)).rejects.toThrow(/permission denied/)
    }
  })

  test.each(['users', 'sessions', 'accounts', 'verifications', 'nodes', 'instance_secrets'])(
    'the table %s gives no secrets away',
    async (name) => {
      await expect(asTenant(koble.organization.id, `SELECT * FROM ${name}`)).rejects.toThrow(/permission denied/)
    },
  )
})
