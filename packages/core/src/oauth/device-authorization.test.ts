import { describe, expect, it } from 'vitest'
import { pollDeviceToken, startDeviceAuthorization } from './index.ts'
import { type Answer, html, json, startLocalProvider } from './local-provider.ts'

/** The answer of RFC 8628, section 3.2. */
const example = {
  device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://example.com/device',
  verification_uri_complete: 'https://example.com/device?user_code=WDJB-MJHT',
  expires_in: 1800,
  interval: 5,
}

describe('a sign-in on another device', () => {
  it('begins as in RFC 8628, section 3', async () => {
    const { settings, sent } = await startLocalProvider(json(example))
    expect(await startDeviceAuthorization(settings)).toEqual({
      deviceCode: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS',
      userCode: 'WDJB-MJHT',
      verificationUri: 'https://example.com/device',
      verificationUriComplete: 'https://example.com/device?user_code=WDJB-MJHT',
      expiresAt: new Date('2026-01-01T00:30:00Z'),
      intervalMs: 5_000,
    })
    expect(sent[0]).toMatchObject({ path: '/device', parameters: { client_id: 'client', scope: 'read write' } })
  })

  it('begins with what old providers answer: another name, numbers in strings, no interval', async () => {
    const { verification_uri: url, verification_uri_complete: _, interval: __, ...rest } = example
    const { settings } = await startLocalProvider(json({ ...rest, verification_url: url, expires_in: '1800' }))
    expect(await startDeviceAuthorization(settings)).toMatchObject({ verificationUri: url, intervalMs: 5_000 })
  })

  it('does not begin with an answer that cannot be used', async () => {
    for (const change of [
      { device_code: '' },
      { user_code: undefined },
      { verification_uri: undefined },
      { verification_uri: 'javascript:alert(1)' },
      { verification_uri_complete: 'data:text/html,x' },
      { expires_in: 'soon' },
      { expires_in: null },
      { expires_in: undefined },
      { interval: -1 },
      { interval: 1e9 },
    ]) {
      const { settings } = await startLocalProvider(json({ ...example, ...change }))
      await expect(startDeviceAuthorization(settings), JSON.stringify(change)).rejects.toMatchObject({
        code: 'provider_malformed',
      })
    }
    const { settings } = await startLocalProvider(json(example), { deviceAuthorizationUrl: undefined })
    await expect(startDeviceAuthorization(settings)).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('waiting for the user', () => {
  const device = { deviceCode: 'the-device-code', expiresAt: new Date('2026-01-01T00:05:00Z'), intervalMs: 5_000 }
  const says = (error: string) => json({ error }, 400)
  const done = json({ access_token: 't', token_type: 'Bearer' })

  /** Waits in no time; the clock of the settings stands by the pauses. */
  async function poll(answers: [Answer, ...Answer[]], expiresAt = device.expiresAt) {
    const pauses: number[] = []
    let now = new Date('2026-01-01T00:00:00Z').getTime()
    const { settings, sent } = await startLocalProvider(answers, { now: () => new Date(now) })
    const wait = async (ms: number) => {
      pauses.push(ms)
      now += ms
    }
    const outcome = await pollDeviceToken(settings, { ...device, expiresAt }, { wait }).catch((error) => error)
    return { outcome, pauses, sent }
  }

  it('asks again at the pace the provider sets, and gives the tokens', async () => {
    const { outcome, pauses, sent } = await poll([
      says('authorization_pending'),
      says('slow_down'),
      says('authorization_pending'),
      says('slow_down'),
      done,
    ])
    expect(outcome.slots.default.accessToken).toBe('t')
    expect(pauses).toEqual([5_000, 5_000, 10_000, 10_000, 15_000])
    expect(sent[0]?.parameters).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'the-device-code',
    })
  })

  it('outlasts an outage, ever more slowly', async () => {
    const { outcome, pauses } = await poll([html(503), html(502), json({}, 429), done])
    expect(outcome.slots.default.accessToken).toBe('t')
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000])
  })

  it('ends when the user declines, the code runs out, or the provider wants none of it', async () => {
    for (const [error, code] of [
      ['access_denied', 'consent_denied'],
      ['expired_token', 'device_code_expired'],
      ['invalid_client', 'token_rejected'],
      ['invalid_grant', 'token_rejected'],
    ] as const) {
      const { outcome, sent } = await poll([says('authorization_pending'), says(error), done])
      expect(outcome, error).toMatchObject({ name: 'KobleError', code })
      expect(sent).toHaveLength(2)
    }
  })

  it('ends by our own clock too', async () => {
    const { outcome, sent } = await poll([says('authorization_pending')], new Date('2026-01-01T00:00:16Z'))
    expect(outcome).toMatchObject({ code: 'device_code_expired' })
    expect(sent).toHaveLength(3)
  })

  it('ends at once when it is called off', async () => {
    const { settings, sent } = await startLocalProvider(done)
    const controller = new AbortController()
    const polling = pollDeviceToken(settings, device, { signal: controller.signal })
    controller.abort(new Error('the user went away'))
    await expect(polling).rejects.toThrow('the user went away')
    expect(sent).toHaveLength(0)
  })
})
