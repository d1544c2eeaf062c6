import { createHmac } from 'node:crypto'
import type { Activity } from '@koble/contract/activity'
import type { Event, EventDetail } from '@koble/contract/webhooks'
import { catalogue } from '@koble/providers/catalogue'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { integrationFields } from '@koble/providers/fields'
import { sign } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deliver, type GithubEndpoint, listAllEvents, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { type Answer, call } from '../../testing/http-call.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let github: GithubEndpoint & { integrationId: string }

beforeAll(async () => {
  koble = await startTestKoble()
  github = await openGithubEndpoint(koble.request)
})
afterAll(() => koble.stop())

const integrations = new Map<string, string>()
const clients = { credentials: { clientId: 'client', clientSecret: 'secret' } }

/** An endpoint of any provider. */
async function openEndpoint(provider: string, input: object = {}): Promise<GithubEndpoint> {
  if (!integrations.has(provider)) {
    const entry = catalogue.get(provider) as CatalogueEntry
    const needsClient = integrationFields(entry).some(({ key }) => key === 'clientId')
    // What its stand-in is set up with fits the form, keys included.
    const { credentials = needsClient ? clients.credentials : undefined, config } = entry.sandbox ?? {}
    const body = { provider, ...(credentials && { credentials }), ...(config && { config }) }
    const made = await koble.request<{ id: string }>('POST', '/api/integrations', { body })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    integrations.set(provider, made.body.id)
  }
  const path = `/api/integrations/${integrations.get(provider)}/webhooks`
  const answer = await koble.request<GithubEndpoint>('POST', path, { body: input })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

const eventOf = async (id: string) => (await koble.request<EventDetail>('GET', `/api/events/${id}`)).body

/** The event once it was processed. */
async function processed(id: string | undefined): Promise<EventDetail> {
  return await vi.waitFor(
    async () => {
      const event = await eventOf(id ?? '')
      expect(['completed', 'failed']).toContain(event.status)
      return event
    },
    { timeout: 5000 },
  )
}

const countOf = async (endpoint: GithubEndpoint) => (await listAllEvents(koble.request, endpoint.id)).length

describe('a delivery', () => {
  test('is stored with its raw bytes, processed, and written into the activity log', async () => {
    const body = `{"zen": "Ærlighet varer lengst.",\n  "n": 1e2 }`
    const { status, body: receipt } = await deliver(github, 'one', {
      body,
      headers: { authorization: 'Bearer of-the-way-here', cookie: 'a=b', 'x-custom': 'kept' },
    })
    expect(status).toBe(200)
    expect(receipt.status).toBe('accepted')
    const event = await processed(receipt.eventId)
    expect(event).toMatchObject({
      provider: 'github',
      endpointId: github.id,
      eventType: 'push',
      externalEventId: 'one',
      status: 'completed',
      attempts: 1,
      errorMessage: null,
      contentType: 'application/json',
      body,
      bodyEncoding: 'utf8',
      bodyBytes: Buffer.byteLength(body),
      headers: { 'x-custom': 'kept', 'x-github-event': 'push' },
    })
    expect(Object.keys(event.headers)).not.toContain('authorization')
    expect(Object.keys(event.headers)).not.toContain('cookie')
    const { body: activity } = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=webhook')
    expect(activity.data.find((line) => line.details.eventId === event.id)).toMatchObject({
      action: 'webhook.processed',
      status: 'success',
      provider: 'github',
    })
  })

  test('of bytes that are no text is kept byte by byte', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x00, 0xfe, 0x7d])
    const signature = createHmac('sha256', github.secret).update(body).digest('hex')
    const answer = await call<{ eventId: string }>('POST', github.url, {
      headers: { 'x-github-event': 'push', 'x-github-delivery': 'bytes', 'x-hub-signature-256': `sha256=${signature}` },
      raw: body,
    })
    expect(answer.status).toBe(200)
    expect(await processed(answer.body.eventId)).toMatchObject({
      status: 'failed',
      body: body.toString('base64'),
      bodyEncoding: 'base64',
    })
  })

  test('with GitHub’s published signature is accepted; that its body is no JSON shows on the event alone', async () => {
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const endpoint = await openEndpoint('github', { secret: "It's a Secret to Everybody" })
    const answer = await call<{ eventId: string }>('POST', endpoint.url, {
      headers: {
        'x-github-event': 'push',
        'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      },
      raw: 'Hello, World!',
    })
    expect(answer.status).toBe(200)
    const event = await processed(answer.body.eventId)
    expect(event).toMatchObject({ status: 'failed', body: 'Hello, World!' })
    expect(event.errorMessage).toMatch(/no valid JSON: .*Hello/)
  })

  test.each([
    ['{"open": ', 'application/json'],
    ['', 'application/json'],
    ['<xml/>', 'text/xml'],
    ['{"type":"\\u0000"}', 'application/json'],
  ])('that is signed is acknowledged whatever its body %j is', async (body, contentType) => {
    const { status, body: receipt } = await deliver(github, `body ${body}`, {
      body,
      headers: { 'content-type': contentType },
    })
    expect({ status, receipt: receipt.status }).toEqual({ status: 200, receipt: 'accepted' })
    await processed(receipt.eventId)
  })

  test.each([undefined, 'nonsense', 'application/json; charset=latin-9; a', 'multipart/form-data'])(
    'is taken in under the content type %j',
    async (contentType) => {
      const body = '{}'
      const headers: Record<string, string> = {
        'x-github-event': 'push',
        'x-github-delivery': `type ${contentType}`,
        'x-hub-signature-256': await sign(github.secret, body),
        ...(contentType && { 'content-type': contentType }),
      }
      const answer = await call('POST', github.url, { headers, raw: new TextEncoder().encode(body) })
      expect(answer.status).toBe(200)
    },
  )

  test('as a form is read as the JSON in its payload field, and as plain fields otherwise', async () => {
    const formOf = async (id: string, fields: Record<string, string>) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return await processed(
        (await deliver(github, id, { body: String(new URLSearchParams(fields)), headers })).body.eventId,
      )
    }
    expect(await formOf('form-1', { payload: '{"ref":"main"}' })).toMatchObject({ status: 'completed' })
    expect(await formOf('form-2', { command: '/deploy', text: 'now' })).toMatchObject({ status: 'completed' })
  })

  test('signed by Stripe’s own package is accepted, with several signatures too', async () => {
    const endpoint = await openEndpoint('stripe', { secret: 'whsec_of_the_test' })
    const stripe = new Stripe('sk_test_0000000000')
    const payload = JSON.stringify({ id: 'evt_1', type: 'invoice.paid' })
    const header = stripe.webhooks.generateTestHeaderString({ payload, secret: endpoint.secret ?? 'whsec_of_the_test' })
    const send = (signature: string) =>
      call<{ status: string; eventId: string }>('POST', endpoint.url, {
        headers: { 'stripe-signature': signature, 'content-type': 'application/json' },
        raw: payload,
      })
    const first = await send(header)
    expect(first.status).toBe(200)
    expect(await processed(first.body.eventId)).toMatchObject({ eventType: 'invoice.paid', externalEventId: 'evt_1' })
    expect((await send(`${header},v1=${'0'.repeat(64)},v0=1`)).body.status).toBe('duplicate')
    const stale = stripe.webhooks.generateTestHeaderString({
      payload,
      secret: 'whsec_of_the_test',
      timestamp: Math.floor(Date.now() / 1000) - 301,
    })
    expect((await send(stale)).status).toBe(401)
  })
})

