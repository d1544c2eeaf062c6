import { calendar } from '@googleapis/calendar'
import { gmail } from '@googleapis/gmail'
import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import { createKoble, type Koble } from '@koble/sdk'
import { WebClient } from '@slack/web-api'
import { Octokit } from 'octokit'
import Stripe from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBrowser, readForm } from '../apps/server/src/testing/browser.ts'
import { connectUrl, createConnectSession } from '../apps/server/src/testing/connect.ts'
import { startTestKoble, type TestKoble } from '../apps/server/src/testing/test-koble.ts'

let server: TestKoble
let koble: Koble
beforeAll(async () => {
  server = await startTestKoble({ sandbox: true })
  koble = createKoble({ baseUrl: server.url, apiKey: server.ownerKey })
})
afterAll(() => server.stop())

/** Sets up the provider's stand-in and connects an account of it, by consent or by key. */
async function connect(
  provider: string,
  account: { person: string } | { apiKey: string },
  scopes?: string[],
): Promise<string> {
  const integration = await koble.integrations.create({ provider, sandbox: true, ...(scopes && { scopes }) })
  if ('apiKey' in account) {
    const input = { integrationId: integration.id, externalUserId: 'u1', credentials: { apiKey: account.apiKey } }
    return (await koble.connections.create(input)).id
  }
  const browser = createBrowser()
  const session = await createConnectSession(server, { externalUserId: 'u1' })
  const page = await browser.open(connectUrl(server, session, integration as Integration))
  const { action, fields } = readForm(page, `>${account.person}<`)
  expect((await browser.open(action, { form: fields })).status).toBe(200)
  const { connections } = await koble.connectSessions.get(session.id)
  return (connections[0] as Connection).id
}

/** The paths that were called through a connection, oldest first. */
async function calledPaths(connectionId: string): Promise<unknown[]> {
  await server.services.activity.flush()
  const { data } = await koble.connections.logs(connectionId).list({ type: 'request' })
  return data.map((line) => `${line.details.method} ${line.details.path}`).reverse()
}

test('octokit reads, pages and writes', async () => {
  const id = await connect('github', { person: 'octocat' })
  const octokit = new Octokit({ request: { fetch: koble.fetch(id) }, auth: 'a token nobody gets to see' })
  expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('octocat')
  const repository = { owner: 'octocat', repo: 'hello-world' }
  for (const title of ['First', 'Second', 'Third']) await octokit.rest.issues.create({ ...repository, title })
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repository, per_page: 2 })
  expect(issues.map((issue) => issue.title)).toEqual(expect.arrayContaining(['First', 'Second', 'Third']))
  const refusal = octokit.rest.repos.get({ owner: 'octocat', repo: 'no-such-thing' })
  await expect(refusal).rejects.toMatchObject({ status: 404 })
  expect(await calledPaths(id)).toContain('POST /repos/octocat/hello-world/issues')
})

test('@slack/web-api posts a message and lists channels', async () => {
  const id = await connect('slack', { person: 'kari' })
  const slack = new WebClient('xoxb-of-no-use', { fetch: koble.fetch(id) })
  expect(await slack.auth.test()).toMatchObject({ ok: true, team: 'Fjord Bikes' })
  const { channels = [] } = await slack.conversations.list()
  const channel = channels.find(({ name }) => name === 'campaign')?.id ?? ''
  const posted = await slack.chat.postMessage({ channel, text: 'Posters are here' })
  expect(posted.ok).toBe(true)
  const { messages = [] } = await slack.conversations.history({ channel })
  expect(messages.map(({ text }) => text)).toContain('Posters are here')
  await expect(slack.chat.postMessage({ channel: 'C0NOSUCH', text: 'x' })).rejects.toMatchObject({
    data: { ok: false, error: 'channel_not_found' },
  })
})

test('stripe makes a customer and lists them', async () => {
  const id = await connect('stripe', { apiKey: 'sk_test_KobleSandbox0000' })
  const stripe = new Stripe('sk_test_of_no_use', {
    httpClient: Stripe.createFetchHttpClient(koble.fetch(id)),
    telemetry: false,
  })
  const made = await stripe.customers.create({ email: 'ingrid@example.com', name: 'Ingrid Dahl' })
  const names: unknown[] = []
  for await (const customer of stripe.customers.list({ limit: 2 })) names.push(customer.name)
  expect(names).toEqual(expect.arrayContaining(['Ingrid Dahl', 'Kari Nordmann', 'Ola Hansen']))
  expect(await stripe.customers.retrieve(made.id)).toMatchObject({ email: 'ingrid@example.com' })
})

test("Google's packages read calendar and mail", async () => {
  const auth = 'https://www.googleapis.com/auth'
  const scopes = ['openid', `${auth}/calendar.events`, `${auth}/gmail.readonly`]
  const id = await connect('google', { person: 'kari@example.com' }, scopes)
  const fetchImplementation = koble.fetch(id)
  const { events } = calendar({ version: 'v3', fetchImplementation })
  const listed = await events.list({ calendarId: 'primary' })
  expect(listed.data.items?.map((event) => event.summary)).toContain('Spring campaign kick-off')
  const made = await events.insert({
    calendarId: 'primary',
    requestBody: {
      summary: 'Made by a package',
      start: { dateTime: '2027-03-01T09:00:00+01:00' },
      end: { dateTime: '2027-03-01T10:00:00+01:00' },
    },
  })
  expect(made.data.summary).toBe('Made by a package')
  const mail = await gmail({ version: 'v1', fetchImplementation }).users.messages.list({ userId: 'me' })
  expect(mail.data.messages?.length).toBeGreaterThan(0)
})
