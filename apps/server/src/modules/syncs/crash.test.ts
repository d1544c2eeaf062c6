import { expect, onTestFinished, test, vi } from 'vitest'
import {
  askForRun,
  connectContacts,
  createContactsSync,
  gate,
  recordsOf,
  runIn,
  runNow,
  runsOf,
  startContactsServer,
} from '../../testing/contacts-server.ts'
import { createDataDir } from '../../testing/data-dir.ts'
import { startProgram } from '../../testing/program.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** Another node of the same Koble, in a process of its own. */
async function startNode(koble: TestKoble) {
  const { active } = koble.keys
  const dataDir = createDataDir()
  const program = await startProgram({
    NODE_ENV: 'production',
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_MASTER_KEY: active?.type === 'local' ? active.masterKey : '',
    DATABASE_URL: koble.testDatabase.url,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
    KOBLE_PUBLIC_URL: koble.url,
  })
  onTestFinished(async () => {
    program.kill('SIGKILL')
    await program.ended
    await dataDir.remove()
  })
  return program
}

test('a run whose node is killed goes on from its checkpoint, and brings every record once', {
  timeout: 120_000,
}, async () => {
  const koble = await startTestKoble({ jobs: false })
  onTestFinished(() => koble.stop())
  const crm = await startContactsServer()
  onTestFinished(() => crm.close())
  crm.reset(6)
  const sync = await createContactsSync(koble, await connectContacts(koble, crm))
  const held = gate()
  crm.odd = (after) => (after === '4' ? { wait: held.opened } : undefined)
  const first = await startNode(koble)
  const run = await askForRun(koble, sync)
  await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2', '4']), 30_000)
  first.kill('SIGKILL')
  await first.ended
  held.open()
  expect(await runsOf(koble, sync)).toMatchObject([{ status: 'running', pages: 2, created: 4 }])
  crm.odd = () => undefined

  await startNode(koble)
  expect(await runIn(koble, run, 'completed')).toMatchObject({ pages: 3, created: 6, unchanged: 0, deleted: 0 })
  // The page that was under way was asked for again, those before it were not.
  expect(crm.asked).toEqual(['start', '2', '4', '4'])
  expect([...(await recordsOf(koble, sync)).keys()].sort()).toEqual(['1', '2', '3', '4', '5', '6'])
})

test('a job that runs twice at the same time, as after a lost lock, writes its page once', async () => {
  const koble = await startTestKoble()
  onTestFinished(() => koble.stop())
  const crm = await startContactsServer()
  onTestFinished(() => crm.close())
  crm.reset(5)
  const sync = await createContactsSync(koble, await connectContacts(koble, crm))
  const held = gate()
  crm.odd = (after) => (after === '2' ? { wait: held.opened } : undefined)
  const run = await askForRun(koble, sync)
  await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2']), 10_000)
  const step = { organizationId: koble.organization.id, runId: run.id, page: 1, attempt: 0 }
  await koble.testDatabase.query("SELECT add_job('syncs.run', $1::json)", [JSON.stringify(step)])
  await vi.waitFor(() => expect(crm.asked).toEqual(['start', '2', '2']), 10_000)
  held.open()
  expect(await runIn(koble, run, 'completed')).toMatchObject({ pages: 3, created: 5, unchanged: 0 })
  await vi.waitFor(async () => {
    expect(await koble.testDatabase.query('SELECT FROM graphile_worker._private_jobs')).toEqual([])
  }, 20_000)
  expect(crm.asked).toEqual(['start', '2', '2', '4'])
})

test('a job that comes late, after its run was given up, begins nothing', async () => {
  const koble = await startTestKoble()
  onTestFinished(() => koble.stop())
  const crm = await startContactsServer()
  onTestFinished(() => crm.close())
  crm.reset(1)
  const sync = await createContactsSync(koble, await connectContacts(koble, crm))
  const ended = await runNow(koble, sync)
  await koble.testDatabase.query("UPDATE sync_jobs SET status = 'cancelled', pages = 0 WHERE id = $1", [ended.id])
  const step = { organizationId: koble.organization.id, runId: ended.id, page: 0, attempt: 0 }
  await koble.testDatabase.query("SELECT add_job('syncs.run', $1::json)", [JSON.stringify(step)])
  await vi.waitFor(async () => {
    expect(await koble.testDatabase.query('SELECT FROM graphile_worker._private_jobs')).toEqual([])
  }, 20_000)
  expect(await runsOf(koble, sync)).toMatchObject([{ status: 'cancelled' }])
  expect(crm.asked).toEqual(['start'])
})
