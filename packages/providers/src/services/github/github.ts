import { defineProvider } from '../../define-provider.ts'
import { githubAuth } from './github-auth.ts'
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
  auth: githubAuth,
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
