import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { EventDetail } from '@koble/contract/webhooks'
import { verify } from '@octokit/webhooks-methods'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { deliver, type GithubEndpoint, openGithubEndpoint } from './testing/github-deliveries.ts'
import { addDestination, createReceiver, type Receiver } from './testing/receiver.ts'
import { startTestKoble, type TestKoble } from './testing/test-koble.ts'

const bin = fileURLToPath(new URL('../../cli/bin/koble.js', import.meta.url))
let koble: TestKoble
let receiver: Receiver
let endpoint: GithubEndpoint
let folder: string
beforeAll(async () => {
  ;[koble, receiver] = await Promise.all([startTestKoble(), createReceiver()])
  endpoint = await openGithubEndpoint(koble.request)
  folder = mkdtempSync(join(tmpdir(), 'koble-cli-'))
})
afterAll(async () => {
  await receiver?.close()
  await koble?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function start(args: string[], url = koble.url): ChildProcess {
  const { KOBLE_DATA_DIR: _dir, ...inherited } = process.env
  const env = { ...inherited, KOBLE_ADMIN_API_KEY: koble.ownerKey }
  return spawn(process.execPath, [bin, ...args, '--url', url], { env })
}

async function run(...args: string[]) {
  const child = start(args)
  const { stdout, stderr } = child as { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }
  const [[exitCode], output, error] = await Promise.all([once(child, 'exit'), text(stdout), text(stderr)])
  return { exitCode: exitCode as number, output, error }
}

/** `koble listen`, from when it listens on. */
async function listen(path: string, args: string[] = [], url = koble.url) {
  const child = start(['listen', '--forward-to', receiver.url(path), ...args], url)
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => errors.push(line))
  await vi.waitFor(
    () => expect(lines, errors.join('\n')).toContainEqual(expect.stringMatching(/^Listening at/)),
    20_000,
  )
  return {
    lines,
    errors,
    async stop() {
      child.kill('SIGINT')
      const [exitCode, signal] = await once(child, 'exit')
      return { exitCode, signal }
    },
  }
}

let deliveries = 0
async function arrive(to: GithubEndpoint, eventType = 'push', body?: string): Promise<string> {
  const answer = await deliver(to, `listen-${++deliveries}`, { eventType, ...(body !== undefined && { body }) })
  expect(answer.status).toBe(200)
  return answer.body.eventId as string
}
const eventIds = (path: string) => receiver.at(path).map(({ headers }) => headers['koble-event-id'])

/** Between the command and Koble; a connection can be cut, and none be taken for a while. */
async function startCuttableLine() {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const upstream = connect(Number(new URL(koble.url).port), '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      isCut = false
    },
  }
}