describe('a delivery is refused with 401, and nothing of it is stored,', () => {
  const body = '{"amount": 100}'
  const refused: [string, (signature: string) => { headers: Record<string, string>; raw: string }][] = [
    ['without a signature', () => ({ headers: {}, raw: body })],
    ['with an empty signature', () => ({ headers: { 'x-hub-signature-256': '' }, raw: body })],
    [
      'with a signature of another secret',
      () => ({ headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, raw: body }),
    ],
    [
      'with the signature cut short',
      (signature) => ({ headers: { 'x-hub-signature-256': signature.slice(0, -2) }, raw: body }),
    ],
    ['without the prefix', (signature) => ({ headers: { 'x-hub-signature-256': signature.slice(7) }, raw: body })],
    [
      'with one byte of the body changed',
      (signature) => ({ headers: { 'x-hub-signature-256': signature }, raw: '{"amount": 900}' }),
    ],
    [
      'with a byte added to the body',
      (signature) => ({ headers: { 'x-hub-signature-256': signature }, raw: `${body} ` }),
    ],
  ]
  test.each(refused)('%s', async (_title, build) => {
    const before = await countOf(github)
    const { headers, raw } = build(await sign(github.secret, body))
    const answer = await call('POST', github.url, {
      headers: {
        'x-github-event': 'push',
        'x-github-delivery': 'refused',
        'content-type': 'application/json',
        ...headers,
      },
      raw,
    })
    expect(answer).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
    expect(await countOf(github)).toBe(before)
  })

  test('when the endpoint has no secret yet', async () => {
    const endpoint = await openEndpoint('slack')
    expect(endpoint.secret).toBeNull()
    const answer = await slack(endpoint.url, '', { type: 'event_callback', event_id: 'Ev0' })
    expect(answer).toMatchObject({ status: 401, body: { code: 'signature_invalid' } })
  })

  test('and the log says why, once in a while', async () => {
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: Activity[] }>(
        'GET',
        '/api/activity?type=webhook&status=failure&search=refused',
      )
      const lines = body.data.filter((line) => line.details.endpointId === github.id)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatchObject({ action: 'webhook.rejected', details: { reason: 'header_missing' } })
    })
  })
})

