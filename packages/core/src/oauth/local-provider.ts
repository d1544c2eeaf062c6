import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { createAgent, createGuardedFetch } from '../http/index.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import type { OAuthSettings } from './settings.ts'

/** One request as a provider got it. */
export interface Sent {
  path: string
  headers: IncomingHttpHeaders
  body: string
  parameters: Record<string, string>
}

export type Answer = (response: ServerResponse, sent: Sent) => void

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

/** Answers as a proxy in trouble does. */
export function html(status: number): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Something went wrong</h1>')
  }
}

/**
 * For a test: a provider all of whose endpoints answer as told, and keep what they were sent. With several answers, each
 * request gets the next one, and all further ones the last.
 */
export async function startLocalProvider(
  answers: Answer | [Answer, ...Answer[]],
  changes: Partial<OAuthSettings> = {},
): Promise<{ settings: OAuthSettings; sent: Sent[]; server: LocalServer }> {
  const queue = Array.isArray(answers) ? [...answers] : [answers]
  const sent: Sent[] = []
  const server = await startLocalServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const parameters = Object.fromEntries(new URLSearchParams(body))
    const received = { path: request.url ?? '', headers: request.headers, body, parameters }
    sent.push(received)
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) as Answer
    answer(response, received)
  })
  const agent = createAgent({ allowedPrivateNetworks: [`127.0.0.1:${server.port}`] })
  onTestFinished(async () => {
    await agent.destroy()
    await server.close()
  })
  const settings: OAuthSettings = {
    authorizationUrl: `${server.origin}/authorize`,
    tokenUrl: `${server.origin}/token`,
    revocationUrl: `${server.origin}/revoke`,
    pushedAuthorizationUrl: `${server.origin}/par`,
    deviceAuthorizationUrl: `${server.origin}/device`,
    introspectionUrl: `${server.origin}/introspect`,
    clientId: 'client',
    clientSecret: 'the-client-secret',
    clientAuthentication: 'body',
    pkce: 'S256',
    redirectUri: 'https://koble.example/callback',
    scopes: ['read', 'write'],
    fetch: createGuardedFetch({ agent }),
    now: () => new Date('2026-01-01T00:00:00Z'),
    timeoutMs: 2_000,
    ...changes,
  }
  return { settings, sent, server }
}