test('listen hands a local program each event with its bytes, its headers and Koble’s ids, and ends with 0 on Ctrl+C', async () => {
  await arrive(endpoint)
  const listening = await listen('/relayed')
  const body = '{\n  "text": "æøå “quoted”",\n  "amount": 12345678901234567890\n}\n'
  const id = await arrive(endpoint, 'issues', body)
  const [request] = await receiver.received('/relayed', 1)
  expect(request?.body.toString()).toBe(body)
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'koble-event-id': id,
    'koble-event-type': 'issues',
    'koble-provider': 'github',
    'koble-endpoint-id': endpoint.id,
  })
  // What the program checks is what GitHub signed.
  const signature = String(request?.headers['x-hub-signature-256'])
  expect(await verify(endpoint.secret, String(request?.body), signature)).toBe(true)

  receiver.answer('/relayed', (response) => response.writeHead(500).end('broken'))
  const failed = await arrive(endpoint)
  await vi.waitFor(() => expect(listening.lines).toHaveLength(3), 20_000)
  expect(listening.lines[1]).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d  github issues  ${id}  200  \\d+ ms$`))
  expect(listening.lines[2]).toMatch(new RegExp(`  github push  ${failed}  500  \\d+ ms$`))
  expect(await listening.stop()).toEqual({ exitCode: 0, signal: null })
  expect(listening.lines.at(-1)).toBe(`2 events forwarded; go on with --after ${failed}`)
  expect(eventIds('/relayed')).toEqual([id, failed])
})

test('listen loses nothing and repeats nothing while its connection is cut, before the first event and later', async () => {
  const line = await startCuttableLine()
  const listening = await listen('/resumed', [], line.url)
  const expected: string[] = []
  for (let round = 0; round < 2; round += 1) {
    line.cut()
    await vi.waitFor(() => expect(listening.errors.length).toBeGreaterThan(round), 20_000)
    for (let index = 0; index < 3; index += 1) expected.push(await arrive(endpoint))
    expect(receiver.at('/resumed')).toHaveLength(4 * round)
    line.mend()
    await receiver.received('/resumed', expected.length)
    expected.push(await arrive(endpoint))
    await receiver.received('/resumed', expected.length)
  }
  expect(await listening.stop()).toMatchObject({ exitCode: 0 })
  expect(eventIds('/resumed')).toEqual(expected)
})

test('listen goes on after the event it is told, with what came while it did not run', async () => {
  const first = await listen('/continued')
  const known = await arrive(endpoint)
  await receiver.received('/continued', 1)
  await first.stop()
  const missed = [await arrive(endpoint), await arrive(endpoint)]
  const second = await listen('/continued', ['--after', known])
  await receiver.received('/continued', 3)
  await second.stop()
  expect(eventIds('/continued')).toEqual([known, ...missed])
})

test('listen takes only what it is asked for, and says when nobody takes it', async () => {
  const other = await openGithubEndpoint(koble.request)
  const listening = await listen('/chosen', [
    '--endpoint',
    other.id,
    '--provider',
    'github',
    '--events',
    'pull_request, push',
  ])
  await arrive(endpoint, 'push')
  await arrive(other, 'issues')
  const wanted = [await arrive(other, 'push'), await arrive(other, 'pull_request')]
  await receiver.received('/chosen', 2)
  await listening.stop()
  expect(eventIds('/chosen')).toEqual(wanted)

  const child = start(['listen', '--forward-to', 'http://127.0.0.1:1/nobody'])
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said += chunk
  })
  await vi.waitFor(() => expect(said).toContain('Listening'), 20_000)
  await arrive(endpoint)
  await vi.waitFor(() => expect(said).toContain('nobody listens there'), 20_000)
})

test('listen says in one line that a key or an endpoint is refused', async () => {
  const refused = await run('listen', '--forward-to', receiver.url('/'), '--api-key', 'koble_wrong')
  expect(refused).toMatchObject({ exitCode: 1, error: expect.stringMatching(/^koble: .+\n$/) })
  const unknown = await run('listen', '--forward-to', receiver.url('/'), '--endpoint', 'no-id')
  expect(unknown).toMatchObject({ exitCode: 1, error: expect.stringMatching(/^koble: .+\n$/) })
})

const eventOf = async (output: string) => {
  const id = /event ([0-9a-f-]{36})$/m.exec(output)?.[1]
  return (await koble.request<EventDetail>('GET', `/api/events/${id}`)).body
}

test('trigger sends the sample of a provider, or one of another type, with other fields or another body, signed', async () => {
  const sample = await run('trigger', 'github', '--endpoint', endpoint.id)
  expect(sample).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^issues was sent: event /) })
  const named = await run('trigger', 'github.issues', '--endpoint', endpoint.id)
  expect(named).toMatchObject({ exitCode: 0 })

  const overrides = ['--override', 'repository.name=other', '--override', 'issue.number=7', '--override', 'a.b=[1]']
  const changed = await run('trigger', 'github.push', '--endpoint', endpoint.id, ...overrides)
  expect(changed).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^push was sent: event /) })
  const event = await eventOf(changed.output)
  expect(event).toMatchObject({ eventType: 'push', headers: { 'x-github-event': 'push' } })
  const { repository, issue, a } = JSON.parse(event.body)
  expect([repository.name, repository.id, issue.number, a]).toEqual(['other', 1296269, 7, { b: [1] }])

  const file = join(folder, 'push.json')
  writeFileSync(file, '{"ref": "refs/heads/main", "delivery": "{id}"}')
  const own = await run('trigger', 'github.push', '--endpoint', endpoint.id, '--data', file)
  expect(own).toMatchObject({ exitCode: 0 })
  expect((await eventOf(own.output)).body).toMatch(/^\{"ref": "refs\/heads\/main", "delivery": "[0-9a-f-]{36}"\}$/)
})

test('trigger changes the type where it stands in the body, and refuses one that the sample cannot have', async () => {
  const integration = await koble.request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'stripe' },
  })
  const { body: stripe } = await koble.request<GithubEndpoint>(
    'POST',
    `/api/integrations/${integration.body.id}/webhooks`,
    {
      body: { secret: 'whsec_0123456789abcdef' },
    },
  )
  const sent = await run('trigger', 'stripe.charge.refunded')
  expect(sent).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^charge\.refunded was sent: event /) })
  expect(await eventOf(sent.output)).toMatchObject({ eventType: 'charge.refunded', endpointId: stripe.id })
  const wrong = join(folder, 'wrong.json')
  writeFileSync(wrong, 'no JSON')
  const refused = await run('trigger', 'stripe.charge.refunded', '--data', wrong)
  expect(refused).toMatchObject({ exitCode: 1, output: '', error: expect.stringContaining('no JSON') })
})

test('trigger says what is missing, and lists what there is without asking anybody', async () => {
  await openGithubEndpoint(koble.request)
  const several = await run('trigger', 'github')
  expect(several).toMatchObject({ exitCode: 1, error: expect.stringContaining('--endpoint') })
  expect(several.error).toContain(endpoint.id)
  expect(await run('trigger', 'slack')).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('no endpoint of slack'),
  })
  expect(await run('trigger', 'nobody')).toMatchObject({ exitCode: 1, error: expect.stringContaining('no provider') })
  expect(await run('trigger')).toMatchObject({ exitCode: 2, output: '' })
  const child = start(['trigger', '--list'], 'http://127.0.0.1:1')
  expect(await text(child.stdout as NodeJS.ReadableStream)).toMatch(/^github\.issues$/m)
})

test('messages send reaches the destinations, and destinations list and test tell of them', async () => {
  const id = await addDestination(koble, receiver.url('/messages'), { name: 'Billing', eventTypes: ['invoice.*'] })
  const sent = await run('messages', 'send', 'invoice.paid', '--data', '{"amount": 5}', '--id', 'invoice-5')
  expect(sent).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/^Message [0-9a-f-]{36}, for 1 destination\n$/),
  })
  const [message] = await receiver.received('/messages', 1)
  expect(JSON.parse(String(message?.body))).toMatchObject({ type: 'invoice.paid', data: { amount: 5 } })
  expect(await run('messages', 'send', 'invoice.paid', '--data', '{amount')).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('no JSON'),
  })

  expect((await run('destinations', 'list')).output).toContain(`${id}  https  enabled  Billing\n`)
  expect(await run('destinations', 'test', id)).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/^Delivered \(200\) in \d+ ms\n$/),
  })
  receiver.answer('/messages', (response) => response.writeHead(500).end())
  expect(await run('destinations', 'test', id)).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/^Not delivered \(500\): rejected\. /),
  })
})
