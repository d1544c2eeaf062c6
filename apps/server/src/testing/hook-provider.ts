import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type LocalServer, startLocalServer } from '@koble/core/testing'

/** What a provider was asked. */
export interface HookRequest {
  method: string
  /** Without the query. */
  path: string
  headers: IncomingMessage['headers']
  /** JSON, or a form as an object of its fields. */
  body: Record<string, unknown>
}

/** Something registered at the provider. */
export interface Hook {
  id: string
  url: string
  fields: Record<string, unknown>
}

/**
 * What is done with a request instead of answering it as usual. One that is `lost` is done, and its answer never arrives;
 * `held` is lost as well, once that has resolved.
 */
export type HookFate = HookAnswer | 'lost' | { held: () => Promise<void> }

/** A provider with one of the APIs by which webhooks are registered, as strict as its documentation says. */
export interface HookProvider {
  origin: string
  hooks: Map<string, Hook>
  requests: HookRequest[]
  /** For the next requests that `of` is true of, in order. */
  fates: { of: (request: HookRequest) => boolean; fate: HookFate }[]
  /** How many requests of that method, to a path that matches. */
  count(method: string, path: RegExp): number
  close(): Promise<void>
}

/** What becomes of a request: a status with the body, and headers where there are some. */
export type HookAnswer = { status: number; body?: unknown; headers?: Record<string, string> }
export type HookApi = (request: HookRequest, hooks: Map<string, Hook>, query: URLSearchParams) => Promise<HookAnswer>

export async function startHookProvider(api: HookApi): Promise<HookProvider> {
  const hooks: HookProvider['hooks'] = new Map()
  const requests: HookRequest[] = []
  const fates: HookProvider['fates'] = []

  async function answer(incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(incoming.url ?? '/', 'http://provider.invalid')
    const { method = 'GET', headers } = incoming
    const request = { method, path, headers, body: readBody(headers['content-type'], await text(incoming)) }
    requests.push(request)
    const at = fates.findIndex(({ of }) => of(request))
    const fate = at < 0 ? undefined : fates.splice(at, 1)[0]?.fate
    const isAnswered = typeof fate === 'object' && 'status' in fate
    const result = isAnswered ? fate : await api(request, hooks, searchParams)
    if (typeof fate === 'object' && 'held' in fate) await fate.held()
    if (fate !== undefined && !isAnswered) return void incoming.socket.destroy()
    reply.writeHead(result.status, { 'content-type': 'application/json; charset=utf-8', ...result.headers })
    reply.end(result.body === undefined ? '' : JSON.stringify(result.body))
  }

  const local: LocalServer = await startLocalServer((request, reply) => {
    answer(request, reply).catch((error) => reply.writeHead(500).end(String(error)))
  })
  return {
    origin: local.origin,
    hooks,
    requests,
    fates,
    count: (method, path) => requests.filter((request) => request.method === method && path.test(request.path)).length,
    close: local.close,
  }
}

function readBody(contentType: string | undefined, body: string): Record<string, unknown> {
  if (body === '') return {}
  return contentType?.includes('form') ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body)
}

const nextId = () => randomBytes(6).toString('hex')
const found = (hooks: Map<string, Hook>, path: string) => hooks.get(path.split('/').at(-1) ?? '')

