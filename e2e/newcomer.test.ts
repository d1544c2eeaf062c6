import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createKoble } from '@koble/sdk'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  demandAccessible,
  demandNoSidewaysScroll,
  fillOwnerForm,
  noBrowser,
  openStage,
  type Stage,
  watchTrouble,
} from './browser.ts'

describe.skipIf(noBrowser)('a newcomer, in a browser', () => {
  let stage: Stage
  let context: BrowserContext
  let page: Page
  let trouble: string[]

  beforeAll(async () => {
    stage = await openStage()
    context = await stage.openContext()
    page = await context.newPage()
    trouble = watchTrouble(page)
  })
  afterAll(() => stage?.close())
  const connect = () =>
    createKoble({ baseUrl: stage.url, apiKey: readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim() })

  it('is led by the one-time link to an organization of their own', async () => {
    await fillOwnerForm(page, stage)
    await demandAccessible(page)
    await page.getByRole('button', { name: 'Create the organization' }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
    await demandAccessible(page)
  })

  it('has downloaded at most 150 kB of compressed script when the overview is there', async () => {
    const fresh = await context.newPage()
    const scripts = new Set<string>()
    fresh.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(new URL(request.url()).pathname)
    })
    await fresh.goto(stage.url)
    await fresh.getByRole('status').getByText('Live').waitFor()
    const dist = join(import.meta.dirname, '..', 'apps', 'dashboard', 'dist')
    const sizes = [...scripts].map((path) => gzipSync(readFileSync(join(dist, path))).length)
    expect(sizes.length).toBeGreaterThan(3)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000)
    await fresh.close()
  })

  it('connects GitHub in a popup, with the permissions explained before', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).click()
    await page.getByRole('searchbox').fill('git')
    await page.getByRole('link', { name: /GitHub/ }).click()
    await demandAccessible(page)
    await page.getByRole('button', { name: 'Use the sandbox' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Koble will be allowed to').waitFor()
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('button', { name: 'Continue to GitHub' }).click(),
    ])
    await popup.getByText('octocat').first().click()
    await dialog.getByText('octocat').waitFor()
    expect(popup.isClosed() || (await popup.waitForEvent('close', { timeout: 5000 })) !== null).toBe(true)
    await dialog.getByRole('link', { name: 'Make a call' }).click()
    await page.getByRole('heading', { name: 'octocat' }).waitFor()
    await demandAccessible(page)
  })

  it('calls GitHub from the console, and sees the call in the live activity without a reload', async () => {
    const activity = page.getByRole('list', { name: 'Activity' })
    await page.getByRole('status').getByText('Live').waitFor()
    await page.getByLabel("Path below the provider's API").fill('/user/repos')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Status 200').waitFor()
    await page.getByText('octocat/hello-world').first().waitFor()
    await activity.getByText('GET /user/repos').waitFor()
  })

  it('receives a webhook that the stand-in signed, live in the activity', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click()
    await page.getByRole('status').getByText('Live').waitFor()
    const loadedAt = await page.evaluate(() => performance.timeOrigin)

    const koble = connect()
    const [connection] = (await koble.connections.list({ provider: 'github' })).data
    const endpoint = await koble.endpoints.create(connection?.integrationId ?? '', {})
    const hook = await koble.proxy(connection?.id ?? '', '/repos/octocat/hello-world/hooks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'web',
        config: { url: endpoint.url, secret: endpoint.secret, content_type: 'json' },
        events: ['issues'],
      }),
    })
    expect(hook.status).toBe(201)
    const issue = await koble.proxy(connection?.id ?? '', '/repos/octocat/hello-world/issues', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'A first webhook' }),
    })
    expect(issue.status).toBe(201)

    const activity = page.getByRole('list', { name: 'Activity' })
    await activity.getByText('Event issues was received').waitFor()
    await activity.getByText('GET /user/repos').waitFor()
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(loadedAt)
    await demandAccessible(page)
  })

  it('finds every page usable at 360 px, in the dark, and by keyboard', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const [connection] = (await connect().connections.list({ provider: 'github' })).data
    const own = [`/connections/${connection?.id}`, `/integrations/${connection?.integrationId}`]
    const connecting = ['/', '/marketplace', '/marketplace/stripe', '/integrations', '/connections', '/external-users']
    const watching = ['/endpoints', '/events', '/activity', '/requests', '/queued-requests']
    for (const path of [
      ...connecting,
      ...own,
      ...watching,
      '/approvals',
      '/policies',
      '/api-keys',
      '/keys',
      '/members',
      '/audit-log',
    ]) {
      await page.goto(`${stage.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page)
    }
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('connections')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/connections')
  })

  it('left no error behind in the page', () => {
    expect(trouble).toEqual([])
  })
})
