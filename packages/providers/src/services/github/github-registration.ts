import type { RegistrationTarget, WebhookRegistration } from '../../webhook-registration.ts'

const body = {
  name: 'web',
  active: true,
  events: '{events}',
  config: { url: '{url}', content_type: 'json', secret: '{secret}', insecure_ssl: '0' },
}
const { name: _name, ...changes } = body

/** What repositories and organizations have in common below their path. */
function hooksOf(
  path: string,
): Pick<RegistrationTarget, 'create' | 'find' | 'update' | 'remove' | 'answer' | 'errors'> {
  return {
    create: [{ method: 'POST', path, body }],
    answer: { id: { field: 'id' } },
    find: {
      request: { method: 'GET', path, query: { per_page: '100' } },
      items: '[]',
      id: 'id',
      url: 'config.url',
      next: 'link',
    },
    update: { method: 'PATCH', path: `${path}/{externalId}`, body: changes },
    remove: [{ method: 'DELETE', path: `${path}/{externalId}` }],
    errors: [
      {
        status: 422,
        says: { at: { field: 'errors[].message' }, oneOf: ['Hook already exists'] },
        means: 'exists',
      },
      { status: 422, means: 'refused' },
      {
        status: 403,
        says: { at: { field: 'message' }, oneOf: ['rate limit'] },
        means: 'throttled',
      },
      // A repository that one may not see answers as one that is not there.
      { status: 404, means: 'gone' },
    ],
  }
}

const events = {
  all: ['*'],
  // These are sent without being asked for, or to apps alone.
  names: {
    ping: null,
    installation: null,
    installation_repositories: null,
    github_app_authorization: null,
  },
}

/** https://docs.github.com/rest/repos/webhooks and https://docs.github.com/rest/orgs/webhooks */
export const githubRegistration: WebhookRegistration = {
  errorMessage: [{ field: 'errors[0].message' }, { field: 'message' }],
  targets: [
    {
      id: 'repository',
      label: 'Repository',
      description: 'Events of one repository',
      parameters: [
        {
          key: 'repository',
          label: 'Repository',
          help: 'Owner and name, as in its address.',
          pattern: '[A-Za-z0-9\\-]+/(?!\\.{1,2}$)[A-Za-z0-9._\\-]+',
          patternMessage: 'Owner and name with a slash between them',
          example: 'octocat/hello-world',
        },
      ],
      scopes: ['admin:repo_hook', 'write:repo_hook', 'repo'],
      events,
      ...hooksOf('/repos/{+repository}/hooks'),
    },
    {
      id: 'organization',
      label: 'Organization',
      description: 'Events of all repositories of an organization',
      parameters: [
        {
          key: 'organization',
          label: 'Organization',
          pattern: '[A-Za-z0-9\\-]+',
          patternMessage: 'The name of the organization as in its address',
          example: 'fjord-bikes',
        },
      ],
      scopes: ['admin:org_hook'],
      events,
      ...hooksOf('/orgs/{organization}/hooks'),
    },
  ],
}
