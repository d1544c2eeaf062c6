import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKoble } from '@koble/sdk'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(executablePath === null)('a newcomer, in a browser', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  let program: Program
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let url: string
  const trouble: string[] = []

  beforeAll(async () => {
    program = await startProgram({ KOBLE_DATA_DIR: dataDir })
    // The address Koble calls itself: cookies and popups belong to that host.
    url = program.url.replace('127.0.0.1', 'localhost')
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags })
    // Contrast is measured on what stands still.
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    // Shorter than a test may take, so that a failure names the step.
    context.setDefaultTimeout(30_000)
    page = await context.newPage()
    page.on('pageerror', (error) => trouble.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) trouble.push(message.text())
    })
  })

  afterAll(async () => {
    await browser?.close()
    program?.kill('SIGTERM')
    await program?.ended
    await killLeftDatabase(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
  })

  const demandAccessible = async (target: Page = page) => {
    await target.evaluate(axe.source)
    const violations = await target.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      const result = await axe.run()
      return result.violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
    })
    expect(violations).toEqual([])
  }

  it('is led by the one-time link to an organization of their own', async () => {
    await page.goto(/http:\/\/\S+\/join\?token=\S+/.exec(program.output())?.[0] ?? '')
    await page.getByLabel('Organization').fill('Fjord AS')
    await page.getByLabel('Your name').fill('Ada Berg')
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await demandAccessible()
    await page.getByRole('button', { name: 'Create the organization' }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
    await demandAccessible()
  })

  it('connects GitHub in a popup, with the permissions explained before', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).click()
    await page.getByRole('searchbox').fill('git')
    await page.getByRole('link', { name: /GitHub/ }).click()
    await demandAccessible()
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
    await demandAccessible()
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

    const apiKey = readFileSync(join(dataDir, 'admin-api-key'), 'utf8').trim()
    const koble = createKoble({ baseUrl: url, apiKey })
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
    await demandAccessible()
  })

  it('finds every page usable at 360 px, in the dark, and by keyboard', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const paths = ['/', '/marketplace', '/marketplace/stripe', '/integrations', '/connections', '/endpoints', '/events']
    for (const path of [...paths, '/activity', '/api-keys', '/members', '/audit-log']) {
      await page.goto(`${url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow, `${path} scrolls sideways`).toBeLessThanOrEqual(0)
      await demandAccessible()
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
