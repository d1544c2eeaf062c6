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

describe.skipIf(noBrowser)('who writes a plugin', () => {
  let stage: Stage
  let koble: Koble
  let page: Page
  let trouble: string[]
  let endpoint: { id: string; url: string; secret: string | null }
  let pluginId: string

  beforeAll(async () => {
    stage = await openStage()
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.url, apiKey })
    const config = { apiUrl: 'https://api.example.com' }
    const { id } = await koble.integrations.create({ provider: 'api-key', name: 'Acme', config })
    endpoint = await koble.endpoints.create(id, {
      name: 'Orders',
      verification: {
        signature: { type: 'token', header: 'x-token' },
        eventType: { field: 'type' },
        eventId: { field: 'id' },
      },
    })
    const context = await stage.openContext()
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
  const deliver = async (body: object) => {
    const headers = { 'content-type': 'application/json', 'x-token': endpoint.secret ?? '' }
    const answer = await fetch(endpoint.url, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { eventId: string }).eventId
  }
  const outcome = () => page.getByText('What comes out').locator('..')

  it('finds out what plugins are for, and writes one while seeing what it makes of an event', async () => {
    await deliver({ id: 'order-1', type: 'order.paid', amount: 7 })
    await page.getByRole('navigation').getByRole('link', { name: 'Plugins' }).click()
    await page.getByText('There is no plugin yet').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('plugins-none')
    await page.getByRole('link', { name: 'New plugin' }).first().click()
    await outcome().getByText('Changed').waitFor()
    await page.getByRole('region', { name: 'Result' }).getByText('"seen"').waitFor()
    await page.getByLabel('Sample').selectOption({ index: 1 })
    await outcome().getByText('Dropped').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('plugin-new')
  })

  it('is told where the code is wrong, and what it wrote', async () => {
    const code = page.getByLabel('Code', { exact: true })
    await code.fill(
      'export default (event) => {\n  console.log("amount", event.body.amount)\n  return event.no.such\n}',
    )
    await page.getByText(/TypeError.*\(line 3/).waitFor()
    await page.getByRole('region', { name: 'Lines it wrote' }).getByText('amount 7').waitFor()
    await page.getByRole('button', { name: 'Make the plugin' }).click()
    await page.getByText('A name is needed.').waitFor()
    await page.getByLabel('Name').fill('Small orders')
    await code.fill('export default (event) => {\n  return {{\n}')
    await page.getByRole('button', { name: 'Make the plugin' }).click()
    await page.getByRole('alert').filter({ hasText: 'line 2' }).first().waitFor()
    await demandAccessible(page, 'nothing')
    await code.fill('export default () => ({ data: { version: 1 } })')
    await page.getByRole('button', { name: 'Make the plugin' }).click()
    await page.getByRole('heading', { name: 'Small orders', level: 1 }).waitFor()
    pluginId = (await koble.plugins.list()).data[0]?.id ?? ''
    await page.getByText('None yet. Add it in the settings').waitFor()
  })

  it('has an endpoint run it, and sees in an event what it did', async () => {
    await page.goto(`${stage.url}/endpoints/${endpoint.id}?tab=settings`)
    await page.getByLabel('Run a plugin').selectOption({ label: 'Small orders' })
    await page.getByRole('list', { name: 'Plugins that are run' }).getByText('Small orders').waitFor()
    await demandAccessible(page, 'nothing')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expect
      .poll(async () => (await koble.endpoints.get(endpoint.id)).handlers)
      .toContainEqual({ type: 'plugin', pluginId })
    const id = await deliver({ id: 'order-2', type: 'order.paid', amount: 7 })
    await expect.poll(async () => (await koble.events.get(id)).status).toBe('completed')
    await page.goto(`${stage.url}/events/${id}`)
    const runs = page.getByRole('list', { name: 'Plugins', exact: true })
    await runs.getByText('Small orders, version 1').waitFor()
    await runs.getByText('Changed').waitFor()
    await demandAccessible(page, 'nothing')
  })

  it('saves another version, goes back to the one before, and switches it off', async () => {
    await page.goto(`${stage.url}/plugins/${pluginId}`)
    await page.getByRole('link', { name: 'Orders' }).waitFor()
    await page.getByLabel('Code', { exact: true }).fill('export default () => ({ drop: true })')
    await outcome().getByText('Dropped').waitFor()
    await page.getByRole('button', { name: 'Save as a new version' }).click()
    const versions = page.getByRole('table', { name: 'Versions' })
    await versions.getByRole('row').filter({ hasText: 'Runs' }).getByText('2', { exact: true }).waitFor()
    await demandAccessible(page, 'nothing')
    await shot('plugin')
    await page.getByRole('button', { name: 'Make current: version 1' }).click()
    await versions.getByRole('row').filter({ hasText: 'Runs' }).getByText('1', { exact: true }).waitFor()
    expect(await page.getByLabel('Code', { exact: true }).inputValue()).toContain('version: 1')
    await page.getByRole('button', { name: 'Show code of version 2' }).click()
    await expect.poll(() => page.getByLabel('Code', { exact: true }).inputValue()).toContain('drop')
    await page.getByLabel('Time limit, in milliseconds').fill('5')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByRole('alert').filter({ hasText: 'timeoutMs' }).waitFor()
    await page.getByLabel('Time limit, in milliseconds').fill('100')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expect.poll(async () => (await koble.plugins.get(pluginId)).timeoutMs).toBe(100)
    await page.getByRole('button', { name: 'Switch off' }).click()
    await expect.poll(async () => (await koble.plugins.get(pluginId)).enabled).toBe(false)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Take it out of the handlers of these endpoints first: Orders.').first().waitFor()
  })

  it('reads all of it on a telephone, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await page.setViewportSize({ width: 360, height: 800 })
    for (const path of ['/plugins', '/plugins/new', `/plugins/${pluginId}`, `/endpoints/${endpoint.id}?tab=settings`]) {
      await page.goto(`${stage.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page, 'nothing')
      await shot(`narrow${path.replaceAll(/[/?=]|[0-9a-f-]{36}/g, '-')}`)
    }
    expect(trouble).toEqual([])
  })
})
