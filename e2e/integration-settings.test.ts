import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
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

describe.skipIf(noBrowser)('who sets up how an integration is called', () => {
  let stage: Stage
  let koble: Koble
  let page: Page
  let trouble: string[]
  let id: string

  beforeAll(async () => {
    stage = await openStage()
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.url, apiKey })
    const config = { apiUrl: 'https://api.example.com' }
    id = (await koble.integrations.create({ provider: 'api-key', name: 'Acme', config })).id
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
    await signUpOwner(page, stage)
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
    await page.goto(`${stage.url}/integrations/${id}`)
    await page.getByRole('heading', { name: 'Rate limits' }).waitFor()
  })
  afterAll(() => stage?.close())

  const shot = async (name: string) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
  const saved = () => koble.integrations.get(id)

  it('sets limits for each connection, for all and for a path, and takes one away again', async () => {
    await page.getByRole('button', { name: 'Add a limit, each connection' }).click()
    await page.getByLabel('Calls, each connection, limit 1').fill('100')
    await page.getByRole('button', { name: 'Add a limit, all connections together' }).click()
    await page.getByRole('button', { name: 'Save rate limits' }).click()
    await page.getByText('A limit is a whole number of calls').waitFor()
    expect((await saved()).rateLimits).toEqual({})

    await page.getByLabel('Calls, all connections together, limit 1').fill('5000')
    await page.getByLabel('Seconds, all connections together, limit 1').fill('3600')
    await page.getByRole('button', { name: 'Add a limit for a path' }).click()
    await page.getByLabel('Method').last().selectOption('POST')
    await page.getByLabel('Path', { exact: true }).fill('/orders/*')
    await page.getByLabel('Calls, path 1, limit 1').fill('2')
    await page.getByLabel('Seconds, path 1, limit 1').fill('0.5')
    await page.getByLabel('Longest wait, in seconds').fill('3')
    await demandAccessible(page)
    await shot('rate-limits')
    await page.getByRole('button', { name: 'Save rate limits' }).click()
    const limits = {
      connection: [{ requests: 100, perSeconds: 60 }],
      integration: [{ requests: 5000, perSeconds: 3600 }],
      endpoints: [{ method: 'POST', path: '/orders/*', per: 'connection', limits: [{ requests: 2, perSeconds: 0.5 }] }],
      maxWaitSeconds: 3,
    }
    await expect.poll(async () => (await saved()).rateLimits).toEqual(limits)

    await page.getByRole('button', { name: 'Remove path 1' }).click()
    await page.getByRole('button', { name: 'Save rate limits' }).click()
    const { endpoints: _removed, ...rest } = limits
    await expect.poll(async () => (await saved()).rateLimits).toEqual(rest)
  })

  it('says how often connections are tried, and is told what cannot be', async () => {
    await page.getByLabel('Hours between two checks').fill('6')
    await page.getByRole('button', { name: 'Save health checks' }).click()
    await expect.poll(async () => (await saved()).healthCheck).toEqual({ enabled: true, intervalHours: 6 })
    await page.getByRole('button', { name: 'Save health checks', disabled: false }).waitFor()
    await page.getByLabel('Hours between two checks').fill('9000')
    await page.getByRole('button', { name: 'Save health checks' }).click()
    await page.getByRole('alert').filter({ hasText: 'intervalHours' }).waitFor()
    await page.getByLabel('Hours between two checks').fill('6')
    await page.getByLabel('Try each connection now and then').uncheck()
    await page.getByRole('button', { name: 'Save health checks' }).click()
    await expect.poll(async () => (await saved()).healthCheck).toEqual({ enabled: false, intervalHours: 6 })
  })

  it('keeps answers, and says how many', async () => {
    await page.getByLabel('Keep answers to GET, each for its connection').check()
    await page.getByLabel('Answers to keep at most').fill('50')
    await page.getByRole('button', { name: 'Save gateway settings' }).click()
    await expect
      .poll(async () => (await koble.integrations.gatewaySettings(id)).cache)
      .toEqual({ enabled: true, maxEntries: 50 })
  })

  it('finds it all again after a reload, at 360 px and in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    await page.reload()
    expect(await page.getByLabel('Calls, all connections together, limit 1').inputValue()).toBe('5000')
    await page.getByRole('button', { name: 'Add a limit for a path' }).click()
    await demandNoSidewaysScroll(page, '/integrations/…')
    await demandAccessible(page, 'nothing')
    await shot('narrow-rate-limits')
    expect(trouble).toEqual([])
  })
})
