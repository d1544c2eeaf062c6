import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDataDir } from '../../testing/data-dir.ts'
import { call } from '../../testing/http-call.ts'
import { type Program, startProgram } from '../../testing/program.ts'

const dataDir = createDataDir()
const key = 'koble_the-key-of-whoever-kills-it'
let thirdParty: LocalServer
let program: Program

const start = () =>
  startProgram({
    KOBLE_DATA_DIR: dataDir.path,
    KOBLE_ADMIN_API_KEY: key,
    KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32',
  })
beforeAll(async () => {
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
  program = await start()
})
afterAll(async () => {
  program.kill('SIGTERM')
  await program.ended
  await thirdParty.close()
  await dataDir.remove()
})

const post = async (path: string, body: object) =>
  (await call<{ id: string }>('POST', program.url + path, { key, body })).body.id

test('sums and calls tell the same after the program was killed while it wrote them', { timeout: 90_000 }, async () => {
  const integrationId = await post('/api/integrations', { provider: 'api-key', config: { apiUrl: thirdParty.origin } })
  const connection = { integrationId, externalUserId: 'u1', credentials: { apiKey: 'third-party-key' } }
  const headers = { 'koble-connection': await post('/api/connections', connection) }
  let made = 0
  for (let round = 0; round < 2; round += 1) {
    const victim = program
    const callUntilKilled = async () => {
      for (;;) {
        await call('GET', `${victim.url}/api/proxy/things`, { key, headers })
        made += 1
        if (made === 700 * (round + 1)) victim.kill('SIGKILL')
      }
    }
    await Promise.allSettled(Array.from({ length: 8 }, callUntilKilled))
    await victim.ended
    program = await start()
  }
  const { password, port } = JSON.parse(readFileSync(join(dataDir.path, 'postgres', 'credentials.json'), 'utf8'))
  const client = new pg.Client(`postgres://koble:${password}@127.0.0.1:${port}/postgres`)
  await client.connect()
  const count = async (statement: string) => Number((await client.query(statement, [integrationId])).rows[0].count)
  const rows = await count('SELECT count(*) FROM integration_requests WHERE integration_id = $1')
  expect(rows).toBeGreaterThan(100)
  for (const grain of ['minute', 'hour']) {
    const where = `FROM request_stats WHERE integration_id = $1 AND grain = '${grain}'`
    expect(await count(`SELECT sum(calls) AS count ${where}`)).toBe(rows)
    expect(
      await count(`SELECT sum(amount) AS count ${where.replace(' WHERE', ', unnest(durations) AS amount WHERE')}`),
    ).toBe(rows)
  }
  await client.end()
})
