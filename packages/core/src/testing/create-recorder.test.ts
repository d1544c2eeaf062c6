import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRecorder, type RecorderOptions, type Recording, replay, startLocalServer } from './index.ts'

async function record(listener: RequestListener, options: Partial<RecorderOptions> = {}, path = '') {
  const folder = await mkdtemp(join(tmpdir(), 'koble-recording-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const service = await startLocalServer(listener)
  onTestFinished(() => service.close())
  const file = join(folder, 'new', 'service.json')
  const recorder = await createRecorder({ target: service.origin + path, file, ...options })
  onTestFinished(async () => void (await recorder.close()))
  const read = async () => JSON.parse(await readFile(file, 'utf8')) as Recording
  const replayed = async (redact?: { values: string[] }) => {
    const served = await replay(file, { redact })
    onTestFinished(() => served.close())
    return served
  }
  return { service, recorder, file, read, replayed }
}

const echo: RequestListener = async (request, response) => {
  const body = await text(request)
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ path: request.url, body }))
}
const said = async (answer: Promise<Response>) => (await answer).text()

describe('recording', () => {
  test('passes everything on as it is, under the path of the target', async () => {
    const { recorder } = await record(
      async (request, response) => {
        const { authorization, host, cookie } = request.headers
        response.writeHead(207, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'application/json' })
        response.end(JSON.stringify({ path: request.url, authorization, host, cookie, body: await text(request) }))
      },
      {},
      '/v2/',
    )
    const answer = await fetch(`${recorder.origin}/users?page=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer s3cret-token', cookie: 'sid=1' },
      body: 'hello',
    })
    expect([answer.status, answer.headers.get('x-answer'), answer.headers.getSetCookie()]).toEqual([
      207,
      'yes',
      ['a=1', 'b=2'],
    ])
    const seen = (await answer.json()) as { host: string }
    expect(seen).toMatchObject({
      path: '/v2/users?page=1',
      authorization: 'Bearer s3cret-token',
      cookie: 'sid=1',
      body: 'hello',
    })
    expect(seen.host).not.toBe(new URL(recorder.origin).host)
    expect(await recorder.close()).toEqual({ recorded: 1, unrecorded: [] })
  })

  test('hands the parts of a stream on as they come, in both directions', async () => {
    const { recorder } = await record((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      request.on('data', (chunk) => response.write(`got ${chunk}`))
      request.on('end', () => response.end())
    })
    const call = httpRequest(recorder.origin, { method: 'POST' })
    call.flushHeaders()
    const [answer] = await once(call, 'response')
    for (const part of ['one', 'two']) {
      call.write(part)
      expect(String((await once(answer, 'data'))[0])).toBe(`got ${part}`)
    }
    call.end()
    await once(answer.resume(), 'end')
    expect(await recorder.close()).toMatchObject({ recorded: 1 })
  })

  test('what breaks off, cannot be reached or is given up is passed on as such and named as unrecorded', async () => {
    const { recorder, service } = await record((request, response) => {
      response.writeHead(200).write('half')
      if (request.url?.startsWith('/breaks')) setImmediate(() => request.socket.resetAndDestroy())
    })
    await expect(said(fetch(`${recorder.origin}/breaks?token=abcdefgh`))).rejects.toThrow()
    const abort = new AbortController()
    const answer = await fetch(`${recorder.origin}/hangs`, { signal: abort.signal })
    abort.abort()
    await expect(answer.text()).rejects.toThrow()
    await service.close()
    const unreachable = await fetch(`${recorder.origin}/gone`)
    expect([unreachable.status, await unreachable.json()]).toMatchObject([
      502,
      { error: { code: 'provider_unreachable' } },
    ])
    const report = await recorder.close()
    expect(report.recorded).toBe(0)
    expect(report.unrecorded.map((line) => line.split(':')[0]).sort()).toEqual([
      'GET /breaks?token=%5Bredacted%5D',
      'GET /gone',
      'GET /hangs',
    ])
  })

  test('keeps no more than it may: large bodies are omitted, and what is beyond the whole is unrecorded', async () => {
    const { recorder, read, replayed } = await record((_request, response) => response.end('x'.repeat(100)), {
      bodyBytesMax: 50,
      recordingBytesMax: 60,
    })
    const send = (origin: string, path: string, bytes: number) =>
      fetch(origin + path, { method: 'POST', body: 'y'.repeat(bytes) })
    expect(await said(send(recorder.origin, '/large', 100))).toHaveLength(100)
    await said(send(recorder.origin, '/small', 40))
    await said(send(recorder.origin, '/beyond', 40))
    expect(await recorder.close()).toEqual({ recorded: 2, unrecorded: [expect.stringMatching('POST /beyond: ')] })
    const [large] = (await read()).exchanges
    expect([large?.request.body, large?.response.body]).toEqual([
      { omitted: expect.stringContaining('100 bytes') },
      { omitted: expect.stringContaining('100 bytes') },
    ])
    const answer = await send((await replayed()).origin, '/large', 100)
    expect([answer.status, await answer.text()]).toEqual([
      501,
      expect.stringContaining('the answer to POST /large (100 bytes'),
    ])
  })

  test('follows redirects through the recorder, and through the replay later', async () => {
    const { recorder, service, replayed } = await record((request, response) => {
      if (request.url === '/b') response.end('here')
      else response.writeHead(302, { location: `${service.origin}/b`, link: `<${service.origin}/c>; rel="next"` }).end()
    })
    const answer = await fetch(`${recorder.origin}/a`)
    expect([answer.url, await answer.text()]).toEqual([`${recorder.origin}/b`, 'here'])
    await recorder.close()
    const { origin } = await replayed()
    const again = await fetch(`${origin}/a`, { redirect: 'manual' })
    expect([again.headers.get('location'), again.headers.get('link')]).toEqual([
      `${origin}/b`,
      `<${origin}/c>; rel="next"`,
    ])
  })

  test.each(['ftp://a.example', 'no url', 'https://user:password@a.example', 'https://a.example/?x=1'])(
    'takes no target like %s',
    async (target) => {
      await expect(createRecorder({ target, file: '/nowhere/at/all.json' })).rejects.toMatchObject({
        code: 'validation',
      })
    },
  )
})

describe('redaction', () => {
  test('no planted secret reaches the file, wherever it stands, and the rest does', async () => {
    const canaries = {
      bearer: 'canary-bearer-1a2b3c',
      basic: 'canary-basic-4d5e6f',
      cookie: 'canary-cookie-7a8b9c',
      setCookie: 'canary-set-cookie-1d2e3f',
      query: 'canary-query-4a5b6c',
      form: 'canary form+7d8e9f',
      json: 'canary-json-1a3b5c',
      nested: 'canary-nested-7d9e2f',
      issued: 'canary-issued-4a6b8c',
      multipart: 'canary-multipart-1d3e5f',
      xml: 'canary-xml-7a9b2c',
      own: 'canary-own-4d6e8f',
      known: 'canary known 1a4b7c',
      form2: 'ghp_canarycanarycanary1d4e7f',
      device: 'canary-device-2a5b8c',
      email: 'kari.nordmann@canary.example',
      unicodeEmail: 'kåre@blåbær-canary.no',
    }
    const { recorder, file, read } = await record(
      async (request, response) => {
        const asked = await text(request)
        response.setHeader('set-cookie', `session=${canaries.setCookie}; Path=/; HttpOnly`)
        response.setHeader('x-echo', `${request.headers.authorization} ${canaries.email}`)
        if (request.url?.startsWith('/gzip')) response.setHeader('content-encoding', 'gzip')
        const answer = JSON.stringify({
          access_token: canaries.issued,
          token_type: 'bearer',
          code: 'not_found',
          device_code: canaries.device,
          harmless: 12345678901234567890n.toString(),
          user: { mail: canaries.unicodeEmail, credentials: { inner: [canaries.nested] } },
          next: `https://api.example/x?page=2&sig=${canaries.query}`,
          asked,
        })
        if (request.url?.startsWith('/binary')) response.end(Buffer.from(`\xff\0${canaries.issued}\xfe`, 'latin1'))
        else
          response
            .setHeader('content-type', 'application/json')
            .end(response.hasHeader('content-encoding') ? gzipSync(answer) : answer)
      },
      { redact: { fields: ['x-tenant-word', 'personal_word'], values: [canaries.known] } },
    )
    const multipart = new FormData()
    multipart.set('password', canaries.multipart)
    multipart.set('title', `harmless, of ${canaries.email}`)
    const calls: [string, RequestInit][] = [
      [`/binary/${canaries.issued}`, {}],
      [
        `/gzip/${encodeURIComponent(canaries.email)}?page=7&access_token=${canaries.query}&to=${encodeURIComponent(canaries.unicodeEmail)}`,
        { headers: { authorization: `Bearer ${canaries.bearer}`, cookie: `a=1; b=${canaries.cookie}` } },
      ],
      [
        '/form',
        {
          method: 'POST',
          body: new URLSearchParams({
            password: canaries.form,
            note: `${canaries.form2} ${canaries.known}`,
            page: '7',
          }),
        },
      ],
      [
        '/json',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ apiKey: canaries.json, personal_word: canaries.own, note: `see ${canaries.bearer}` }),
        },
      ],
      ['/multipart', { method: 'POST', body: multipart }],
      [
        '/xml',
        {
          method: 'POST',
          headers: { 'content-type': 'text/xml' },
          body: `<s:Body><s:Password Type="t">${canaries.xml}</s:Password><harmless>7</harmless></s:Body>`,
        },
      ],
      [
        '/basic',
        {
          headers: {
            authorization: `Basic ${Buffer.from(`user:${canaries.basic}`).toString('base64')}`,
            'x-tenant-word': canaries.own,
            'x-note': canaries.basic,
          },
        },
      ],
    ]
    for (const [path, init] of calls) await (await fetch(recorder.origin + path, init)).arrayBuffer()
    expect(await recorder.close()).toEqual({ recorded: calls.length, unrecorded: [] })
    const whole = await readFile(file, 'utf8')
    const { exchanges } = await read()
    const decoded = exchanges.map(({ response: { body } }) =>
      body && 'base64' in body ? Buffer.from(body.base64, 'base64').toString('latin1') : '',
    )
    for (const [name, canary] of Object.entries(canaries)) {
      for (const form of [
        canary,
        encodeURIComponent(canary),
        new URLSearchParams({ x: canary }).toString().slice(2),
        Buffer.from(canary).toString('base64').slice(0, -4),
      ]) {
        expect(whole + decoded.join(), name).not.toContain(form)
      }
    }
    expect(exchanges[0]?.response.body).toEqual({
      base64: Buffer.from('\xff\0[redacted]\xfe', 'latin1').toString('base64'),
    })
    const second = exchanges[1]
    expect(second?.request.path).toBe(
      '/gzip/redacted%40example.invalid?page=7&access_token=%5Bredacted%5D&to=redacted%40example.invalid',
    )
    expect(second?.response.headers['set-cookie']).toEqual(['session=[redacted]; Path=/; HttpOnly'])
    expect(second?.response.headers).not.toHaveProperty('content-encoding')
    const { text: words = '' } = (second?.response.body ?? {}) as { text?: string }
    const answer = JSON.parse(words)
    expect(answer).toMatchObject({
      access_token: '[redacted]',
      token_type: 'bearer',
      code: 'not_found',
      harmless: '12345678901234567890',
      user: { mail: 'redacted@example.invalid' },
    })
  })

  test('fields that only sound secret can be kept', async () => {
    const { recorder, read } = await record(echo, { redact: { keep: ['Key'] } })
    await said(
      fetch(`${recorder.origin}/?key=ABC-1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"key":"ABC-1","token":"x"}',
      }),
    )
    await recorder.close()
    expect((await read()).exchanges[0]?.request).toMatchObject({
      path: '/?key=ABC-1',
      body: { text: '{"key":"ABC-1","token":"[redacted]"}' },
    })
  })

  test('a body in an encoding that cannot be read is not kept', async () => {
    const { recorder, read } = await record((request, response) => {
      const encoding = request.url?.slice(1) ?? ''
      response.setHeader('content-encoding', encoding).end(encoding === 'br' ? brotliCompressSync('here') : 'a secret')
    })
    for (const encoding of ['aes128gcm', 'br', 'zstd']) {
      const answer = await new Promise<IncomingMessage>((resolve) =>
        httpRequest(`${recorder.origin}/${encoding}`, resolve).end(),
      )
      await once(answer.resume(), 'end')
    }
    await recorder.close()
    const bodies = (await read()).exchanges.map(({ response }) => response.body)
    expect(bodies).toEqual([{ omitted: expect.any(String) }, { text: 'here' }, { omitted: expect.any(String) }])
  })
})

describe('replay', () => {
  test('answers by method, path, query and body, whatever the secrets and header fields are', async () => {
    const { recorder, replayed } = await record(echo)
    const ask = (origin: string, token: string, note = 'hi') => [
      fetch(`${origin}/a?b=1&access_token=${token}`, { headers: { authorization: `Bearer ${token}` } }),
      fetch(`${origin}/a`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-any': token },
        body: JSON.stringify({ token, note }),
      }),
      fetch(`${origin}/a`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ note }),
      }),
      fetch(`${origin}/a`, {
        method: 'POST',
        body: (() => {
          const form = new FormData()
          form.set('note', note)
          return form
        })(),
      }),
    ]
    const recorded = await Promise.all(ask(recorder.origin, 'one-token-of-the-recording').map(said))
    await recorder.close()
    const { origin, unused, missed } = await replayed()
    const answers = await Promise.all(ask(origin, 'another').map(said))
    expect(answers.map((answer) => answer.length > 2)).toEqual([true, true, true, true])
    expect(answers[2]).toBe(recorded[2])
    expect([unused(), missed()]).toEqual([[], []])
  })

  test('gives equal requests their answers in order, each once, and names what is not recorded', async () => {
    let count = 0
    const { recorder, replayed } = await record((_request, response) => {
      count += 1
      response.end(String(count))
    })
    for (let call = 0; call < 3; call += 1) await said(fetch(`${recorder.origin}/poll?x=1`))
    await said(fetch(`${recorder.origin}/poll`, { method: 'POST', body: 'a' }))
    await recorder.close()
    const { origin, unused, missed } = await replayed()
    expect(unused()).toHaveLength(4)
    for (const expected of ['1', '2', '3']) expect(await said(fetch(`${origin}/poll?x=1`))).toBe(expected)
    const fourth = await fetch(`${origin}/poll?x=1`)
    expect([fourth.status, await fourth.json()]).toEqual([
      501,
      { error: { code: 'not_recorded', message: 'Not recorded so often: GET /poll?x=1.' } },
    ])
    const other = JSON.parse(await said(fetch(`${origin}/poll?x=2&token=s3cret`)))
    expect(other.error.message).toBe(
      'Not recorded: GET /poll?x=2&token=%5Bredacted%5D. Recorded for this path: /poll?x=1.',
    )
    const body = JSON.parse(await said(fetch(`${origin}/poll`, { method: 'POST', body: 'bc' })))
    expect(body.error.message).toMatch(
      /^Not recorded: POST \/poll with a body of 2 bytes \(SHA-256 \w{64}\)\. Recorded for this path: \/poll \(body \w{64}\)\.$/,
    )
    expect(unused()).toEqual(['POST /poll'])
    expect(missed()).toHaveLength(3)
  })

  test('brings binary bodies, statuses and answers without a body back as they were', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const { recorder, replayed } = await record((request, response) => {
      if (request.method === 'HEAD') response.setHeader('content-length', '1234').end()
      else if (request.url === '/none') response.writeHead(204).end()
      else response.writeHead(418, { 'content-type': 'image/png', etag: '"1"' }).end(bytes)
    })
    const all = async (origin: string) => {
      const [image, none, head] = await Promise.all([
        fetch(`${origin}/image`),
        fetch(`${origin}/none`),
        fetch(origin, { method: 'HEAD' }),
      ])
      return [
        image.status,
        image.headers.get('etag'),
        Buffer.from(await image.arrayBuffer()).equals(bytes),
        none.status,
        head.headers.get('content-length'),
      ]
    }
    const expected = [418, '"1"', true, 204, '1234']
    expect(await all(recorder.origin)).toEqual(expected)
    await recorder.close()
    expect(await all((await replayed()).origin)).toEqual(expected)
  })

  test('a client that uses what a recorded answer issued finds its next request recorded', async () => {
    const { recorder, replayed } = await record(async (request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify(request.url === '/token' ? { access_token: 'issued-token-1234567890' } : { whole: request.url }),
      )
    })
    const use = async (origin: string) => {
      const { access_token } = JSON.parse(await said(fetch(`${origin}/token`)))
      return (await fetch(`${origin}/by/${access_token}?again=${access_token}`)).status
    }
    expect(await use(recorder.origin)).toBe(200)
    await recorder.close()
    expect(await use((await replayed()).origin)).toBe(200)
  })

  test('refuses a file that is no recording', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'koble-recording-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'a.json')
    await expect(replay(file)).rejects.toMatchObject({ code: 'recording_invalid' })
    for (const content of [
      '',
      'null',
      '{}',
      '{"format":"koble-recording/1","redact":{"fields":[],"keep":[]},"bodyBytesMax":1,"exchanges":[null]}',
    ]) {
      await writeFile(file, content)
      await expect(replay(file), content).rejects.toMatchObject({ code: 'recording_invalid' })
    }
  })
})