describe('a body of more than 5 MiB', () => {
  const most = 5 * 1024 * 1024
  const filled = (bytes: number) => `{"fill":"${'x'.repeat(bytes - 11)}"}`

  test('is refused with 413, and one of exactly 5 MiB is not', async () => {
    expect((await deliver(github, 'large', { body: filled(most) })).status).toBe(200)
    expect(await deliver(github, 'larger', { body: filled(most + 1) })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    })
  })

  test('is refused while it streams in without a length', async () => {
    let sent = 0
    const raw = new ReadableStream({
      pull(controller) {
        sent += 65_536
        if (sent > 64 * most) controller.close()
        else controller.enqueue(new Uint8Array(65_536))
      },
    })
    const outcome = await call('POST', github.url, { raw, headers: { 'content-type': 'application/json' } }).then(
      (answer) => answer.status,
      // The connection is closed on a sender who goes on.
      () => 413,
    )
    expect(outcome).toBe(413)
    expect(sent).toBeLessThan(4 * most)
  })
})

describe('duplicates', () => {
  test('a hundred deliveries of one id at once are one event', async () => {
    const endpoint = await openEndpoint('github')
    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(endpoint, 'same')))
    expect(answers.filter((answer) => answer.status !== 200)).toEqual([])
    expect(answers.filter((answer) => answer.body.status === 'accepted')).toHaveLength(1)
    expect(answers.filter((answer) => answer.body.status === 'duplicate')).toHaveLength(99)
    const events = await listAllEvents(koble.request, endpoint.id)
    expect(events).toHaveLength(1)
    await processed(events[0]?.id)
    expect((await eventOf(events[0]?.id ?? '')).attempts).toBe(1)
  })

  test('the same id at another endpoint is another event', async () => {
    const [first, second] = [await openEndpoint('github'), await openEndpoint('github')]
    expect((await deliver(first, 'shared')).body.status).toBe('accepted')
    expect((await deliver(second, 'shared')).body.status).toBe('accepted')
  })

  test('without an id of the provider’s, the same bytes are one event', async () => {
    const headers = { 'x-github-delivery': '' }
    const body = '{"no": "id"}'
    expect((await deliver(github, '', { body, headers })).body.status).toBe('accepted')
    expect((await deliver(github, '', { body, headers })).body.status).toBe('duplicate')
    expect((await deliver(github, '', { body: '{"no": "id "}', headers })).body.status).toBe('accepted')
  })
})

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
function slack(url: string, secret: string, payload: object): Promise<Answer> {
  const raw = JSON.stringify(payload)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${raw}`).digest('hex')
  return call('POST', url, {
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
    raw,
  })
}

describe('handshakes', () => {
  test('Slack’s challenge is answered only when it is signed', async () => {
    const endpoint = await openEndpoint('slack', { secret: 'slack-signing-secret' })
    const payload = { type: 'url_verification', challenge: '<b>challenge</b>', token: 'x' }
    const answer = await slack(endpoint.url, 'slack-signing-secret', payload)
    expect(answer).toMatchObject({ status: 200, body: '<b>challenge</b>' })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await slack(endpoint.url, 'another-secret', payload)).status).toBe(401)
    expect(await countOf(endpoint)).toBe(0)
  })

  test('Graph’s validation token is echoed as plain text, and notifications need the client state', async () => {
    const endpoint = await openEndpoint('microsoft')
    const answer = await call('POST', `${endpoint.url}?validationToken=Validation%3A+%3Cscript%3E`)
    expect(answer).toMatchObject({ status: 200, body: 'Validation: <script>' })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await countOf(endpoint)).toBe(0)
    const notify = (clientState: string[]) =>
      call<{ eventId: string }>('POST', endpoint.url, {
        body: {
          value: clientState.map((state, index) => ({ id: `n${index}`, clientState: state, changeType: 'updated' })),
        },
      })
    expect((await notify([endpoint.secret, 'another'])).status).toBe(401)
    expect((await notify([])).status).toBe(401)
    const accepted = await notify([endpoint.secret, endpoint.secret])
    expect(await processed(accepted.body.eventId)).toMatchObject({ eventType: 'updated', externalEventId: 'n0,n1' })
  })

  test('Google’s sync message is acknowledged and is no event; the channel token is not kept', async () => {
    const endpoint = await openEndpoint('google')
    const push = (state: string, token = endpoint.secret) =>
      call<{ eventId: string }>('POST', endpoint.url, {
        headers: {
          'x-goog-channel-token': token,
          'x-goog-resource-state': state,
          'x-goog-channel-id': 'channel',
          'x-goog-message-number': '1',
        },
      })
    expect((await push('sync')).status).toBe(200)
    expect((await push('sync', 'another')).status).toBe(401)
    expect(await countOf(endpoint)).toBe(0)
    const event = await processed((await push('exists')).body.eventId)
    expect(event).toMatchObject({ status: 'completed', eventType: 'exists', externalEventId: 'channel:1' })
    expect(JSON.stringify(event)).not.toContain(endpoint.secret)
  })

  test('GitHub’s ping shows up as an event, so that one sees it arrived', async () => {
    const { body } = await deliver(github, 'ping-1', { eventType: 'ping', body: '{"zen":"Keep it simple."}' })
    expect(await processed(body.eventId)).toMatchObject({ status: 'completed', eventType: 'ping' })
  })
})

describe('an endpoint', () => {
  test('that is switched off answers 410, and takes deliveries again once it is on', async () => {
    const endpoint = await openEndpoint('github')
    const set = (enabled: boolean) => koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { enabled } })
    expect((await deliver(endpoint, 'before')).status).toBe(200)
    await set(false)
    await vi.waitFor(async () => {
      expect(await deliver(endpoint, 'off')).toMatchObject({ status: 410, body: { code: 'endpoint_disabled' } })
    })
    await set(true)
    await vi.waitFor(async () => expect((await deliver(endpoint, 'on')).status).toBe(200))
  })

  test('that does not exist, or belongs to another provider, answers 404', async () => {
    const unknown = { ...github, url: `${koble.url}/webhooks/github/unknown` }
    expect(await deliver(unknown, 'x')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await deliver({ ...github, url: github.url.replace('/github/', '/slack/') }, 'x')).status).toBe(404)
    expect((await deliver({ ...github, url: github.url.replace('/github/', '/%00/') }, 'x')).status).toBe(404)
    expect((await call('GET', github.url)).status).toBe(404)
  })

  test('that was removed answers 404', async () => {
    const endpoint = await openEndpoint('github')
    expect((await deliver(endpoint, 'x')).status).toBe(200)
    expect((await koble.request('DELETE', `/api/webhooks/${endpoint.id}`)).status).toBe(204)
    await vi.waitFor(async () => expect((await deliver(endpoint, 'y')).status).toBe(404))
  })

  test('ignores the event types it was not opened for', async () => {
    const endpoint = await openEndpoint('github', { events: ['issues', 'release'] })
    expect(await deliver(endpoint, 'a', { eventType: 'push' })).toMatchObject({
      status: 200,
      body: { status: 'ignored' },
    })
    expect(await deliver(endpoint, 'b', { eventType: 'issues' })).toMatchObject({ body: { status: 'accepted' } })
    expect((await listAllEvents(koble.request, endpoint.id)).map((event) => event.eventType)).toEqual(['issues'])
  })

  test('accepts the old secret for a day after a rotation, and then no more', async () => {
    const endpoint = await openEndpoint('github')
    const rotated = await koble.request<{ secret: string }>('POST', `/api/webhooks/${endpoint.id}/rotate-secret`)
    const fresh = { ...endpoint, secret: rotated.body.secret }
    expect(fresh.secret).not.toBe(endpoint.secret)
    await vi.waitFor(async () => expect((await deliver(fresh, 'new')).status).toBe(200))
    expect((await deliver(endpoint, 'old')).status).toBe(200)
    await koble.testDatabase.query(
      "UPDATE webhook_endpoints SET previous_secret_until = previous_secret_until - interval '1 day' WHERE id = $1",
      [endpoint.id],
    )
    await vi.waitFor(async () => expect((await deliver(endpoint, 'too old')).status).toBe(401))
    expect((await deliver(fresh, 'still new')).status).toBe(200)
  })

  const withWebhooks = [...catalogue.values()].filter((entry) => entry.webhooks !== undefined)
  const onlyTheirs = withWebhooks.filter(({ webhooks }) =>
    /^(public_key|certificate)$/.test(webhooks?.signature.type ?? ''),
  )
  test.each(onlyTheirs.map(({ id }) => id))(
    'of %s, which signs with a key of its own, says that a test has to come from there',
    async (provider) => {
      const endpoint = await openEndpoint(provider, { secret: 'secret-of-the-test' })
      const answer = await koble.request('POST', `/api/webhooks/${endpoint.id}/test`)
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
    },
  )

  test.each(withWebhooks.filter((entry) => !onlyTheirs.includes(entry)).map(({ id }) => id))(
    'of %s takes the sample it is tested with, and keeps its secret in no header',
    async (provider) => {
      // No account is connected here, whichever the sample may name.
      const endpoint = await openEndpoint(provider, { secret: 'secret-of-the-test', unmatched: 'forward' })
      const answer = await koble.request<{ status: number; eventId: string }>(
        'POST',
        `/api/webhooks/${endpoint.id}/test`,
      )
      expect(answer).toMatchObject({ status: 200, body: { status: 200 } })
      const event = await processed(answer.body.eventId)
      expect(event).toMatchObject({ status: 'completed' })
      expect(JSON.stringify(event.headers)).not.toContain('secret-of-the-test')
    },
  )
})

describe('processing', () => {
  test('is repeated by a replay, from the start', async () => {
    const { body } = await deliver(github, 'replayed', { body: '{broken' })
    const failed = await processed(body.eventId)
    expect(failed).toMatchObject({ status: 'failed', attempts: 1 })
    const answer = await koble.request<Event>('POST', `/api/events/${failed.id}/replay`)
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', attempts: 0, errorMessage: null } })
    const again = await processed(failed.id)
    expect(again).toMatchObject({ status: 'failed', attempts: 1 })
    expect(Date.parse(again.processedAt ?? '')).toBeGreaterThan(Date.parse(failed.processedAt ?? ''))
  })

  test('of one event that goes wrong is tried three times and then given up with the reason; the others go on', async () => {
    const resting = await startTestKoble({ jobs: false })
    try {
      const doomed = await openGithubEndpoint(resting.request)
      const sound = await openGithubEndpoint(resting.request)
      const deliveries = await Promise.all([deliver(doomed, 'doomed'), deliver(sound, 'sound')])
      await resting.request('DELETE', `/api/integrations/${doomed.integrationId}`)
      await resting.services.queue.start()
      const statusOf = async (index: number) => {
        const { body } = await resting.request<Event>('GET', `/api/events/${deliveries[index]?.body.eventId}`)
        return body
      }
      await vi.waitFor(async () => expect((await statusOf(1)).status).toBe('completed'), { timeout: 5000 })
      await vi.waitFor(
        async () => {
          // What a retry waits for is skipped.
          await resting.testDatabase.query(
            'UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL',
          )
          expect(await statusOf(0)).toMatchObject({
            status: 'failed',
            attempts: 3,
            errorMessage: 'There is no such integration.',
          })
        },
        { timeout: 15_000, interval: 200 },
      )
    } finally {
      await resting.services.queue.stop()
      await resting.stop()
    }
  })
})
