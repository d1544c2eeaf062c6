import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/**
 * A program: an authorization server whose refresh tokens work once. Who uses one a second time loses the whole grant
 * (RFC 9700, section 4.14.2). Everybody who comes is somebody new and consents at once. `GET /facts` tells which accounts
 * lost their grant.
 */
const [callback = '', secondsText = '3'] = process.argv.slice(2)
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const revoked = new Set<string>()
  const accountOf = new Map<string, string>()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'koble',
        client_secret: 'the-client-secret',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    cookies: { keys: ['cookie-key'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/consent/${interaction.uid}` },
    async loadExistingGrant(context) {
      const { account, client, params } = context.oidc
      const grant = new provider.Grant({ accountId: account?.accountId, clientId: client?.clientId })
      grant.addOIDCScope(String(params?.['scope']))
      accountOf.set(await grant.save(), account?.accountId ?? '')
      return grant
    },
    ttl: {
      AccessToken: Number(secondsText),
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 3600,
    },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  })
  provider.on('grant.revoked', (_context, grantId) => revoked.add(accountOf.get(grantId) ?? grantId))
  const serve = provider.callback()
  server.on('request', (request, reply) => {
    if (request.url === '/facts') {
      reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ revoked: [...revoked] }))
    } else if (request.url?.startsWith('/consent/')) {
      const login = { accountId: crypto.randomUUID() }
      provider.interactionFinished(request, reply, { login }).catch((error) => reply.destroy(error))
    } else {
      serve(request, reply)
    }
  })
  process.send?.({ issuer })
})
process.on('disconnect', () => process.exit(0))
