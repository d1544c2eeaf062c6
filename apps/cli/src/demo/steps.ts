import { setTimeout as wait } from 'node:timers/promises'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Integration, MarketplaceEntry } from '@koble/contract/integrations'
import type { Instance } from '@koble/contract/organizations'
import type { CreatedEndpoint, Event } from '@koble/contract/webhooks'
import { createKoble, type Koble } from '@koble/sdk'
import { CliError } from '../errors.ts'
import { createBrowser } from './browser.ts'
import { findApiKey } from './find-api-key.ts'

/** Whose account the demo connects. */
export const externalUserId = 'demo-user'
const provider = 'github'
const patienceMs = 15_000

/** Makes sure that a Koble in development mode answers and takes the key; returns its client. */
export async function reachKoble(options: {
  url: string
  apiKey?: string
}): Promise<{ koble: Koble; version: string }> {
  const instance: Instance = await createKoble({ baseUrl: options.url }).instance.get()
  if (instance.mode !== 'development' || !instance.sandbox) {
    throw new CliError(
      `The Koble at ${options.url} runs without local stand-ins, as it does in production.`,
      'The demo needs one in development mode: start it with `npm start` and NODE_ENV unset.',
    )
  }
  const koble = createKoble({ baseUrl: options.url, apiKey: findApiKey(options.apiKey) })
  await koble.session.get()
  return { koble, version: instance.version }
}

/** The provider in the marketplace, which must have a stand-in here. */
export async function findProvider(koble: Koble): Promise<MarketplaceEntry> {
  const { data } = await koble.marketplace.list({ search: provider })
  const entry = data.find((candidate) => candidate.id === provider)
  if (!entry?.sandbox) {
    throw new CliError(
      'The marketplace has no GitHub with a local stand-in.',
      "Look into the server's log for why it did not start.",
    )
  }
  return entry
}

/** The sandbox integration, made when there is none. */
export async function setUpIntegration(koble: Koble): Promise<{ integration: Integration; made: boolean }> {
  for await (const integration of koble.integrations.listAll({ provider })) {
    const isSignIn = integration.authMethod === 'oauth2'
    if (integration.sandbox && isSignIn && integration.status === 'active') return { integration, made: false }
  }
  return { integration: await koble.integrations.create({ provider, sandbox: true }), made: true }
}

/** What an end user does in the browser: open the link, choose an account on the consent page, come back. */
export async function connectAccount(koble: Koble, integration: Integration): Promise<Connection> {
  const session = await koble.connectSessions.create({ externalUserId, integrations: [integration.id], expiresIn: 600 })
  // The address browsers use may differ from the one the API is called at, and the cookie belongs to it.
  const start = new URL(`/api/connect/${provider}`, session.url)
  start.search = new URLSearchParams({
    token: session.token,
    integrationId: integration.id,
    mode: 'redirect',
  }).toString()
  const browser = createBrowser()
  const consent = await browser.open(start.href)
  const choice = consent.forms.find((form) => form.fields.login === 'octocat') ?? consent.forms.at(0)
  if (!choice) {
    throw new CliError(
      `No consent page came: ${new URL(consent.url).origin} answered ${consent.status}.`,
      "The server's log tells why.",
    )
  }
  await browser.submit(choice)
  const deadline = Date.now() + patienceMs
  while (Date.now() < deadline) {
    const state = await koble.connectSessions.get(session.id)
    const connection = state.connections.at(0)
    if (state.status === 'connected' && connection) return connection
    if (state.status === 'failed') {
      throw new CliError(
        `The account could not be connected: ${state.errorMessage ?? state.errorCode}`,
        "The server's log has more.",
      )
    }
    await wait(100)
  }
  throw new CliError('The connect session did not finish.', "Look into the server's log for the callback.")
}

/** The account's repositories, counted, and one of them to play with. */
export async function findRepository(
  koble: Koble,
  connection: Connection,
): Promise<{ count: number; fullName: string }> {
  const repositories = await call<{ full_name: string }[]>(koble, connection, 'GET', '/user/repos?per_page=100')
  const fullName = repositories.find(({ full_name }) => full_name.endsWith('/hello-world')) ?? repositories.at(0)
  if (!fullName) throw new CliError('The account has no repository.', 'Restart Koble: its stand-in begins with some.')
  return { count: repositories.length, fullName: fullName.full_name }
}