/** GitHub's hooks of repositories and organizations. */
export const githubHooks: HookApi = async ({ method, path, headers, body }, hooks, query) => {
  if (path === '/user') return { status: 200, body: { id: 583231, login: 'octocat' } }
  if (!headers['user-agent']) return { status: 403, body: { message: 'Request forbidden by administrative rules.' } }
  const scope = /^\/(?:repos\/octocat\/[\w.-]+|orgs\/fjord-bikes)\/hooks/.exec(path)?.[0]
  if (scope === undefined) return { status: 404, body: { message: 'Not Found' } }
  const show = (hook: Hook) => {
    const { config, ...rest } = hook.fields as { config: Record<string, string> }
    return { ...rest, id: Number.parseInt(hook.id, 16), type: 'Repository', config: { ...config, secret: '********' } }
  }
  const own = [...hooks.values()].filter((hook) => hook.fields['scope'] === scope)
  if (method === 'POST') {
    const { name, config } = body as { name?: string; config?: { url?: string; content_type?: string } }
    if (name !== 'web' || !config?.url || config.content_type !== 'json') {
      return { status: 422, body: { message: 'Validation Failed' } }
    }
    if (own.some((hook) => hook.url === config.url)) {
      const errors = [{ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' }]
      return { status: 422, body: { message: 'Validation Failed', errors } }
    }
    const hook = { id: nextId(), url: config.url, fields: { ...body, scope } }
    hooks.set(String(Number.parseInt(hook.id, 16)), hook)
    return { status: 201, body: show(hook) }
  }
  if (method === 'GET') {
    // One to a page, so that whoever looks for one has to go on.
    const page = Number(query.get('page') ?? 1)
    const next = `<http://${headers.host}${path}?per_page=100&page=${page + 1}>; rel="next"`
    const isLast = page >= own.length
    const last = `<http://${headers.host}${path}?page=1>; rel="first"`
    return {
      status: 200,
      body: own.slice(page - 1, page).map(show),
      headers: { link: isLast ? last : `${last}, ${next}` },
    }
  }
  const hook = found(hooks, path)
  if (!hook) return { status: 404, body: { message: 'Not Found' } }
  if (method === 'DELETE') hooks.delete(path.split('/').at(-1) ?? '')
  else hook.fields = { ...hook.fields, ...body }
  return method === 'DELETE' ? { status: 204 } : { status: 200, body: show(hook) }
}

/** Stripe's webhook endpoints: it makes the secret, and shows it once. */
export const stripeEndpoints: HookApi = async ({ method, path, headers, body }, hooks) => {
  if (path === '/v1/account') return { status: 200, body: { id: 'acct_1Fjord', email: 'post@example.com' } }
  if (!path.startsWith('/v1/webhook_endpoints')) return { status: 404, body: { error: { message: 'Unrecognized' } } }
  if (!headers['stripe-version']) return { status: 400, body: { error: { message: 'No version' } } }
  if (method === 'GET') {
    const data = [...hooks.values()].map(({ id, url }) => ({ id, object: 'webhook_endpoint', url }))
    return { status: 200, body: { object: 'list', data, has_more: false } }
  }
  if (method === 'POST' && path === '/v1/webhook_endpoints') {
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const { url } = body
    if (!isForm || typeof url !== 'string' || body['enabled_events[0]'] === undefined || !headers['idempotency-key']) {
      return { status: 400, body: { error: { type: 'invalid_request_error', message: 'Missing required param.' } } }
    }
    const id = `we_${nextId()}`
    const secret = `whsec_${randomBytes(16).toString('hex')}`
    hooks.set(id, { id, url, fields: { ...body, secret } })
    return { status: 200, body: { id, object: 'webhook_endpoint', url, secret, status: 'enabled' } }
  }
  const hook = found(hooks, path)
  if (!hook) return { status: 404, body: { error: { message: 'No such webhook endpoint' } } }
  if (method === 'DELETE') hooks.delete(hook.id)
  else hook.fields = { ...hook.fields, ...body }
  return { status: 200, body: { id: hook.id, object: 'webhook_endpoint', deleted: method === 'DELETE' } }
}

/** Graph's subscriptions: the address is tried out while one is made, and each ends after three days at most. */
export const graphSubscriptions: HookApi = async ({ method, path, headers, body }, hooks) => {
  if (path === '/userinfo') return { status: 200, body: { id: 'kari', userPrincipalName: 'kari@example.com' } }
  const failure = (status: number, code: string, message: string) => ({ status, body: { error: { code, message } } })
  const show = ({ id, url, fields }: Hook) => ({ ...fields, id, notificationUrl: url, clientState: null })
  if (!path.startsWith('/subscriptions')) return failure(404, 'ResourceNotFound', 'Not here')
  if (!headers.authorization?.startsWith('Bearer ')) return failure(401, 'InvalidAuthenticationToken', 'No token')
  if (method === 'GET') return { status: 200, body: { value: [...hooks.values()].map(show) } }
  const tooLong = () => {
    const lasts = Date.parse(String(body['expirationDateTime'])) - Date.now()
    return !(lasts > 45 * 60_000 && lasts <= 4_230 * 60_000)
  }
  if (method === 'POST') {
    const { notificationUrl, resource, changeType, clientState } = body as Record<string, string>
    if (!resource || !changeType || !clientState || clientState.length > 128 || tooLong()) {
      return failure(400, 'InvalidRequest', 'Subscription expiration can only be 4230 minutes in the future.')
    }
    const isTaken = [...hooks.values()].some(
      ({ fields }) => fields['resource'] === resource && fields['changeType'] === changeType,
    )
    if (isTaken) return failure(409, 'ExtensionError', 'A subscription with the same resource exists already.')
    for (const address of [notificationUrl, body['lifecycleNotificationUrl']]) {
      const token = `Validation: Testing client application reachability for ${nextId()}`
      const url = new URL(String(address))
      url.searchParams.set('validationToken', token)
      const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain; charset=utf-8' } })
      const isRight = reply.status === 200 && (await reply.text()) === token
      if (!isRight || !reply.headers.get('content-type')?.startsWith('text/plain')) {
        return failure(400, 'ValidationError', 'Subscription validation request failed.')
      }
    }
    const id = crypto.randomUUID()
    const hook = { id, url: notificationUrl ?? '', fields: body }
    hooks.set(id, hook)
    return { status: 201, body: show(hook) }
  }
  const hook = found(hooks, path)
  if (!hook) return failure(404, 'ResourceNotFound', 'The object was not found.')
  if (method === 'DELETE') {
    hooks.delete(hook.id)
    return { status: 204 }
  }
  const unchangeable = Object.keys(body).some((key) => key !== 'expirationDateTime')
  if (unchangeable || tooLong()) return failure(400, 'InvalidRequest', 'Only the expiration can be changed so.')
  hook.fields = { ...hook.fields, ...body }
  return { status: 200, body: show(hook) }
}

/** Google's channels, which are listed nowhere and cannot be prolonged. */
export const googleChannels: HookApi = async ({ method, path, body }, hooks) => {
  if (path === '/userinfo') return { status: 200, body: { sub: '1077', email: 'kari@example.com' } }
  const failure = (status: number, reason: string) => ({
    status,
    body: { error: { code: status, message: reason, errors: [{ domain: 'global', reason, message: reason }] } },
  })
  if (path === '/drive/v3/changes/startPageToken') return { status: 200, body: { startPageToken: '4711' } }
  if (method !== 'POST') return failure(404, 'notFound')
  if (path.endsWith('/channels/stop')) {
    const hook = hooks.get(String(body['id']))
    if (!hook || hook.fields['resourceId'] !== body['resourceId']) return failure(404, 'notFound')
    hooks.delete(hook.id)
    return { status: 204 }
  }
  if (!/\/watch$/.test(path)) return failure(404, 'notFound')
  const { id, type, address, token, expiration } = body as Record<string, string>
  if (!id || type !== 'web_hook' || !address || !/^\d{13}$/.test(String(expiration))) return failure(400, 'required')
  if (hooks.has(id)) return failure(400, 'channelIdNotUnique')
  const fields = { token, resourceId: nextId(), path }
  hooks.set(id, { id, url: address, fields })
  return { status: 200, body: { kind: 'api#channel', id, resourceId: fields.resourceId, token, expiration } }
}
