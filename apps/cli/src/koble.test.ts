import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../bin/koble.js', import.meta.url))

interface Outcome {
  exitCode: number
  output: string
  error: string
}

async function koble(args: string[], environment: Record<string, string> = {}): Promise<Outcome> {
  const { KOBLE_ADMIN_API_KEY: _key, KOBLE_DATA_DIR: _dir, ...inherited } = process.env
  const child = spawn(process.execPath, [bin, ...args], { env: { ...inherited, ...environment } })
  const [[exitCode], output, error] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { exitCode, output, error }
}

/** A server of the given answers by path, to stand for something that is not Koble or is not ready for the demo. */
async function answering(answers: Record<string, unknown>): Promise<{ url: string; close(): void }> {
  const server = createServer((request, reply) => {
    const body = answers[request.url ?? '']
    reply
      .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

test('help names every command and goes to standard output', async () => {
  const { exitCode, output } = await koble(['--help'])
  expect(exitCode).toBe(0)
  const commands = ['start', 'migrate', 'demo', 'listen', 'trigger', 'messages', 'destinations', 'keys', 'audit']
  for (const command of commands) expect(output).toContain(`\n  ${command}`)
})

test('no command at all prints the help', async () => {
  expect(await koble([])).toEqual(await koble(['--help']))
})

test('the version is that of the package', async () => {
  expect(await koble(['--version'])).toEqual({ exitCode: 0, output: '0.1.0\n', error: '' })
})

test.each([
  [['strat'], 'Did you mean start?'],
  [['demo', '--uri', 'x'], "unknown option '--uri'"],
  [['keys', 'rotat'], 'Did you mean rotate?'],
  [['audit', 'verify', '--url', 'localhost:3000'], 'must be an http or https URL'],
  [['demo', '--url', 'localhost:3000'], 'must be an http or https URL'],
  [['listen'], "required option '--forward-to <url>' not specified"],
  [['listen', '--forward-to', 'localhost:3000'], 'must be an http or https URL'],
  [['messages', 'send', 'invoice.paid'], "required option '--data <json>' not specified"],
])('a wrong command line %j exits with 2 and says why', async (args, reason) => {
  const { exitCode, output, error } = await koble(args)
  expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' })
  expect(error).toContain(reason)
})

test('the demo says in one line that nothing answers, and what to do', async () => {
  const { url, close } = await answering({})
  close()
  const { exitCode, error } = await koble(['demo', '--url', url])
  expect(exitCode).toBe(1)
  expect(error).toBe(
    `koble: Nothing answers at ${url}. Start Koble with \`npm start\`, or say with --url where it runs.\n`,
  )
})

test('the demo says that what answers is not Koble', async () => {
  const { url, close } = await answering({})
  try {
    const { exitCode, error } = await koble(['demo', '--url', url])
    expect(exitCode).toBe(1)
    expect(error).toBe(`koble: What answers at ${url} is not Koble. Say with --url where it runs.\n`)
  } finally {
    close()
  }
})

test('the demo refuses a Koble in production, with one JSON line for programs', async () => {
  const { url, close } = await answering({
    '/api/instance': { version: '0.1.0', needsOwner: false, mode: 'production', sandbox: false },
  })
  try {
    const { exitCode, output, error } = await koble(['demo', '--json', '--url', url])
    expect(exitCode).toBe(1)
    expect(JSON.parse(output)).toMatchObject({
      step: 'reach',
      ok: false,
      message: expect.stringContaining('production'),
    })
    expect(error).toContain('The demo needs one in development mode')
  } finally {
    close()
  }
})

test('the demo says where it looked for a key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'koble-cli-'))
  const { url, close } = await answering({
    '/api/instance': { version: '0.1.0', needsOwner: true, mode: 'development', sandbox: true },
  })
  try {
    const without = await koble(['demo', '--url', url], { KOBLE_DATA_DIR: folder })
    expect(without.exitCode).toBe(1)
    expect(without.error).toContain(`there is none in ${join(folder, 'admin-api-key')}`)
    writeFileSync(join(folder, 'admin-api-key'), 'koble_key\n')
    expect((await koble(['demo', '--url', url], { KOBLE_DATA_DIR: folder })).error).not.toContain('No API key')
  } finally {
    close()
    rmSync(folder, { recursive: true })
  }
})

const verification = { ok: true, entries: 17, firstBroken: null, checkedAt: '2026-01-01T00:00:00.000Z' }

test('a whole audit log is said to be so', async () => {
  const { url, close } = await answering({ '/api/audit-log/verification': verification })
  try {
    const { exitCode, output } = await koble(['audit', 'verify', '--url', url, '--api-key', 'koble_key'])
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: '17 entries, the chain is whole\n' })
  } finally {
    close()
  }
})

test('a broken audit log exits with 1 and names the entry', async () => {
  const id = '01900000-0000-7000-8000-000000000001'
  const firstBroken = { sequence: 18, id, reason: 'content' }
  const { url, close } = await answering({ '/api/audit-log/verification': { ...verification, ok: false, firstBroken } })
  try {
    const { exitCode, output } = await koble(['audit', 'verify', '--url', url, '--api-key', 'koble_key'])
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: `Broken at entry 18 (${id}): content\n` })
  } finally {
    close()
  }
})

test('a rotation is waited for, and values that could not be read make it fail', async () => {
  const rotation = {
    id: '01900000-0000-7000-8000-000000000002',
    status: 'running',
    toVersion: 2,
    total: 3,
    moved: 1,
    unreadable: 0,
    errorCode: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
  }
  const keys = { provider: { type: 'local', keyId: 'abcd' }, versions: [{ version: 2 }, { version: 1 }], rotation }
  for (const [unreadable, exitCode] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const done = { ...rotation, status: 'completed', moved: 3 - unreadable, unreadable }
    const { url, close } = await answering({ '/api/keys/rotate': keys, '/api/keys': { ...keys, rotation: done } })
    try {
      const outcome = await koble(['keys', 'rotate', '--url', url, '--api-key', 'koble_key'])
      expect(outcome).toMatchObject({ exitCode, error: exitCode === 0 ? '' : expect.stringContaining('1 values') })
      expect(outcome.output).toContain('1 of 3 values moved\n2 data keys, wrapped by abcd; the newest is version 2')
    } finally {
      close()
    }
  }
})

test('what Koble refuses is said in one line', async () => {
  const { url, close } = await answering({})
  try {
    const { exitCode, error } = await koble(['keys', 'rotate', '--url', url, '--api-key', 'koble_key'])
    expect(exitCode).toBe(1)
    expect(error).toMatch(/^koble: .+\n$/)
  } finally {
    close()
  }
})
