import { createHash, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CreateStandIn } from './stand-in.ts'

/** A server of a test, on a free port of the loopback interface. */
export interface Started {
  origin: string
  stop(): Promise<void>
}

/** Starts a stand-in that takes `publicUrl` for Koble's. */
export async function startStandIn(createStandIn: CreateStandIn, publicUrl: string): Promise<Started> {
  let listener: RequestListener = () => {}
  const started = await listen((request, response) => listener(request, response))
  listener = await createStandIn({ origin: started.origin, publicUrl })
  return started
}

/** Starts any server. */
export async function listen(listener: RequestListener): Promise<Started> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Signs in with PKCE as the first person of the consent page, and gives what the token endpoint answers. */
export async function signIn(
  origin: string,
  parts: { authorizePath: string; tokenPath: string; publicUrl: string; client: Record<string, string>; scope: string },
): Promise<Record<string, unknown>> {
  const redirectUri = `${parts.publicUrl}/api/auth/callback/test`
  const verifier = randomBytes(32).toString('base64url')
  const asked = {
    client_id: parts.client['client_id'] ?? '',
    redirect_uri: redirectUri,
    scope: parts.scope,
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const page = await fetch(`${origin}${parts.authorizePath}?${new URLSearchParams(asked)}`)
  const person = /name="person" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const consent = await fetch(`${origin}${parts.authorizePath}`, {
    method: 'POST',
    body: new URLSearchParams({ ...asked, person }),
    redirect: 'manual',
  })
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const answer = await fetch(origin + parts.tokenPath, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier },
      ...parts.client,
    }),
  })
  return (await answer.json()) as Record<string, unknown>
}
