import { defineProvider } from '../../define-provider.ts'
import { githubRegistration } from './github-registration.ts'
import { githubSandbox } from './github-sandbox.ts'

/**
 * GitHub through an OAuth App; a GitHub App's user tokens take the same way, and act with its permissions in place of
 * scopes. An installation of a GitHub App is an account by itself. https://docs.github.com/rest
 */
export const github = defineProvider({
  id: 'github',
  name: 'GitHub',
  description: 'Repositories, issues, pull requests and the events around them.',
  category: 'developer',
  docsUrl: 'https://docs.github.com/rest',
  color: '#181717',
  auth: [
    {
      type: 'oauth2',
      authorizationUrl: 'https://github.com/login/oauth/authorize',
      tokenUrl: 'https://github.com/login/oauth/access_token',
      // https://docs.github.com/rest/apps/oauth-applications
      revocation: {
        method: 'DELETE',
        path: '/applications/{clientId}/grant',
        tokenPath: '/applications/{clientId}/token',
        tokenField: 'access_token',
      },
      pkce: 'S256',
      clientAuthentication: 'body',
      // Tokens of an OAuth App do not expire; those of a GitHub App do after eight hours, and then they rotate.
      refresh: 'rotates',
      quirks: { errorsWithStatus200: true, grantedScopeSeparator: ',' },
      scopes: [
        { name: 'read:user', description: 'Read your profile', default: true },
        { name: 'user:email', description: 'Read your e-mail addresses', default: true },
        { name: 'public_repo', description: 'Read and write your public repositories', sensitive: true },
        {
          name: 'repo',
          description: 'Read and write all your repositories, private ones too',
          sensitive: true,
          includes: ['public_repo'],
        },
        { name: 'read:org', description: 'See the organizations and teams you belong to' },
        { name: 'write:repo_hook', description: 'Create and change webhooks of your repositories', sensitive: true },
        {
          name: 'admin:repo_hook',
          description: 'Create, change and delete webhooks of your repositories',
          sensitive: true,
          includes: ['write:repo_hook'],
        },
        {
          name: 'admin:org_hook',
          description: 'Create, change and delete webhooks of your organizations',
          sensitive: true,
        },
        { name: 'workflow', description: 'Change the GitHub Actions workflows of your repositories', sensitive: true },
        { name: 'gist', description: 'Create and change your gists', sensitive: true },
        { name: 'notifications', description: 'Read your notifications and mark them as read', sensitive: true },
      ],
    },
    // A token that the account's owner made: fine-grained, or of the classic kind.
    {
      type: 'api_key',
      label: 'Personal access token',
      placement: { in: 'header', name: 'authorization', value: 'Bearer {apiKey}' },
      fields: [
        {
          key: 'apiKey',
          label: 'Personal access token',
          help: 'A fine-grained one is safer: it reaches only the repositories you choose.',
          secret: true,
          pattern: '(?:github_pat_|ghp_)\\w{20,}',
          patternMessage: 'A token of GitHub begins with github_pat_ or ghp_',
          example: 'github_pat_11A…',
        },
      ],
    },
    // The app signs who it is, and gets a token for an hour that reaches what the installation does.
    // https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
    {
      type: 'two_step',
      label: 'Installation of a GitHub App',
      tokenUrl: '/app/installations/{installationId}/access_tokens',
      // Refused when issued in the future by GitHub's clock, or when good for more than ten minutes.
      assertion: { algorithm: 'RS256', lifetimeSeconds: 540, backdateSeconds: 60 },
      request: {
        headers: {
          authorization: 'Bearer {assertion}',
          accept: 'application/vnd.github+json',
          'x-github-api-version': '2022-11-28',
          'user-agent': 'Koble',
        },
      },
      answer: { token: 'token', expiresAt: 'expires_at' },
      // The app was uninstalled.
      refusals: [404],
      defaultExpiresInSeconds: 3600,
      // Its owner is who the deliveries of its repositories name.
      account: {
        url: '/installation/repositories?per_page=1',
        id: ['repositories[0].owner.id'],
        label: ['repositories[0].owner.login'],
        idField: 'installationId',
      },
      fields: [
        { key: 'clientId', on: 'integration', help: 'Of the GitHub App; its App ID does, too.' },
        { key: 'privateKey', on: 'integration', help: 'The whole .pem file that GitHub made for the app.' },
        {
          key: 'installationId',
          label: 'Installation ID',
          help: 'The number at the end of the address of the installation, and in the redirect after installing.',
          pattern: '\\d{1,20}',
          patternMessage: 'Digits, as in 12345678',
          example: '12345678',
        },
      ],
    },
  ],
  scopePresets: [
    { id: 'sign-in', label: 'Sign-in only', description: 'Know who the account belongs to', scopes: ['read:user'] },
    {
      id: 'read-only',
      label: 'Read only',
      description: 'See profile, addresses and organizations, and change nothing',
      scopes: ['read:user', 'user:email', 'read:org'],
    },
    {
      id: 'public-repositories',
      label: 'Public repositories',
      description: 'Work with issues, pull requests and code of public repositories',
      scopes: ['read:user', 'public_repo'],
    },
    {
      id: 'repositories-and-webhooks',
      label: 'All repositories with webhooks',
      description: 'Work with all repositories and be told of what happens in them',
      scopes: ['read:user', 'read:org', 'repo', 'write:repo_hook'],
    },
  ],
  api: {
    baseUrl: 'https://api.github.com',
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      // Requests without one are refused with 403.
      'user-agent': 'Koble',
    },
    otherOrigins: ['https://uploads.github.com'],
    // Its points are learned from the answers. https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    // On GitHub Enterprise Server it is no part of `/api/v3`. https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
    graphql: { path: '/graphql', beside: { basePath: '/api/v3', path: '/api/graphql' } },
    errors: {
      code: ['errors[0].code', 'error'],
      message: ['errors[0].message', 'message', 'error_description'],
      // Limits are refused as what is forbidden is: the hour's by its count, the secondary ones by a time or in words alone.
      // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
      rules: [
        { status: 403, header: { name: 'x-ratelimit-remaining', equals: '0' }, means: 'throttled' },
        { status: 403, header: { name: 'retry-after' }, means: 'throttled' },
        { status: 403, says: { at: 'message', oneOf: ['rate limit', 'abuse detection'] }, means: 'throttled' },
      ],
    },
    // The hourly limit depends on the account's plan and is learned from the answers.
    // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    rateLimits: {
      endpoints: [{ path: '/search/*', per: 'connection', limits: [{ requests: 30, perSeconds: 60 }] }],
      maxConcurrent: 100,
    },
  },
  account: { url: '/user', id: ['id'], label: ['login'] },
  webhooks: {
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    signature: {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'x-hub-signature-256',
      encoding: 'hex',
      prefix: 'sha256=',
    },
    secretFrom: 'koble',
    eventType: { header: 'x-github-event' },
    eventId: { header: 'x-github-delivery' },
    account: [
      { field: 'repository.owner.id' },
      { field: 'organization.id' },
      { field: 'installation.account.id' },
      { field: 'sender.id' },
    ],
    events: [
      'push',
      'pull_request',
      'issues',
      'issue_comment',
      'pull_request_review',
      'pull_request_review_comment',
      'release',
      'create',
      'delete',
      'fork',
      'star',
      'workflow_run',
      'check_suite',
      'check_run',
      'repository',
      'installation',
      'installation_repositories',
      'github_app_authorization',
      'ping',
    ],
    registration: githubRegistration,
    setup: `1. Open the repository (or the organization) on GitHub, then **Settings → Webhooks → Add webhook**.
2. Paste the URL into **Payload URL** and the secret into **Secret**; choose the content type \`application/json\`.
3. Choose the events and save. GitHub sends a \`ping\` at once, which appears here.`,
  },
  samples: [
    { title: 'Who am I', method: 'GET', path: '/user' },
    { title: 'My repositories', method: 'GET', path: '/user/repos?sort=updated&per_page=10' },
    { title: 'Open issues of a repository', method: 'GET', path: '/repos/octocat/hello-world/issues?state=open' },
    {
      title: 'Open an issue',
      method: 'POST',
      path: '/repos/octocat/hello-world/issues',
      body: '{"title": "Found a bug", "body": "Opened through Koble."}',
    },
  ],
  sandbox: githubSandbox,
})
