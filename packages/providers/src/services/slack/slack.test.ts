import { answerHandshake, signDelivery, verifySignature } from '@koble/core/signatures'
import { describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { slack } from './slack.ts'

const webhooks = slack.webhooks as Webhooks
const form = 'application/x-www-form-urlencoded'
const json = (content: object) => ({ headers: {}, body: Buffer.from(JSON.stringify(content)) })

// https://docs.slack.dev/authentication/verifying-requests-from-slack
const published = {
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  headers: {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  },
  body: Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  ),
}
const verify = (seconds: number) =>
  verifySignature(webhooks.signature, published, { secrets: [published.secret], now: new Date(seconds * 1000) })

describe('Slack webhooks', () => {
  test('accept the published example within five minutes of its time, not later', () => {
    expect(verify(1531420618)).toEqual({ verified: true })
    expect(verify(1531420618 + 299)).toEqual({ verified: true })
    expect(verify(1531420618 + 301)).toEqual({ verified: false, reason: 'timestamp_stale' })
  })

  test('read a slash command', () => {
    const delivery = { headers: { ...published.headers, 'content-type': form }, body: published.body }
    expect(readSource(webhooks.eventType, delivery)).toBe('/webhook-collect')
    expect(readSource(webhooks.eventId as Source, delivery)).toBe(
      '398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    )
    expect(readSource(webhooks.account as Source, delivery)).toBe('T1DC2JH3J')
  })

  test('read an interaction, whose JSON is wrapped in a form', () => {
    const payload = JSON.stringify({ type: 'block_actions', team: { id: 'T1' }, trigger_id: '1.2.3' })
    const body = Buffer.from(new URLSearchParams({ payload }).toString())
    const delivery = { headers: { 'content-type': form }, body }
    expect(readSource(webhooks.eventType, delivery)).toBe('block_actions')
    expect(readSource(webhooks.account as Source, delivery)).toBe('T1')
  })

  test('echo the challenge of the URL check, which is signed like everything else', () => {
    const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P'
    const { body } = json({ token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl', challenge, type: 'url_verification' })
    const now = new Date()
    const headers = signDelivery(webhooks.signature, { body, secret: published.secret, now })
    const options = { secrets: [published.secret], now }
    const reply = answerHandshake(webhooks.handshakes ?? [], { method: 'POST', headers, body }, options)
    expect(reply).toMatchObject({ signed: true, status: 200, body: challenge })
    expect(verifySignature(webhooks.signature, { headers, body }, options)).toEqual({ verified: true })
  })

  test('name the inner event, not the envelope', () => {
    const body = {
      type: 'event_callback',
      team_id: 'T1',
      event_id: 'Ev1',
      event: { type: 'message', subtype: 'bot_message' },
    }
    expect(readSource(webhooks.eventType, json(body))).toBe('message')
    expect(readSource(webhooks.eventType, json({ type: 'app_rate_limited' }))).toBe('app_rate_limited')
  })
})
