import { microsoftSandbox } from '../services/microsoft/microsoft-sandbox.ts'
import { createStandIn } from './microsoft-graph.ts'
import { signIn, startStandIn } from './start-stand-in.ts'

const { clientId = '', clientSecret = '' } = microsoftSandbox.credentials

/** What a call was answered: its status, and the JSON of its body or null. */
export interface GraphAnswer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into by tests alone.
  body: any
}

/** The stand-in for Graph in a test, with a tenant as it was at first; calls are Kari's, with the scopes of `as`. */
export async function startGraph(publicUrl: string) {
  const started = await startStandIn(createStandIn, publicUrl)
  let token = ''
  /** What the token endpoint answers. */
  const signInFor = (...scopes: string[]) =>
    signIn(started.origin, {
      authorizePath: '/common/oauth2/v2.0/authorize',
      tokenPath: '/common/oauth2/v2.0/token',
      ...{ publicUrl, client: { client_id: clientId, client_secret: clientSecret }, scope: scopes.join(' ') },
    })

  return {
    ...started,
    signInFor,
    /** Signs in for these scopes; the calls after it have them and no others. */
    async as(...scopes: string[]): Promise<void> {
      token = String((await signInFor('openid', ...scopes))['access_token'])
    },
    /** @param path Below `/v1.0`, or a whole address. */
    async call(
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<GraphAnswer> {
      const response = await fetch(path.startsWith('http') ? path : `${started.origin}/v1.0${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    },
  }
}

export type Graph = Awaited<ReturnType<typeof startGraph>>
