import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  demandAccessible,
  demandNoSidewaysScroll,
  noBrowser,
  openStage,
  type Stage,
  signUpOwner,
  watchTrouble,
} from './browser.ts'

describe.skipIf(noBrowser)('who takes webhooks in', () => {
  let stage: Stage
  let koble: Koble
  let context: BrowserContext
  let page: Page
  let trouble: string[]
  let acmeId: string
  let endpoint: { id: string; url: string }
  let secret: string

  beforeAll(async () => {
    stage = await openStage()
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.url, apiKey })
    const config = { apiUrl: 'https://api.example.com' }
    acmeId = (await koble.integrations.create({ provider: 'api-key', name: 'Acme', config })).id
    context = await stage.openContext()
    page = await context.newPage()
    trouble = watchTrouble(page)
    await signUpOwner(page, stage)
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
  })
  afterAll(() => stage?.close())

  const shot = async (name: string) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
  const sign = (body: string) => createHmac('sha256', secret).update(body).digest('hex')
  /** A delivery as Acme would send it. */
  const deliver = async (event: Record<string, string>, signature?: string) => {
    const body = JSON.stringify({ id: randomUUID(), type: 'order.paid', ...event })
    const headers = { 'content-type': 'application/json', 'x-acme-signature': signature ?? sign(body) }
    return (await fetch(endpoint.url, { method: 'POST', headers, body })).status
  }
  const openTab = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of the endpoint' }).getByRole('link', { name }).click()
  const saved = () => koble.endpoints.get(endpoint.id)
  const statuses = async () =>
    (await koble.events.list({ endpointId: endpoint.id })).data.map(({ status }) => status).toSorted()

  it('opens an endpoint for a service of their own, and is told what is wrong with its scheme', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Endpoints' }).click()
    await page.getByText('No endpoint is open yet').waitFor()
    await demandAccessible(page, 'nothing')
    await page.getByRole('button', { name: 'New endpoint' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: /^Name/ }).fill('Orders')
    await dialog.getByLabel('How deliveries are recognised').selectOption('token')
    const editor = dialog.getByLabel('Verification', { exact: true })
    expect(JSON.parse(await editor.inputValue())).toMatchObject({ signature: { type: 'token' } })
    const verification = (signature: object) =>
      JSON.stringify({
        signature,
        eventType: { field: 'type' },
        eventId: { field: 'id' },
        account: { field: 'account' },
      })
    const hmac = { type: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-acme-signature' }
    await editor.fill(verification({ ...hmac, algorithm: 'sha3' }))
    await dialog.getByRole('list', { name: 'What is wrong with it' }).getByText('signature.algorithm').waitFor()
    await editor.fill('{')
    await dialog.getByRole('list', { name: 'What is wrong with it' }).getByText('JSON').waitFor()
    await editor.fill(verification(hmac))
    await dialog.getByText('The scheme makes sense.').waitFor()
    await demandAccessible(page)
    await shot('endpoint-new')
    await dialog.getByRole('button', { name: 'Open the endpoint' }).click()
    await dialog.getByText('The endpoint is open').waitFor()
    await dialog.getByRole('link', { name: 'Send a test event' }).click()
    await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor()
    const [made] = (await koble.endpoints.list()).data
    endpoint = made as NonNullable<typeof made>
    await page.getByRole('button', { name: 'Show the secret' }).click()
    secret = (await koble.endpoints.secret(endpoint.id)).secret ?? ''
    await page.getByText(secret).waitFor()
    await page.getByRole('button', { name: 'Hide the secret' }).click()
    await page.getByText(secret).waitFor({ state: 'detached' })
  })

  it('sends a test event, and sees it end well', async () => {
    await page.getByRole('button', { name: 'Send a test event' }).first().click()
    await page.getByText('The test event was taken').first().waitFor()
    await page.getByRole('table', { name: 'Events' }).getByText('Completed').waitFor()
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('There is a new secret').first().waitFor()
    await expect.poll(async () => (await koble.endpoints.secret(endpoint.id)).secret).not.toBe(secret)
    secret = (await koble.endpoints.secret(endpoint.id)).secret ?? ''
    await shot('endpoint-overview')
    await demandAccessible(page, 'nothing')
  })

  it('chooses which events it takes, by their tags, and all again', async () => {
    await page.getByLabel('Another event by its name').fill('order.paid, order.sent')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await saved()).events).toEqual(['order.paid', 'order.sent'])
    const tags = page.getByRole('group', { name: 'Events' })
    await tags.getByText('order.paid').click()
    await tags.getByText('order.sent').click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await saved()).events).toEqual([])
  })

  it('pastes a delivery, and is told why it is refused and what would make it good', async () => {
    await openTab('Verification')
    const body = '{"id": "7", "type": "order.paid"}'
    const verdict = page.getByRole('status', { name: 'Verdict' })
    await page.getByLabel('Headers').fill(`content-type: application/json\nX-Acme-Signature: ${sign(`${body}\n`)}`)
    await page.getByLabel('Body', { exact: true }).fill(body)
    await verdict.getByText('It is refused: mismatch').waitFor()
    await verdict.getByRole('listitem').filter({ hasText: 'line break' }).waitFor()
    await shot('endpoint-check')
    await demandAccessible(page, 'nothing')
    await page.getByLabel('Headers').fill(`X-Acme-Signature: ${sign(body)}`)
    await verdict.getByText('It would be taken').waitFor()
    await verdict.getByText('order.paid').first().waitFor()
    await page.getByLabel('Headers').fill('x-other: 1')
    await verdict.getByText('header x-acme-signature').waitFor()
    await verdict.getByText('absent', { exact: true }).waitFor()
  })

  it('tries another scheme on that delivery before saving it', async () => {
    const editor = page.getByLabel('Verification', { exact: true })
    const before = await editor.inputValue()
    await page.getByLabel('How deliveries are recognised').selectOption('token')
    await page.getByText('Judged by the scheme in the editor').waitFor()
    await page.getByLabel('Secret', { exact: true }).fill('a-token-of-theirs')
    await page.getByLabel('Headers').fill('authorization: Bearer a-token-of-theirs')
    await page.getByRole('status', { name: 'Verdict' }).getByText('It would be taken').waitFor()
    await editor.fill(before.replace('x-acme-signature', 'not a header'))
    await page.getByRole('list', { name: 'What is wrong with it' }).getByText('signature.header').waitFor()
    await editor.fill(before.replace('"account": {\n    "field": "account"', '"account": {\n    "field": "account_id"'))
    await page.getByRole('button', { name: 'Save verification' }).click()
    await expect.poll(async () => (await saved()).verification?.account).toEqual({ field: 'account_id' })
  })

  it('sees what was refused, and why', async () => {
    expect(await deliver({}, 'ff'.repeat(32))).toBe(401)
    expect((await fetch(endpoint.url, { method: 'POST', body: '{}' })).status).toBe(401)
    await openTab('Rejections')
    const reasons = page.getByRole('table', { name: 'Reasons' })
    await reasons.getByText('Wrong signature').waitFor()
    await reasons.getByText('The signature is missing').waitFor()
    const sample = page.getByRole('listitem').filter({ hasText: 'Wrong signature' })
    await sample.getByText('Wrong signature').click()
    await sample.getByText('x-acme-signature: [not kept]').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('endpoint-rejections')
  })

  it('says what is done with events, how often, from where and in which order', async () => {
    await openTab('Settings')
    await page.getByLabel('Networks').fill('127.0.0.0/8\n::1')
    await page.getByLabel('Deliveries at most').fill('500')
    await page.getByLabel('Largest body, in KiB').fill('64')
    await page.getByLabel('Attempts', { exact: true }).fill('99')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByRole('alert').filter({ hasText: 'retryPolicy.attempts' }).waitFor()
    await page.getByLabel('Attempts', { exact: true }).fill('2')
    await page.getByLabel('Waits between them').selectOption('schedule')
    await page.getByLabel('Waits, in seconds').fill('0.1')
    await page.getByLabel('Events of one key').selectOption('field')
    await page.getByLabel('Path of the field').fill('order')
    await shot('endpoint-settings')
    await demandAccessible(page, 'nothing')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expect.poll(saved).toMatchObject({
      ipAllowList: ['127.0.0.0/8', '::1'],
      rateLimit: { requests: 500, perSeconds: 60 },
      bodyBytesMax: 65_536,
      retryPolicy: { attempts: 2, schedule: [0.1] },
      ordering: { key: { field: 'order' }, whenParked: 'wait' },
    })
  })

  it('pauses the processing, sees what waits, and has it worked off', async () => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Processing is paused:').waitFor()
    for (const order of ['1', '2', '3']) expect(await deliver({ order })).toBe(200)
    expect(await statuses()).toEqual(['completed', 'pending', 'pending', 'pending'])
    await page.reload()
    await page.getByText('Processing is paused: 3 events waiting').waitFor()
    await demandAccessible(page, 'nothing')
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(statuses).toEqual(['completed', 'completed', 'completed', 'completed'])
    await page.getByText('Processing is paused').waitFor({ state: 'detached' })
  })

  it('sees events arrive live, and finds them by status, type and id', async () => {
    await page.goto(`${stage.url}/events`)
    await page.getByRole('status').getByText('Live').waitFor()
    const table = page.getByRole('table', { name: 'Events' })
    await deliver({ type: 'order.sent', id: 'evt-live-1' })
    await table.getByText('order.sent').waitFor()
    await page.getByLabel('Id, or a part of it').fill('live-1')
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    await page.getByLabel('Id, or a part of it').fill('')
    await page.getByRole('group', { name: 'Status' }).getByText('Failed').click()
    await page.getByText('No event fits').or(page.getByText('There is no dead letter')).waitFor()
    await page.getByRole('group', { name: 'Status' }).getByText('Completed').click()
    await table.getByText('order.sent').waitFor()
    expect(new URL(page.url()).searchParams.get('status')).toBe('completed,failed')
    await page.getByRole('button', { name: 'More filters' }).click()
    await page.getByLabel('From', { exact: true }).fill('2099-01-01T00:00')
    await page.getByText('No event fits').waitFor()
    await page.getByRole('button', { name: 'Show all events' }).click()
    await table.getByText('order.sent').waitFor()
    await shot('events')
    await demandAccessible(page, 'nothing')
  })

  it('finds the unroutable by a word, connects the account, and replays them by their filter', async () => {
    for (let at = 0; at < 5; at += 1) expect(await deliver({ account_id: 'acct_9' })).toBe(200)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').fill('unroutable')
    await page.keyboard.press('Enter')
    const table = page.getByRole('table', { name: 'Events' })
    await expect.poll(() => table.getByText('Unroutable').count()).toBe(5)
    await demandAccessible(page, 'nothing')
    await shot('events-unroutable')
    await koble.endpoints.update(endpoint.id, { unmatched: 'forward' })
    await page.getByRole('button', { name: 'Replay these' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Events a second, at most').fill('0')
    await dialog.getByText('A whole number from 1 to 1,000.').waitFor()
    await dialog.getByLabel('Events a second, at most').fill('20')
    await demandAccessible(page)
    await shot('replay-dialog')
    await dialog.getByRole('button', { name: 'Start the replay' }).click()
    await dialog.getByText('5 of 5').waitFor()
    await dialog.getByText('Completed').waitFor()
    await shot('replay-progress')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('Every event has found its connection').waitFor()
    expect(new Set(await statuses())).toEqual(new Set(['completed']))
  })

  it('sees on an event what every attempt came to, and what a replay changed', async () => {
    await koble.endpoints.update(endpoint.id, { unmatched: 'hold' })
    await deliver({ account_id: 'acct_7', id: 'evt-compare' })
    await page.goto(`${stage.url}/events?search=evt-compare`)
    await page.getByRole('table', { name: 'Events' }).getByRole('link', { name: 'order.paid' }).click()
    await page.getByText('The event names an account without a connection').waitFor()
    await koble.endpoints.update(endpoint.id, { unmatched: 'forward' })
    await page.getByRole('button', { name: 'Replay' }).first().click()
    const attempts = page.getByRole('table', { name: 'Attempts', exact: true })
    await attempts.getByText('Replay 1').waitFor()
    await attempts.getByText('Unroutable').waitFor()
    const comparison = page.getByRole('table', { name: 'Comparison of two attempts' })
    await comparison
      .getByRole('row', { name: /^Outcome Differs/ })
      .getByText('Completed')
      .waitFor()
    await comparison
      .getByRole('row', { name: /^Message Differs/ })
      .getByRole('link')
      .waitFor()
    const [made] = (await koble.events.list({ externalEventId: 'evt-compare' })).data
    const detail = await koble.events.get(made?.id ?? '')
    const link = page.getByRole('table', { name: 'Attempts', exact: true }).getByRole('link', { name: 'Message' })
    await expect.poll(() => link.getAttribute('href')).toBe(`/messages/${detail.attemptLog.at(-1)?.messageId}`)
    const body = page.getByRole('region', { name: 'Body' })
    await expect.poll(() => body.textContent()).toContain('\n  "type": "order.paid"')
    await page.getByRole('button', { name: 'Raw' }).click()
    await expect.poll(() => body.textContent()).toBe(detail.body)
    await demandAccessible(page, 'nothing')
    await shot('event')
  })

  it('finds dead letters in their view, and has them tried again', async () => {
    // What cannot be read is a dead letter at once.
    const body = '{"id": "evt-dead", "type": '
    const headers = { 'content-type': 'application/json', 'x-acme-signature': sign(body) }
    expect((await fetch(endpoint.url, { method: 'POST', headers, body })).status).toBe(200)
    await expect.poll(statuses).toContain('failed')
    await page.goto(`${stage.url}/events`)
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Dead letters' }).click()
    const table = page.getByRole('table', { name: 'Events' })
    await table.getByText('Failed').waitFor()
    expect(await table.getByRole('row').count()).toBe(2)
    await demandAccessible(page, 'nothing')
    await shot('events-dead')
    await page.getByRole('button', { name: 'Replay these' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('failed').isChecked()).toBe(true)
    expect(await dialog.getByLabel('unroutable').isChecked()).toBe(false)
    await dialog.getByRole('button', { name: 'Start the replay' }).click()
    await dialog.getByText('1 of 1').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await table.getByText('1 replay').waitFor()
    await table.getByRole('link').click()
    await page.getByRole('alert').getByText('The event could not be processed').waitFor()
    await page.getByRole('table', { name: 'Attempts', exact: true }).getByText('Replay 1').waitFor()
  })

  it('registers a repository at GitHub by its API, renews it, and removes it again', async () => {
    const scopes = ['read:user', 'repo', 'admin:repo_hook', 'admin:org_hook']
    const github = await koble.integrations.create({ provider: 'github', sandbox: true, scopes })
    await page.goto(`${stage.url}/integrations/${github.id}`)
    await page.getByRole('button', { name: 'Connect an account' }).click()
    const dialog = page.getByRole('dialog')
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('button', { name: 'Continue to GitHub' }).click(),
    ])
    await popup.getByText('octocat').first().click()
    await dialog.getByRole('link', { name: 'Make a call' }).waitFor()
    const { id } = await koble.endpoints.create(github.id, {})
    await page.goto(`${stage.url}/endpoints/${id}?tab=registration`)
    await page.getByText('Nothing is registered yet').waitFor()
    await page.getByRole('button', { name: 'Register at GitHub' }).first().click()
    await dialog.getByLabel('For what').selectOption('repository')
    await dialog.getByRole('button', { name: 'Register', exact: true }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByLabel('Repository').fill('octocat/hello-world')
    await demandAccessible(page)
    await shot('registration-new')
    await dialog.getByRole('button', { name: 'Register', exact: true }).click()
    const table = page.getByRole('table', { name: 'Registrations' })
    await table.getByText('octocat/hello-world').waitFor()
    await table.getByText('Active').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('registrations')
    await page.getByRole('button', { name: /^Renew/ }).click()
    await page.getByText('It is in order').first().waitFor()
    await page.getByRole('button', { name: /^Remove/ }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('It is removed at the provider').first().waitFor()
    await page.getByText('Nothing is registered yet').waitFor()
  })

  it('is told what to do by hand where a service cannot be told', async () => {
    await page.goto(`${stage.url}/endpoints/${endpoint.id}?tab=registration`)
    await page.getByText('is told by a person').waitFor()
    await demandAccessible(page, 'nothing')
  })

  it('can use it all at 360 px, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const [event] = (await koble.events.list({ externalEventId: 'evt-compare' })).data
    const tabs = ['', '?tab=settings', '?tab=check', '?tab=rejections', '?tab=registration']
    const paths = [
      '/endpoints',
      ...tabs.map((tab) => `/endpoints/${endpoint.id}${tab}`),
      '/events',
      '/events?status=failed%2Cparked',
      `/events/${event?.id}`,
    ]
    for (const path of paths) {
      await page.goto(`${stage.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page, 'nothing')
      await shot(`narrow${path.replaceAll(/[/?=%]|[0-9a-f-]{36}/g, '-')}`)
    }
  })

  it('deletes an endpoint, after being asked', async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(`${stage.url}/endpoints`)
    await page.getByRole('table', { name: 'Webhook endpoints' }).getByText('Orders').waitFor()
    await shot('endpoints-dark')
    await page.getByRole('button', { name: 'Actions for Orders' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The endpoint is closed').first().waitFor()
    await expect(saved()).rejects.toMatchObject({ code: 'not_found' })
    expect(acmeId).toBeTruthy()
    expect(trouble).toEqual([])
  })
})
