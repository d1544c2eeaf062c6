import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { createEmulator } from 'emulate'
import { sandboxSeed } from '../sandbox.ts'
import { googleSandbox } from '../services/google/google-sandbox.ts'
import { createStandIn } from './google.ts'
import { startStandIn } from './start-stand-in.ts'

const { clientId = '', clientSecret = '' } = googleSandbox.credentials

/** The stand-in for Google in a test, before the emulated one, with everything as it was at first. */
export async function startGoogle(publicUrl: string) {
  const emulator = await createEmulator({ service: 'google', port: 0, seed: sandboxSeed(publicUrl) })
  const front = await startStandIn((options) => createStandIn({ ...options, behind: emulator.url }), publicUrl)

  async function tokens(fields: Record<string, string>): Promise<{ access_token: string; refresh_token: string }> {
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields })
    const answer = await fetch(`${front.origin}/oauth2/token`, { method: 'POST', body })
    return (await answer.json()) as { access_token: string; refresh_token: string }
  }

  return {
    origin: front.origin,
    tokens,
    /** Kari's tokens, for the scopes given by what stands behind the last slash. */
    async signIn(...scopes: string[]) {
      const redirect_uri = `${publicUrl}/api/auth/callback/google`
      const scope = ['openid', ...scopes.map((name) => `https://www.googleapis.com/auth/${name}`)].join(' ')
      const form = { email: 'kari@example.com', redirect_uri, scope, state: 's', client_id: clientId }
      const consent = await fetch(`${front.origin}/o/oauth2/v2/auth/callback`, {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect: 'manual',
      })
      const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? ''
      return await tokens({ grant_type: 'authorization_code', code, redirect_uri })
    },
    /** Google's own client, with that access token. */
    client(accessToken: string): calendar_v3.Calendar {
      const headers = { authorization: `Bearer ${accessToken}` }
      return calendar({ version: 'v3', rootUrl: front.origin, headers, retry: false })
    },
    async stop(): Promise<void> {
      await front.stop()
      await emulator.close()
    },
  }
}

export type StartedGoogle = Awaited<ReturnType<typeof startGoogle>>
