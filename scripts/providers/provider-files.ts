/** The usual ways to authorise accounts; all others are described in `auth-method.ts`. */
export const authKinds = ['oauth2', 'api-key', 'basic'] as const
export type AuthKind = (typeof authKinds)[number]

/** Whether it is one of them. */
export function isAuthKind(text: string): text is AuthKind {
  return authKinds.some((kind) => kind === text)
}

interface Begun {
  id: string
  /** What `<id>.ts` exports. */
  binding: string
  name: string
  auth: AuthKind
  category: string
}

/** The files of a provider's folder as they begin, by name. What nobody but its author knows is left blank. */
export function providerFiles(begun: Begun): Record<string, string> {
  return {
    [`${begun.id}.ts`]: description(begun),
    'operations.ts': operations(begun),
    'operations.expected.json': expected,
    'samples.json': samples,
    'setup.md': setups[begun.auth],
    'logo.svg': `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="FILL-IN-color"><title>${begun.name}</title><rect x="3" y="3" width="18" height="18" rx="4"/></svg>\n`,
    [`${begun.id}.test.ts`]: ownTest(begun),
  }
}

const auths: Record<AuthKind, string> = {
  oauth2: `  auth: {
    type: 'oauth2',
    authorizationUrl: 'FILL-IN-authorization-url',
    tokenUrl: 'FILL-IN-token-url',
    pkce: 'S256',
    clientAuthentication: 'body',
    refresh: 'rotates',
    scopes: [{ name: 'FILL-IN-scope', description: 'FILL-IN-consent', default: true }],
  },
`,
  'api-key': `  auth: {
    type: 'api_key',
    placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
  },
  connectionFields: [{ key: 'apiKey', label: 'API key', secret: true }],
`,
  basic: `  auth: { type: 'basic' },
`,
}

function description({ id, binding, name, auth, category }: Begun): string {
  return `import { defineProvider } from '../../define-provider.ts'

/** ${name}. FILL-IN-docs-url */
export const ${binding} = defineProvider({
  id: '${id}',
  name: '${name}',
  description: 'FILL-IN-description',
  category: '${category}',
  docsUrl: 'FILL-IN-docs-url',
  color: 'FILL-IN-color',
${auths[auth]}  api: { baseUrl: 'FILL-IN-api-url' },
  account: { url: 'FILL-IN-account-path', id: ['id'], label: ['name'] },
  webhooks: {
    signature: { type: 'hmac', algorithm: 'sha256', header: 'FILL-IN-signature-header', encoding: 'hex' },
    secretFrom: 'koble',
    eventType: { field: 'type' },
    eventId: { field: 'id' },
    events: ['FILL-IN-event'],
    setup: \`1. Open FILL-IN-portal-url and go to the webhooks of your app.
2. Paste the URL, enter the secret, and choose the events.\`,
  },
  samples: [{ title: 'Whose account it is', method: 'GET', path: 'FILL-IN-account-path' }],
})
`
}

function operations({ name }: Begun): string {
  return `import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'

/** Typed calls of ${name}. FILL-IN-docs-url */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whose account the connection belongs to.',
    docsUrl: 'FILL-IN-docs-url',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ id: z.string(), name: z.string() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: 'FILL-IN-account-path' })
      const account = body as { id: string; name: string }
      return { id: account.id, name: account.name }
    },
  }),
}
`
}

const expected = `{
  "testConnection": [
    {
      "input": {},
      "calls": [
        {
          "method": "GET",
          "path": "FILL-IN-account-path",
          "answer": { "body": { "id": "42", "name": "Fjord Bikes" } }
        }
      ],
      "output": { "id": "42", "name": "Fjord Bikes" }
    },
    {
      "title": "credentials that are none",
      "input": {},
      "calls": [{ "method": "GET", "path": "FILL-IN-account-path", "answer": { "status": 401 } }],
      "error": "provider_rejected"
    }
  ]
}
`

const samples = `{
  "delivery": {
    "headers": { "content-type": "application/json" },
    "body": { "id": "{id}", "type": "FILL-IN-event", "createdAt": "2026-11-02T08:15:00Z" }
  }
}
`

const setups: Record<AuthKind, string> = {
  oauth2: `1. Open FILL-IN-portal-url and sign in.
2. Create an app, and name it after your product: people read its name when they consent.
3. Add this redirect URL: \`{callbackUrl}\`
4. Allow the app the scopes that you ask for here.
5. Copy the client ID and the client secret, and enter them here.
`,
  'api-key': `1. Open FILL-IN-portal-url and sign in as the account that is to be connected.
2. Create an API key, and name it after your product.
3. Give it the least permissions that do.
4. Copy the key at once: it is shown only then.
5. Connect the account with it.
`,
  basic: `1. Open FILL-IN-portal-url and sign in as the account that is to be connected.
2. Create a user for your product alone, so that it can be taken away by itself.
3. Give it the least permissions that do.
4. Choose a long password.
5. Connect the account with user name and password.
`,
}

function ownTest({ id, binding, name }: Begun): string {
  return `import { createHmac } from 'node:crypto'
import { verifySignature } from '@koble/core/signatures'
import { expect, test } from 'vitest'
import type { Webhooks } from '../../define-provider.ts'
import { ${binding} } from './${id}.ts'

test('webhooks of ${name} are recognised by the HMAC of their body', () => {
  const { signature } = ${binding}.webhooks as Webhooks
  const body = Buffer.from('{"id":"1","type":"FILL-IN-event"}')
  const headers = { 'FILL-IN-signature-header': createHmac('sha256', 'a secret').update(body).digest('hex') }
  const verify = (secret: string) =>
    verifySignature(signature, { headers, body, url: 'https://koble.example/x' }, { secrets: [secret], now: new Date() })
  expect(verify('a secret')).toEqual({ verified: true })
  expect(verify('another secret').verified).toBe(false)
})
`
}
