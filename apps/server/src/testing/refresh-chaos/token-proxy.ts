import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalServer, startLocalServer } from '@koble/core/testing'

/** What becomes of one token request: whether the provider sees it, and what comes back. */
export type Fate =
  | { kind: 'pass' }
  /** Waits before the provider is asked, and lets go when told; a caller who is dead by then is not served. */
  | { kind: 'hold-request'; reached(): void; release: Promise<void> }
  /** Waits with the provider's answer. */
  | { kind: 'hold-answer'; reached(): void; release: Promise<void> }
  /** The provider serves it, and the answer never arrives. */
  | { kind: 'lose-answer' }
  /** The provider serves it, and the answer takes so long. */
  | { kind: 'delay-answer'; ms: number }
  /** Something in between answers instead. */
  | { kind: 'answer'; status: number; body: string }

/** The token requests of one connection. */
export interface Lane {
  /** Taken one by one; when there are none, requests pass. */
  fates: Fate[]
  /** The refresh tokens that the provider was shown, in order. */
  shown: string[]
  /** All token requests that came, served or not. */
  requests: number
}

/** What stands in front of the token endpoint, and knows which connection a refresh token belongs to. */
export interface TokenProxy {
  origin: string
  /** The API: it takes what the provider issued and has not run out. */
  apiUrl: string
  /** The lane of the next sign-in. */
  expectSignIn(): Lane
  /** Calls that reached the API, and those it refused. */
  calls: { accepted: number; refused: number }
  close(): Promise<void>
}

export async function startTokenProxy(tokenUrl: string): Promise<TokenProxy> {
  const lanes = new Map<string, Lane>()
  const goodUntil = new Map<string, number>()
  const calls = { accepted: 0, refused: 0 }
  let expected: Lane | null = null
  const local: LocalServer = await startLocalServer((request, reply) => {
    const isToken = request.url?.startsWith('/token')
    if (!isToken) return api(request, reply)
    token(request, reply).catch(() => reply.destroy())
  })

  function api(request: IncomingMessage, reply: ServerResponse): void {
    const until = goodUntil.get(request.headers.authorization?.replace('Bearer ', '') ?? '') ?? 0
    const isGood = until > Date.now()
    calls[isGood ? 'accepted' : 'refused'] += 1
    reply.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
  }

  async function ask(body: string, headers: IncomingMessage['headers'], lane: Lane): Promise<[number, string]> {
    const shown = new URLSearchParams(body).get('refresh_token')
    if (shown) lane.shown.push(shown)
    const answer = await fetch(tokenUrl, {
      method: 'POST',
      headers: { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' },
      body,
    })
    const given = await answer.text()
    const tokens = JSON.parse(given)
    if (tokens.refresh_token) lanes.set(tokens.refresh_token, lane)
    if (tokens.access_token) goodUntil.set(tokens.access_token, Date.now() + tokens.expires_in * 1000)
    return [answer.status, given]
  }

  async function token(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = await text(request)
    const lane = lanes.get(new URLSearchParams(body).get('refresh_token') ?? '') ?? expected
    if (!lane) return void reply.writeHead(400).end('{"error":"invalid_grant"}')
    const send = ([status, content]: [number, string]) =>
      reply.writeHead(status, { 'content-type': 'application/json' }).end(content)
    if (lane === expected) {
      expected = null
      return void send(await ask(body, request.headers, lane))
    }
    lane.requests += 1
    const fate = lane.fates.shift() ?? { kind: 'pass' }
    if (fate.kind === 'answer') {
      return void reply.writeHead(fate.status, { 'content-type': 'text/html' }).end(fate.body)
    }
    if (fate.kind === 'hold-request') {
      fate.reached()
      await fate.release
      if (reply.destroyed || request.socket.destroyed) return
    }
    const answer = await ask(body, request.headers, lane)
    if (fate.kind === 'lose-answer') return void reply.destroy()
    if (fate.kind === 'delay-answer') await sleep(fate.ms)
    if (fate.kind === 'hold-answer') {
      fate.reached()
      await fate.release
    }
    if (!reply.destroyed) send(answer)
  }

  return {
    origin: local.origin,
    apiUrl: `${local.origin}/api`,
    calls,
    close: local.close,
    expectSignIn() {
      expected = { fates: [], shown: [], requests: 0 }
      return expected
    },
  }
}
