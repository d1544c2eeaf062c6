import { defineProvider } from '../../define-provider.ts'
import { salesforceSandbox } from './salesforce-sandbox.ts'

/** A Salesforce org, called where its token answer says that it is. https://developer.salesforce.com/docs/platform/api-rest */
export const salesforce = defineProvider({
  id: 'salesforce',
  name: 'Salesforce',
  description: 'Records of all objects, queries, and bulk reads.',
  category: 'crm',
  docsUrl: 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/',
  color: '#00A1E0',
  auth: {
    type: 'oauth2',
    // https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm
    authorizationUrl: 'https://{loginHost}/services/oauth2/authorize',
    tokenUrl: 'https://{loginHost}/services/oauth2/token',
    revocationUrl: 'https://{loginHost}/services/oauth2/revoke',
    introspectionUrl: 'https://{loginHost}/services/oauth2/introspect',
    pkce: 'S256',
    clientAuthentication: 'body',
    // An app may be set to rotate them; then each answer brings the next. No answer says how long a token lives: a
    // session may last from 15 minutes to a day, and a 401 tells of its end.
    refresh: 'stable',
    scopes: [
      { name: 'api', description: 'Read and change what you may read and change', default: true, sensitive: true },
      { name: 'refresh_token', description: 'Keep access while you are away', default: true },
      { name: 'id', description: 'Know who you are', default: true },
      { name: 'chatter_api', description: 'Use Chatter as you', sensitive: true },
      { name: 'custom_permissions', description: 'See which custom permissions you have' },
      { name: 'content', description: 'Read and change files', sensitive: true },
      { name: 'full', description: 'Do everything that you may do', sensitive: true },
    ],
  },
  scopePresets: [
    { id: 'identity', label: 'Identity only', description: 'Know who signed in', scopes: ['id', 'refresh_token'] },
    {
      id: 'records',
      label: 'Records',
      description: 'Read and change records as the person who connects',
      scopes: ['api', 'refresh_token', 'id'],
    },
  ],
  api: {
    baseUrl: 'https://{loginHost}',
    accountBase: { answerField: 'instance_url', hosts: ['.salesforce.com'] },
    headers: { accept: 'application/json' },
    errors: {
      code: ['[0].errorCode', 'error'],
      message: ['[0].message', 'error_description'],
      failures: {
        REQUEST_LIMIT_EXCEEDED: 'throttled',
        UNABLE_TO_LOCK_ROW: 'unreachable',
        SERVER_UNAVAILABLE: 'unreachable',
      },
    },
  },
  account: {
    url: '/services/oauth2/userinfo',
    id: ['user_id'],
    label: ['preferred_username', 'email'],
    // Without the scope `id` nobody says who it is.
    fallback: { statuses: [403], url: '/services/data/v67.0/', label: 'Salesforce user' },
  },
  integrationFields: [
    {
      key: 'loginHost',
      label: 'Login host',
      help: 'login.salesforce.com for production, test.salesforce.com for sandboxes, or the My Domain of one org. Not the address of the Lightning pages.',
      default: 'login.salesforce.com',
      pattern: '(?:login|test)\\.salesforce\\.com|[a-z0-9][a-z0-9\\-]*(?:\\.[a-z]+)?\\.my\\.salesforce\\.com',
      patternMessage: 'login.salesforce.com, test.salesforce.com, or a host that ends in .my.salesforce.com',
      example: 'fjord--uat.sandbox.my.salesforce.com',
    },
  ],
  samples: [
    { title: 'Who am I', method: 'GET', path: '/services/oauth2/userinfo' },
    {
      title: 'Accounts',
      method: 'GET',
      path: '/services/data/v67.0/query?q=SELECT+Id,Name+FROM+Account+ORDER+BY+Name+LIMIT+10',
    },
    { title: 'What an account has', method: 'GET', path: '/services/data/v67.0/sobjects/Account/describe' },
    { title: 'Limits of the org', method: 'GET', path: '/services/data/v67.0/limits' },
  ],
  sandbox: salesforceSandbox,
})
