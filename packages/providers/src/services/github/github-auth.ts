import type { AuthMethod } from '../../auth-method.ts'

/** As a person through an OAuth App or a GitHub App, by a token of one's own, or as an installation. https://docs.github.com/apps/oauth-apps */
export const githubAuth: readonly AuthMethod[] = [
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
]
