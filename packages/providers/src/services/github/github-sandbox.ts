import type { Sandbox } from '../../define-provider.ts'
import { personalToken, sandboxApp } from '../../stand-ins/github-app.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'

const permissions = {
  ...{ actions: 'write', contents: 'write', issues: 'write', metadata: 'read', pull_requests: 'write' },
  repository_hooks: 'write',
}

/** The stand-in for GitHub: octocat, a colleague, a few repositories, and a GitHub App that is installed twice. */
export const githubSandbox: Sandbox = {
  service: 'github',
  front: 'github',
  person: 'octocat',
  endpoints: {
    authorizationUrl: '/login/oauth/authorize',
    tokenUrl: '/login/oauth/access_token',
    userInfoUrl: '/user',
    apiUrl: '/',
  },
  // GitHub answers with commas, the stand-in with what it was asked.
  quirks: { grantedScopeSeparator: ' ' },
  // The stand-in numbers its deliveries from 1 at every start.
  webhooks: {
    eventId: {
      join: [{ header: 'x-github-delivery' }, [{ field: 'repository.created_at' }, { field: 'hook.created_at' }]],
      with: '-',
    },
  },
  credentials: { clientId: 'Iv1.koblesandbox', clientSecret: 'koble-sandbox-github-secret' },
  methods: {
    api_key: { credentials: {}, connectionCredentials: { apiKey: personalToken } },
    two_step: {
      credentials: { clientId: String(sandboxApp.id), privateKey: testClientKey.privateKey },
      connectionCredentials: { installationId: '51000001' },
    },
  },
  seed: {
    users: [
      {
        login: 'octocat',
        name: 'The Octocat',
        email: 'octocat@example.com',
        bio: 'Tries things out.',
        location: 'Oslo',
      },
      { login: 'kari-nordmann', name: 'Kari Nordmann', email: 'kari@example.com', company: 'Fjord Bikes' },
    ],
    orgs: [{ login: 'fjord-bikes', name: 'Fjord Bikes', members: [{ login: 'octocat', role: 'admin' }] }],
    repos: [
      {
        owner: 'octocat',
        name: 'hello-world',
        description: 'My first repository.',
        language: 'TypeScript',
        topics: ['demo'],
      },
      { owner: 'octocat', name: 'spoon-knife', description: 'Made to be forked.', language: 'HTML' },
      { owner: 'octocat', name: 'field-notes', description: 'Not for everybody.', language: 'Markdown', private: true },
      { owner: 'fjord-bikes', name: 'storefront', description: 'The shop.', language: 'TypeScript' },
    ],
    oauth_apps: [
      {
        client_id: 'Iv1.koblesandbox',
        client_secret: 'koble-sandbox-github-secret',
        name: 'Koble',
        redirect_uris: ['{origin}/api/auth/callback/github'],
      },
    ],
    apps: [
      {
        app_id: sandboxApp.id,
        slug: sandboxApp.slug,
        name: 'Koble',
        private_key: testClientKey.privateKey,
        permissions,
        installations: [
          { installation_id: 51_000_001, account: 'octocat', repository_selection: 'all' },
          {
            installation_id: 51_000_002,
            account: 'fjord-bikes',
            repository_selection: 'selected',
            repositories: ['storefront'],
          },
        ],
      },
    ],
  },
}
