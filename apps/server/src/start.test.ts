import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { generateMasterKey } from '@koble/core/crypto'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './free-port.ts'
import { createDataDir } from './testing/data-dir.ts'
import { type CallOptions, call } from './testing/http-call.ts'
import { type Program, postmasterOf, runProgram, startProgram } from './testing/program.ts'
import { createKeyConnection } from './testing/tenant.ts'

const dataDir = createDataDir()
const environment = { LOG_LEVEL: 'error', KOBLE_DATA_DIR: dataDir.path, KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' }
let first: Program
let second: Program
let adminKey: string
/** That of the first one, which made its keys itself; without the stand-ins of development a start is quicker. */
let production: Record<string, string>
let slow: LocalServer
/** Lets the slow third party finish its answers. */
let finish = () => {}

beforeAll(async () => {
  first = await startProgram({ ...environment, NODE_ENV: 'development' })
  adminKey = readFileSync(join(dataDir.path, 'admin-api-key'), 'utf8').trim()
  const masterKey = readFileSync(join(dataDir.path, 'master-key'), 'utf8').trim()
  production = { ...environment, NODE_ENV: 'production', KOBLE_MASTER_KEY: masterKey }
  slow = await startLocalServer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/plain' }).write('first half, ')
    finish = () => reply.end('second half')
  })
})
afterAll(async () => {
  for (const program of [first, second]) program?.kill('SIGKILL')
  await Promise.all([first?.ended, second?.ended])
  await slow.close()
  await dataDir.remove()
})

const on = (program: Program) => ({
  request: <Body>(method: string, path: string, { key = adminKey, ...options }: CallOptions = {}) =>
    call<Body>(method, program.url + path, { key, ...options }),
})

describe('the first start', () => {
  test('keeps what it generates for its owner’s eyes only', () => {
    for (const name of ['master-key', 'admin-api-key']) {
      expect(statSync(join(dataDir.path, name)).mode & 0o777, name).toBe(0o600)
    }
    expect(first.output()).toContain(adminKey)
    expect(first.output()).not.toContain(readFileSync(join(dataDir.path, 'master-key'), 'utf8').trim())
  })

  test('shows the key and a link by which the first owner signs up', async () => {
    const token = /\/join\?token=(\S+)/.exec(first.output())?.[1]
    const preview = await call('GET', `${first.url}/api/invitations/preview?token=${token}`)
    expect(preview.body).toMatchObject({ role: 'owner', firstOwner: true })
    expect((await on(first).request('GET', '/api/session')).body).toMatchObject({ role: 'owner' })
  })
})

test('a port that is taken ends the start with one line, and leaves the database to those who use it', async () => {
  const { port } = new URL(first.url)
  const outcome = await runProgram({ ...production, PORT: port })
  expect(outcome).toEqual({ code: 1, output: expect.stringMatching(/^koble: PORT: .*taken.*\n$/) })
  expect((await call('GET', `${first.url}/readyz`)).status).toBe(200)
})

describe('a second Koble on the same data directory', () => {
  beforeAll(async () => {
    second = await startProgram(production)
  })

  test('shares the database and the keys, and shows no key again', async () => {
    expect(second.output()).not.toContain(adminKey)
    const id = await createKeyConnection(on(first), slow.origin)
    expect((await on(second).request('GET', `/api/connections/${id}`)).status).toBe(200)
  })

  test('a stop drains: the request under way is finished, streams end, and the exit code is 0', async () => {
    const connection = await createKeyConnection(on(first), slow.origin, { externalUserId: 'drained' })
    const underWay = await fetch(`${first.url}/api/proxy/slow`, {
      headers: { authorization: `Bearer ${adminKey}`, 'koble-connection': connection },
    })
    const live = await fetch(`${first.url}/api/activity/stream`, { headers: { authorization: `Bearer ${adminKey}` } })
    first.kill('SIGTERM')
    const isReady = () =>
      call('GET', `${first.url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      )
    await expect.poll(isReady).toBe(false)
    finish()
    expect(await underWay.text()).toBe('first half, second half')
    expect(await live.text()).toContain('retry:')
    expect(await first.ended).toEqual({ code: 0, signal: null })
  })

  test('lives on when the other one has left, which wrote down its last calls', async () => {
    const logged = async () => (await on(second).request<{ data: { summary: string }[] }>('GET', '/api/activity')).body
    expect((await logged()).data.map((line) => line.summary)).toContain('GET /slow')
    expect((await call('GET', `${second.url}/readyz`)).status).toBe(200)
  })

  test('takes the database with it when it is the last to leave', async () => {
    expect(postmasterOf(dataDir.path)).not.toBeNull()
    const { port } = JSON.parse(readFileSync(join(dataDir.path, 'postgres', 'credentials.json'), 'utf8'))
    expect(await freePort(port)).not.toBe(port)
    second.kill('SIGTERM')
    expect(await second.ended).toEqual({ code: 0, signal: null })
    // It removes the file with its number when it ended well.
    expect(postmasterOf(dataDir.path)).toBeNull()
    expect(await freePort(port)).toBe(port)
  })
})

describe('a start that cannot succeed ends with one line that names the key, and takes its database with it', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'another master key than that of the data',
      { KOBLE_MASTER_KEY: generateMasterKey() },
      /^koble: KOBLE_MASTER_KEY: .+\n$/,
    ],
    ['an address that is not ours', { HOST: '192.0.2.1' }, /^koble: HOST: .+\n$/],
    ['a database that is not there', { DATABASE_URL: 'closed' }, /^koble: DATABASE_URL: .+\n$/],
  ])('%s', async (_what, wrong, line) => {
    const closed = `postgres://koble:not-to-be-told@127.0.0.1:${await freePort()}/koble`
    const database: Record<string, string> = 'DATABASE_URL' in wrong ? { DATABASE_URL: closed } : {}
    const port = { PORT: String(await freePort()) }
    const outcome = await runProgram({ ...production, ...port, ...wrong, ...database })
    expect(outcome).toEqual({ code: 1, output: expect.stringMatching(line) })
    expect(outcome.output).not.toContain('not-to-be-told')
    expect(postmasterOf(dataDir.path)).toBeNull()
  })
})

test('a stop in the middle of a start takes the database along', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, ...production, PORT: String(await freePort()) },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await expect.poll(() => postmasterOf(dataDir.path), { interval: 5, timeout: 10_000 }).not.toBeNull()
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(postmasterOf(dataDir.path)).toBeNull()
})
