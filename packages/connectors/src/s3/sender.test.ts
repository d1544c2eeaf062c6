import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSender } from '../create-sender.ts'
import type { OutboundMessage, SenderEnvironment } from '../sender.ts'
import { canary, loopbackAllowed, makeMessage, makeMessages, open } from '../testing/messages.ts'
import { s3Keys, startS3Server } from '../testing/s3-server.ts'

describe('a sender to a bucket', () => {
  let server: Awaited<ReturnType<typeof startS3Server>>
  beforeAll(async () => {
    server = await startS3Server('deliveries')
  })
  afterAll(() => server?.stop())

  async function makeSender(
    changes: Record<string, unknown> = {},
    secrets: Record<string, string> = s3Keys,
    environment: SenderEnvironment = loopbackAllowed,
  ) {
    const endpoint = `http://127.0.0.1:${server.port}`
    const config = { endpoint, region: 'us-east-1', bucket: 'deliveries', pathStyle: true, ...changes }
    const sender = await createSender('s3', config, secrets as typeof s3Keys, environment)
    onTestFinished(() => sender.close())
    return sender
  }

  /** What another client finds under a key. */
  async function read(
    key: string | undefined,
    port = server.port,
  ): Promise<{ status: number; type: string; content: Buffer }> {
    const client = new AwsClient({ ...s3Keys, service: 's3', region: 'us-east-1' })
    const path = (key ?? '').split('/').map(encodeURIComponent).join('/')
    const answer = await client.fetch(`http://127.0.0.1:${port}/deliveries/${path}`)
    const type = answer.headers.get('content-type') ?? ''
    return { status: answer.status, type, content: Buffer.from(await answer.arrayBuffer()) }
  }

  /** A store that answers as it is told. */
  async function startStore(
    listener: (request: IncomingMessage, reply: ServerResponse, body: Buffer) => void,
  ): Promise<LocalServer> {
    const store = await startLocalServer(async (request, reply) => listener(request, reply, await buffer(request)))
    onTestFinished(() => store.close())
    return store
  }

  const keyOf = (result: { delivered: boolean; detail?: string } | undefined) => result?.detail

  it('writes a batch as one object with a line for each message, body and headers as they were', async () => {
    const json = makeMessage({
      id: 'msg_1',
      contentType: 'application/json; charset=utf-8',
      body: Buffer.from('{\n  "amount": 12345678901234567890.10,\n  "text": "a\\nb"\n}\n'),
      key: 'customer-7',
    })
    const text = makeMessage({ contentType: 'text/plain', body: Buffer.from('one “line”\nand another') })
    const bytes = makeMessage()
    const broken = makeMessage({ contentType: 'application/json', body: Buffer.from('{"half":') })
    const sender = await makeSender({ prefix: 'koble/out' })
    const results = await sender.send([json, text, bytes, broken], open())
    expect(new Set(results.map(keyOf)).size).toBe(1)
    expect(keyOf(results[0])).toMatch(/^koble\/out\/2026\/03\/01\/12\/msg_1-4-[0-9a-f]{16}\.jsonl$/)
    const { type, content } = await read(keyOf(results[0]))
    expect(type).toBe('application/x-ndjson')
    const lines = content.toString().split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(4)
    // The number is not one that JavaScript could hold.
    expect(lines[0]).toContain('"data":{   "amount": 12345678901234567890.10,   "text": "a\\nb" }')
    const documents = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(documents[0]).toMatchObject({
      id: 'msg_1',
      type: 'invoice.paid',
      timestamp: '2026-03-01T12:34:56.789Z',
      contentType: 'application/json; charset=utf-8',
      key: 'customer-7',
      headers: json.headers,
    })
    expect(documents[1]?.['data']).toBe('one “line”\nand another')
    expect(Buffer.from(String(documents[2]?.['data_base64']), 'base64')).toEqual(bytes.body)
    expect(Buffer.from(String(documents[3]?.['data_base64']), 'base64')).toEqual(broken.body)
  })

  it('writes one array, compressed, where it is told to', async () => {
    const messages = makeMessages(3, { contentType: 'text/plain' })
    const results = await (await makeSender({ format: 'json', compression: 'gzip' })).send(messages, open())
    expect(keyOf(results[0])).toMatch(/-3-[0-9a-f]{16}\.json\.gz$/)
    const { type, content } = await read(keyOf(results[0]))
    expect(type).toBe('application/gzip')
    const documents = JSON.parse(gunzipSync(content).toString()) as { data: string }[]
    expect(documents.map(({ data }) => data)).toEqual(['body 0', 'body 1', 'body 2'])
  })

  it('replaces the object when it is given the same batch again, and never by another batch', async () => {
    const sender = await makeSender({ compression: 'gzip' })
    const [first, second, third] = makeMessages(3) as [OutboundMessage, OutboundMessage, OutboundMessage]
    const [once] = await sender.send([first, second], open())
    const { content } = await read(keyOf(once))
    expect(await sender.send([first, second], open())).toEqual([once, once])
    expect((await read(keyOf(once))).content).toEqual(content)
    const [other] = await sender.send([first, third], open())
    expect(keyOf(other)).not.toBe(keyOf(once))
    expect((await read(keyOf(once))).content).toEqual(content)
  })

  it('makes a name of ids that hold anything', async () => {
    const messages = [makeMessage({ id: '../a b/ø?#%' })]
    const results = await (await makeSender({ prefix: "it's(new)+!" })).send(messages, open())
    expect(keyOf(results[0])).toMatch(/^it's\(new\)\+!\/2026\/03\/01\/12\/\.\._a_b_____-1-[0-9a-f]{16}\.jsonl$/)
    expect((await read(keyOf(results[0]))).status).toBe(200)
  })

  it('says that a secret is wrong, without repeating it', async () => {
    const sender = await makeSender(
      {},
      { accessKeyId: 'S3RVER', secretAccessKey: canary, sessionToken: `token-${canary}` },
    )
    const results = await sender.send(makeMessages(2), open())
    const refused = { delivered: false, retryable: true, code: 'access_refused' }
    expect(results).toMatchObject([refused, refused])
    const unknown = await makeSender({}, { accessKeyId: `AKIA-${canary}`, secretAccessKey: canary })
    const [result] = await unknown.send([makeMessage()], open())
    expect(result).toMatchObject(refused)
    expect(JSON.stringify([results, result])).not.toContain(canary)
  })

  it('says that a bucket is missing', async () => {
    const sender = await makeSender({ bucket: 'not-there' })
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ retryable: false, code: 'not_found' }])
  })

  it('names the bucket in the host or the path, and sends its digests', async () => {
    const seen: IncomingMessage[] = []
    const bodies: Buffer[] = []
    const store = await startStore((request, reply, body) => {
      seen.push(request)
      bodies.push(body)
      reply.end()
    })
    const endpoint = `http://store.example:${store.port}/s3/`
    const lookup: SenderEnvironment['lookup'] = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])
    const environment = { ...loopbackAllowed, lookup }
    const path = await makeSender({ endpoint }, { ...s3Keys, sessionToken: 'a token' }, environment)
    expect(await path.test()).toEqual({ delivered: true })
    expect(await path.send([makeMessage()], open())).toMatchObject([{ delivered: true }])
    const host = await makeSender({ endpoint, pathStyle: false }, s3Keys, environment)
    expect(await host.send([makeMessage({ id: 'msg_id' })], open())).toMatchObject([{ delivered: true }])
    expect(seen.map(({ method, headers, url }) => `${method} ${headers.host}${url?.slice(0, 24)}`)).toEqual([
      `HEAD store.example:${store.port}/s3/deliveries/`,
      `PUT store.example:${store.port}/s3/deliveries/2026/03/0`,
      `PUT deliveries.store.example:${store.port}/s3/2026/03/01/12/msg_id`,
    ])
    expect(seen[1]?.headers).toMatchObject({
      'content-md5': createHash('md5')
        .update(bodies[1] ?? '')
        .digest('base64'),
      'x-amz-content-sha256': createHash('sha256')
        .update(bodies[1] ?? '')
        .digest('hex'),
      'x-amz-security-token': 'a token',
      authorization: expect.stringMatching(
        /SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date;x-amz-security-token/,
      ),
    })
  })

  it.each([
    [503, 'SlowDown', '7', { retryable: true, code: 'unavailable', retryAfterMs: 7000 }],
    [500, 'InternalError', '', { retryable: true, code: 'unavailable' }],
    [403, 'RequestTimeTooSkewed', '', { retryable: true, code: 'unavailable' }],
    [403, 'AccessDenied', '', { retryable: true, code: 'access_refused' }],
    [400, 'AuthorizationHeaderMalformed', '', { retryable: false, code: 'not_found' }],
    [301, 'PermanentRedirect', '', { retryable: false, code: 'not_found' }],
    [400, 'EntityTooLarge', '', { retryable: false, code: 'too_large' }],
    [400, 'BadDigest', '', { retryable: false, code: 'rejected' }],
  ])('judges %i %s', async (status, code, retryAfter, expected) => {
    const store = await startStore((_request, reply) => {
      reply.writeHead(status, { ...(retryAfter && { 'retry-after': retryAfter }), location: 'http://127.0.0.1:1/' })
      reply.end(`<Error><Code>${code}</Code><Message>${canary}</Message></Error>`)
    })
    const [result] = await (await makeSender({ endpoint: store.origin })).send([makeMessage()], open())
    expect(result).toMatchObject({ delivered: false, ...expected })
    expect(JSON.stringify(result)).not.toContain(canary)
  })

  it('connects to no private address that is not allowed, written out or behind a name', async () => {
    const refused = { delivered: false, retryable: false, code: 'address_refused' }
    const written = await makeSender({}, s3Keys, { allowedPrivateNetworks: [] })
    expect(await written.test()).toMatchObject(refused)
    const named = await makeSender({ endpoint: `http://store.example:${server.port}` }, s3Keys, {
      allowedPrivateNetworks: [],
      lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    expect(await named.send([makeMessage()], open())).toMatchObject([refused])
  })

  it('says that TLS is not to be had', async () => {
    const sender = await makeSender({ endpoint: `https://127.0.0.1:${server.port}` })
    expect(await sender.test()).toMatchObject({ delivered: false, retryable: false, code: 'tls_failed' })
  })

  it('fails what is sent after it was closed', async () => {
    const sender = await makeSender()
    await sender.close()
    expect(await sender.send([makeMessage()], open())).toMatchObject([{ delivered: false, code: 'unavailable' }])
  })

  it('calls what was under way retryable when the store hangs or is killed, and delivers it after the restart', async () => {
    const own = await startS3Server('deliveries')
    const endpoint = `http://127.0.0.1:${own.port}`
    const hasty = await makeSender({ endpoint }, s3Keys, { ...loopbackAllowed, sendTimeoutMs: 300 })
    const sender = await makeSender({ endpoint })
    const messages = makeMessages(2)
    own.pause()
    const overdue = { delivered: false, retryable: true, code: 'timeout' }
    expect(await hasty.send(messages, open())).toMatchObject([overdue, overdue])
    const ending = new AbortController()
    const ended = sender.send(messages, { signal: ending.signal })
    ending.abort()
    expect(await ended).toMatchObject([overdue, overdue])
    const sending = sender.send(messages, open())
    await own.kill()
    const lost = { delivered: false, retryable: true, code: 'unavailable' }
    expect(await sending).toMatchObject([lost, lost])
    const again = await startS3Server('deliveries', { port: own.port, folder: own.folder })
    onTestFinished(() => again.stop())
    const [result] = await sender.send(messages, open())
    expect((await read(keyOf(result), again.port)).content.toString().trim().split('\n')).toHaveLength(2)
  })
})
