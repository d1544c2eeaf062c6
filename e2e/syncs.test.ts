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

describe.skipIf(noBrowser)('who keeps data up to date', () => {
  let stage: Stage
  let koble: Koble
  let context: BrowserContext
  let page: Page
  let trouble: string[]

  beforeAll(async () => {
    stage = await openStage()
    koble = createKoble({
      baseUrl: stage.url,
      apiKey: readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim(),
    })
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
  const openTab = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of the sync' }).getByRole('link', { name }).click()
  const records = () => page.getByRole('table', { name: 'Records' })

  it('finds the next step where there is nothing yet, and connects an account', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Syncs' }).click()
    await page.getByText('Nothing is kept up to date yet').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('syncs-empty')
    await page.getByRole('link', { name: 'New sync' }).first().click()
    await page.getByText('No account is connected yet').waitFor()
    await page.goto(`${stage.url}/marketplace/slack`)
    await page.getByRole('button', { name: 'Use the sandbox' }).click()
    const dialog = page.getByRole('dialog')
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('button', { name: 'Continue to Slack' }).click(),
    ])
    await popup.getByText('kari').first().click()
    await dialog.getByRole('link', { name: 'Make a call' }).waitFor()
  })

  it('chooses among the operations that list something, and is told what is wrong', async () => {
    await page.goto(`${stage.url}/syncs/new`)
    await page.getByLabel('Connection').selectOption({ index: 1 })
    const operation = page.getByLabel('Operation')
    await operation.selectOption({ label: 'List channels' })
    expect(await operation.locator('option').allTextContents()).not.toContain('Send a message')
    await page.getByRole('heading', { name: 'How it is kept' }).waitFor()
    // Koble asks for the pages itself.
    expect(await page.getByLabel('cursor').count()).toBe(0)
    await page.getByLabel('limit').fill('2')
    await page.getByLabel('Name', { exact: true }).fill('Rooms')
    await page.getByLabel('Path of the id').fill('uuid')
    await page.getByLabel(/^Every so many minutes/).fill('often')
    await page.getByRole('button', { name: 'Create and run' }).click()
    await page.getByText('A whole number is needed.').waitFor()
    await page.getByLabel(/^Every so many minutes/).fill('30')
    await page.getByRole('button', { name: 'Create and run' }).click()
    await page.getByText('have no such field').waitFor()
    await expect
      .poll(() => page.getByLabel('Path of the id').evaluate((field) => field === document.activeElement))
      .toBe(true)
    await demandAccessible(page, 'nothing')
    await shot('sync-new')
    await page.getByLabel('Path of the id').fill('id')
    await page.getByRole('button', { name: 'Create and run' }).click()
    await page.getByRole('heading', { name: 'Rooms', level: 1 }).waitFor()
  })

  it('sees what a run brought, and what is in the records', async () => {
    await page.getByRole('table', { name: 'Runs' }).getByText('Completed').waitFor()
    await page.getByText('Every 30 minutes').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('sync-runs')
    await openTab('Records')
    await records().getByRole('button').first().waitFor()
    const [sync] = (await koble.syncs.list()).data
    expect(sync).toMatchObject({ name: 'Rooms', operation: 'listChannels', input: { limit: 2 }, everyMinutes: 30 })
    await expect.poll(() => records().getByRole('button').count()).toBe(sync?.records)
    await page.getByLabel('Part of the id or of what is in it').fill('support')
    await expect.poll(() => records().getByRole('button').count()).toBe(1)
    await records().getByRole('button').press('Enter')
    await page.getByRole('dialog').getByRole('region', { name: 'Payload' }).getByText('"support"').waitFor()
    await demandAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByLabel('Deleted').selectOption('true')
    await page.getByText('No record fits').waitFor()
    await page.getByRole('button', { name: 'Show all records' }).click()
  })

  it('changes how often it runs, pauses it and runs it all the same', async () => {
    await openTab('Edit')
    await page.getByLabel(/^Every so many minutes/).fill('')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('By hand or webhook').waitFor()
    await demandAccessible(page, 'nothing')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').first().waitFor()
    await openTab('Runs')
    await page.getByRole('button', { name: 'Run now' }).click()
    await expect.poll(() => page.getByRole('table', { name: 'Runs' }).getByText('Completed').count()).toBe(2)
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => page.getByRole('table', { name: 'Runs' }).getByText('Completed').count()).toBe(3)
  })

  it('has the events of an endpoint run it', async () => {
    const [sync] = (await koble.syncs.list()).data
    const endpoint = await koble.endpoints.create(sync?.integrationId ?? '', {})
    await page.goto(`${stage.url}/endpoints/${endpoint.id}?tab=settings`)
    await page.getByLabel('Run syncs').selectOption('chosen')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByText('Choose one at least.').waitFor()
    await page.getByRole('group', { name: 'Syncs' }).getByLabel('Rooms').check()
    await demandAccessible(page, 'nothing')
    await shot('endpoint-syncs')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expect
      .poll(async () => (await koble.endpoints.get(endpoint.id)).handlers)
      .toEqual([{ type: 'forward' }, { type: 'activity' }, { type: 'sync', syncIds: [sync?.id] }])
    await koble.endpoints.test(endpoint.id)
    await page.goto(`${stage.url}/syncs/${sync?.id}`)
    await page.getByRole('link', { name: 'By webhook' }).click()
    await page.waitForURL(/\/events\//)
  })

  it('finds all of it on a narrow screen in the dark', async () => {
    const [sync] = (await koble.syncs.list()).data
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const paths = ['/syncs', `/syncs/${sync?.id}`, `/syncs/${sync?.id}?tab=records`, `/syncs/${sync?.id}?tab=settings`]
    for (const path of [...paths, `/syncs/new?connectionId=${sync?.connectionId}&operation=listChannels`]) {
      await page.goto(stage.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByRole('button').or(page.getByRole('link')).first().waitFor()
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page)
      await shot(`narrow${path.replaceAll(/\W+/g, '-').slice(0, 12)}${paths.indexOf(path)}`)
    }
  })

  it('deletes it after being asked', async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(`${stage.url}/syncs`)
    await page.getByRole('table', { name: 'Syncs' }).getByRole('link', { name: 'Rooms' }).press('Enter')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Nothing is kept up to date yet').waitFor()
    expect((await koble.syncs.list()).data).toEqual([])
    expect(trouble).toEqual([])
  })
})
