import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider'
import type { Person } from './oauth-server.ts'
import { createOidcMemory } from './oidc-memory.ts'
import type { StandInOptions } from './stand-in.ts'
import { testClientKey } from './test-client-key.ts'

/** Somebody who signs in; `acr` where they cannot sign in any better than that. */
export interface OidcPerson extends Person {
  acr?: string
  amr?: string[]
}

export interface OidcServerOptions extends StandInOptions {
  /** Of the provider: it redirects only to its callback. */
  providerId: string
  /** Below the origin; the issuer is `origin + issuerPath`. */
  issuerPath?: string
  routes: NonNullable<Configuration['routes']>
  /** What the client may do beyond signing in. */
  client: ClientMetadata
  people: readonly OidcPerson[]
  /** The ways to sign in that it knows, the usual one first. */
  acrValues: readonly string[]
  /** The claims that a scope brings, beside those of every token. */
  claims: Record<string, string[]>
  /** The claims of every id token that come of the sign-in itself. */
  scopes: string[]
  requirePushedRequests?: boolean
  /** In seconds. */
  ttl?: Configuration['ttl']
  /** The names of secrets in forms that it takes. */
  clientAuthMethods: NonNullable<Configuration['clientAuthMethods']>
}

/**
 * A strict OpenID provider for stand-ins, on `oidc-provider`: PKCE always, one use per code, pushed requests and signed
 * assertions where the real one demands them. Its only page has one button per person.
 */
export function createOidcServer(options: OidcServerOptions): RequestListener {
  const { origin, people, acrValues, issuerPath = '' } = options
  const provider = new Provider(origin + issuerPath, configurationOf(options))
  // Behind it there is nothing but loopback, over which it is spoken to by plain http.
  provider.on('server_error', (_context, error) => process.stderr.write(`${String(error)}\n`))
  const serve = provider.callback()

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params } = await provider.interactionDetails(request, response)
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(signInPage(people))
      return
    }
    const subject = new URLSearchParams(await text(request)).get('person')
    const person = people.find((candidate) => candidate.subject === subject)
    const asked = String(params['acr_values'] ?? '').split(' ')
    const acr = person?.acr ?? asked.find((value) => acrValues.includes(value)) ?? acrValues[0]
    const result = person
      ? { login: { accountId: person.subject, remember: false, ...(acr && { acr }), amr: person.amr ?? ['TestID'] } }
      : { error: 'access_denied', error_description: 'The person said no.' }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }

  return (request, response) => {
    const discovery = `${issuerPath}/.well-known/openid-configuration`
    if (request.url?.startsWith('/interaction/')) {
      interact(request, response).catch(() => response.writeHead(400).end('This sign-in is over.'))
      return
    }
    if (request.url === discovery) request.url = '/.well-known/openid-configuration'
    serve(request, response)
  }
}

function configurationOf(options: OidcServerOptions): Configuration {
  const { publicUrl, providerId, client, people, acrValues, routes, ttl } = options
  return {
    adapter: createOidcMemory(),
    routes,
    clients: [
      {
        ...client,
        redirect_uris: [`${publicUrl}/api/auth/callback/${providerId}`],
        ...(client.token_endpoint_auth_method === 'private_key_jwt' && {
          jwks: { keys: [testClientJwk()] as never[] },
        }),
      },
    ],
    clientAuthMethods: options.clientAuthMethods,
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS256', 'RS384', 'RS512'],
      userinfoSigningAlgValues: ['RS256'],
    } as never,
    jwks: { keys: [signingJwk()] as never[] },
    cookies: { keys: ['koble-sandbox'] },
    pkce: { required: () => true },
    scopes: options.scopes,
    acrValues: new Set(acrValues),
    claims: { ...options.claims, openid: ['sub', 'acr', 'amr', 'auth_time', ...(options.claims['openid'] ?? [])] },
    // The claims of the person come in the id token, too, as the real ones do it.
    conformIdTokenClaims: false,
    ttl: { Interaction: 3600, Session: 7200, Grant: 7200, AuthorizationCode: 60, ...ttl },
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, known) => known.grantTypeAllowed('refresh_token'),
    features: {
      devInteractions: { enabled: false },
      // For clients with that grant.
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      introspection: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: { enabled: true },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: options.requirePushedRequests ?? false,
      },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, subject) => {
      const person = people.find((candidate) => candidate.subject === subject)
      return person && { accountId: subject, claims: async () => ({ sub: subject, ...person.claims }) }
    },
    // Whoever signs in is not asked again what may be known of them.
    async loadExistingGrant(context) {
      const { client: known, session, provider, params } = context.oidc
      const grant = new provider.Grant({ clientId: known?.clientId, accountId: session?.accountId })
      grant.addOIDCScope(String(params?.['scope'] ?? 'openid'))
      await grant.save()
      return grant
    },
  }
}

function signingJwk(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return jwkOf(privateKey, 'stand-in')
}

/** The public half of the key that the sandbox's clients prove themselves with. */
function testClientJwk(): object {
  return jwkOf(createPublicKey(createPrivateKey(testClientKey.privateKey)), testClientKey.keyId)
}

function jwkOf(key: KeyObject, kid: string): object {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig' }
}

function signInPage(people: readonly OidcPerson[]): string {
  const button = (subject: string, label: string) =>
    `<form method="post"><input type="hidden" name="person" value="${subject}"><button>${label}</button></form>`
  return `<!doctype html><html lang="en"><title>Sign in to the sandbox</title><meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{width:100%;padding:.75rem;margin:.25rem 0;font:inherit}</style>
<h1>Sandbox</h1><p>Choose who signs in.</p>${people.map(({ subject, label }) => button(subject, label)).join('')}${button('', 'Cancel')}</html>`
}
