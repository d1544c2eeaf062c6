import { expect, test } from 'vitest'
import { createDataDir } from './testing/data-dir.ts'
import { createOrganization, signUpOwner } from './testing/people.ts'
import { startCommand } from './testing/program.ts'
import { startTestKoble } from './testing/test-koble.ts'

test('the command verifies every organization, and fails with the entry where a chain is broken', async () => {
  const koble = await startTestKoble({ jobs: false })
  const dataDir = createDataDir()
  const { active } = koble.keys
  const verify = async () => {
    const command = startCommand('verify-audit.ts', {
      KOBLE_DATA_DIR: dataDir.path,
      DATABASE_URL: koble.testDatabase.url,
      KOBLE_MASTER_KEY: active.type === 'local' ? active.masterKey : '',
    })
    return { code: (await command.ended).code, lines: command.output().trim().split('\n').sort() }
  }
  try {
    const other = await createOrganization(await signUpOwner(koble), 'Another one')
    const good = await verify()
    expect(good).toEqual({ code: 0, lines: [expect.any(String), expect.any(String)] })
    for (const line of good.lines) expect(line).toMatch(/\(.{36}\): \d+ entries, the chain is whole$/)

    const [broken] = await koble.testDatabase.query<{ id: string }>(
      `UPDATE audit_log SET actor_label = 'Nobody' WHERE organization_id = '${other.id}' AND sequence = 2 RETURNING id`,
    )
    const line = `Another one (${other.id}): broken at entry 2 (${broken?.id}): content`
    expect(await verify()).toEqual({ code: 1, lines: expect.arrayContaining([line]) })
  } finally {
    await koble.stop()
    await dataDir.remove()
  }
}, 60_000)