/** What `clearAway` needs to take it back. */
export interface RegisteredHook {
  endpoint: CreatedEndpoint
  hookId: number
}

/** Opens an endpoint, whose secret is shown now, and has the stand-in send its issues there. */
export async function registerWebhook(
  koble: Koble,
  integration: Integration,
  connection: Connection,
  repository: string,
): Promise<RegisteredHook> {
  const endpoint = await koble.endpoints.create(integration.id, { events: [] })
  try {
    const hook = await call<{ id: number }>(koble, connection, 'POST', `/repos/${repository}/hooks`, {
      name: 'web',
      active: true,
      events: ['issues'],
      config: { url: endpoint.url, content_type: 'json', secret: endpoint.secret },
    })
    return { endpoint, hookId: hook.id }
  } catch (error) {
    await koble.endpoints.delete(endpoint.id)
    throw error
  }
}

/** Makes the stand-in send a webhook. */
export async function openIssue(koble: Koble, connection: Connection, repository: string): Promise<number> {
  const title = `Hello from Koble at ${new Date().toISOString()}`
  const issue = await call<{ number: number }>(koble, connection, 'POST', `/repos/${repository}/issues`, { title })
  return issue.number
}

/** The event of the webhook, once it is `completed`. */
export async function waitForEvent(koble: Koble, endpoint: CreatedEndpoint): Promise<Event> {
  const deadline = Date.now() + patienceMs
  let last: Event | undefined
  while (Date.now() < deadline) {
    const { data } = await koble.events.list({ endpointId: endpoint.id, limit: 10 })
    last = data.find((event) => event.eventType.startsWith('issues'))
    if (last?.status === 'completed') return last
    if (last?.status === 'failed') {
      throw new CliError(
        `The event failed: ${last.errorMessage ?? 'no reason given'}.`,
        'GET /api/events has its raw body.',
      )
    }
    await wait(50)
  }
  if (last)
    throw new CliError(`The event is still ${last.status}.`, 'Does a worker run? KOBLE_ROLE must be `all` or `worker`.')
  throw new CliError(`No webhook arrived at ${endpoint.url}.`, 'Check that KOBLE_PUBLIC_URL is where this Koble runs.')
}

/** Takes back what the demo made at the stand-in, and closes the endpoint. */
export async function clearAway(
  koble: Koble,
  connection: Connection,
  repository: string,
  hook: RegisteredHook,
  issue: number | null,
): Promise<void> {
  await call(koble, connection, 'DELETE', `/repos/${repository}/hooks/${hook.hookId}`)
  if (issue !== null)
    await call(koble, connection, 'PATCH', `/repos/${repository}/issues/${issue}`, { state: 'closed' })
  await koble.endpoints.delete(hook.endpoint.id)
}

/** One call to the third party through the gateway; anything but a 2xx is a failure with the answer's first words. */
async function call<Answer = unknown>(
  koble: Koble,
  connection: Connection,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await koble.proxy(connection.id, path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  if (!response.ok) {
    throw new CliError(
      `${method} ${path} answered ${response.status}: ${text.slice(0, 200)}`,
      'GET /api/activity has the details.',
    )
  }
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/**
 * What the log has since `from`, oldest first. Calls are written to it a moment after they were answered, so this
 * waits for the last one the demo made.
 */
export async function readActivity(koble: Koble, connection: Connection, from: string): Promise<Activity[]> {
  const deadline = Date.now() + 3000
  for (;;) {
    const { data } = await koble.activity.list({ from, limit: 50 })
    const lines = data.filter((line) => line.connectionId === null || line.connectionId === connection.id)
    const complete = lines.some((line) => line.type === 'request' && line.details.method === 'PATCH')
    if (complete || Date.now() > deadline) return lines.toReversed()
    await wait(50)
  }
}

/** From receiving an event to its end. */
export function processingMs(event: Event): number {
  return event.processedAt === null ? 0 : Math.max(0, Date.parse(event.processedAt) - Date.parse(event.receivedAt))
}
