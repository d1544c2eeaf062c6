import { join } from 'node:path'
import { createKoble } from '@koble/sdk'
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

describe.skipIf(noBrowser)('an owner who looks after keys', () => {
  let stage: Stage
  let page: Page
  let trouble: string[]
  let apiKey: string

  beforeAll(async () => {
    stage = await openStage()
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
    await signUpOwner(page, stage)
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
  })
  afterAll(() => stage?.close())

  const shot = async (name: string) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
  const list = () => createKoble({ baseUrl: stage.url, apiKey }).connections.list()

  it('makes an API key, which is shown once and works', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'API keys' }).click()
    await page.getByRole('button', { name: 'New API key' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Backend')
    await dialog.getByLabel('Role').selectOption('viewer')
    await dialog.getByRole('button', { name: 'Make the key' }).click()
    const shown = dialog.getByText(/^koble_[\w-]{43}$/)
    apiKey = (await shown.textContent()) ?? ''
    await demandAccessible(page)
    await dialog.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('button', { name: 'Revoke Backend' }).waitFor()
    expect((await list()).data).toEqual([])
  })

  it('closes it to all networks but one, gives it an end, and opens it again', async () => {
    const change = async (networks: string, expires: string) => {
      await page.getByRole('button', { name: 'Change Backend' }).click()
      const dialog = page.getByRole('dialog', { name: 'Change Backend' })
      await dialog.getByLabel('Networks').fill(networks)
      await dialog.getByLabel('Expires').selectOption(expires)
      await demandAccessible(page)
      await shot('api-key-change')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await change('192.0.2.0/24', '30')
    await page.getByText('From 1 network only').waitFor()
    await page.getByText('in 29 days').waitFor()
    await expect(list()).rejects.toMatchObject({ code: 'address_not_allowed' })
    await change('', '')
    await page.getByText('From 1 network only').waitFor({ state: 'detached' })
    await demandAccessible(page)
    await shot('api-keys')
    expect((await list()).data).toEqual([])
  })

  it('revokes it, after which it opens nothing', async () => {
    await page.getByRole('button', { name: 'Revoke Backend' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Backend is revoked').first().waitFor()
    await expect(list()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('finds the encryption keys by a word, is told what there is, and rotates them to the end', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('rotate')
    await page.getByRole('option', { name: 'Encryption keys' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Encryption keys', level: 1 }).waitFor()
    await page.getByText('The keys were never replaced').waitFor()
    await demandAccessible(page)
    await shot('keys-before')

    await page.getByRole('button', { name: 'Rotate the keys' }).click()
    await demandAccessible(page)
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate' }).click()
    const rotation = page.locator('section').filter({ hasText: 'Last rotation' })
    await rotation.getByText('Completed').waitFor()
    const newest = page.getByRole('table', { name: 'Data keys' }).getByRole('row').nth(1)
    await newest.getByText('In use').waitFor()
    await demandAccessible(page)
    await shot('keys')

    await page.getByRole('button', { name: 'Wrap anew' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Wrap anew' }).click()
    await page.getByText('Wrapping the data keys anew').waitFor()
    await rotation.getByText('Completed').waitFor()
  })

  it('can use both pages at 360 px, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/api-keys', '/keys']) {
      await page.goto(`${stage.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page, 'nothing')
      await shot(`narrow${path.replaceAll('/', '-')}`)
    }
    expect(trouble).toEqual([])
  })
})
