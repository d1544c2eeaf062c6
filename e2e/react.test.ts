import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../apps/server/src/free-port.ts'
import { demandAccessible, noBrowser, openStage, type Stage, watchTrouble } from './browser.ts'

const product = join(import.meta.dirname, '..', 'examples', 'react-settings', 'product.ts')

describe.skipIf(noBrowser)('the components in a product of another origin', () => {
  let stage: Stage
  let koble: Koble
  let page: Page
  let trouble: string[]
  let running: ChildProcess
  let url: string

  beforeAll(async () => {
    stage = await openStage({ KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.url, apiKey })
    await koble.integrations.create({ provider: 'github', sandbox: true })
    const port = await freePort()
    url = `http://localhost:${port}`
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      KOBLE_URL: stage.url,
      KOBLE_API_KEY: apiKey,
      PRODUCT_PORT: String(port),
    }
    running = spawn(process.execPath, [product], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(running.stdout as NodeJS.ReadableStream, 'data')
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
  })
  afterAll(async () => {
    running?.kill('SIGTERM')
    await stage?.close()
  })

  it('connects an account in a window of the provider’s, and disconnects it', async () => {
    await page.goto(url)
    await page.getByText('No accounts connected yet').waitFor()
    const opened = page.waitForEvent('popup')
    await page.getByRole('button', { name: /^Connect GitHub/ }).click()
    await (await opened).getByText('octocat').first().click()
    const row = page.getByRole('listitem').filter({ hasText: 'octocat' })
    await row.getByText('Connected', { exact: true }).waitFor()
    const { data } = await koble.connections.list({ externalUserId: 'customer-42' })
    expect(data).toMatchObject([{ provider: 'github', status: 'connected' }])
    await demandAccessible(page)
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, 'react-product.png'), fullPage: true })
    await row.getByRole('button', { name: /^Disconnect/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    await page.getByText('No accounts connected yet').waitFor()
  })

  it('looks as it should in whatever its bundler made of the styles, light or dark as the page around it', async () => {
    const button = page.getByRole('button', { name: /^Connect GitHub/ })
    const colours = () => button.evaluate((element) => getComputedStyle(element).backgroundColor)
    const light = await colours()
    expect(light).toMatch(/^oklch\(0\.49 /)
    await page.evaluate(() => document.documentElement.style.setProperty('color-scheme', 'dark'))
    await expect.poll(colours).toMatch(/^oklch\(0\.74 /)
    await page.evaluate(() => document.documentElement.style.removeProperty('color-scheme'))
    await expect.poll(colours).toBe(light)
  })

  it('makes a destination from there', async () => {
    await page.getByRole('button', { name: 'Add destination' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('From the product')
    await dialog.getByLabel('Address').fill('http://127.0.0.1:9/hooks')
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await page.getByRole('heading', { name: 'From the product' }).waitFor()
    const { data } = await koble.destinations.list({ externalUserId: 'customer-42' })
    expect(data).toMatchObject([{ name: 'From the product', eventTypes: ['*'] }])
  })

  it('gets nothing for a page of an origin that is not listed', async () => {
    await koble.organization.update({ allowedOrigins: [] })
    const stranger = await (await stage.openContext()).newPage()
    await stranger.goto(url)
    await stranger.getByText('The server cannot be reached').first().waitFor()
    expect(await stranger.getByText('From the product').count()).toBe(0)
  })

  it('meets no error of the page', () => {
    expect(trouble).toEqual([])
  })
})
