import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demandAccessible, noBrowser, openStage, type Stage, signUpOwner, watchTrouble } from './browser.ts'

describe.skipIf(noBrowser)('an admin, in a browser', () => {
  const passphrase = 'correct horse battery staple'
  let stage: Stage
  let page: Page
  let koble: Koble
  let trouble: string[]

  beforeAll(async () => {
    stage = await openStage()
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.program.url, apiKey })
    const config = { apiUrl: 'http://127.0.0.1:1' }
    const integration = await koble.integrations.create({ provider: 'api-key', config })
    const connections = ['ada', 'bo', 'cai', 'dag'].map((externalUserId) => ({
      integrationId: integration.id,
      externalUserId,
      accountLabel: `Account of ${externalUserId}`,
      credentials: { fields: { apiKey: `key-of-${externalUserId}` } },
    }))
    writeFileSync(join(stage.dataDir, 'tokens.json'), JSON.stringify(connections))
    await signUpOwner(page, stage)
    await page.getByRole('navigation').getByRole('link', { name: 'Connections' }).click()
  })
  afterAll(() => stage?.close())

  const count = async () => (await koble.connections.list()).data.length

  it('imports existing keys from a file, after a dry run', async () => {
    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('File').setInputFiles(join(stage.dataDir, 'tokens.json'))
    await dialog.getByRole('button', { name: 'Try it first' }).click()
    await dialog.getByText(/This would be the outcome of 4 connections: 4 new/).waitFor()
    expect(await count()).toBe(0)
    await demandAccessible(page)
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog.getByText(/4 connections: 4 new, 0 replaced/).waitFor()
    // The outcome of the dry run reads nearly the same.
    await expect.poll(count).toBe(4)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('link', { name: 'Account of bo' }).waitFor()
  })

  it('exports them as a sealed file, which opens with its passphrase', async () => {
    await page.getByRole('button', { name: 'Export' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await demandAccessible(page)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Export' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('connections.koble')
    const bundle = readFileSync(await download.path(), 'utf8')
    expect(await koble.connections.import({ bundle, passphrase })).toMatchObject({ total: 4, skipped: 4 })
  })

  it('chooses rows and disconnects them, with the progress shown', async () => {
    await page.getByRole('checkbox', { name: 'Choose Account of ada' }).check()
    await page.getByRole('checkbox', { name: 'Choose Account of bo' }).check()
    await page.getByText('2 connections chosen').waitFor()
    await demandAccessible(page)
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('2 disconnected').waitFor()
    await demandAccessible(page)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    expect(await count()).toBe(2)
    await page.getByRole('link', { name: 'Account of ada' }).waitFor({ state: 'detached' })
  })

  it('exports and erases an external user, after typing the id', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'External users' }).click()
    const row = page.getByRole('row', { name: /^cai/ })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('button', { name: 'Export' }).click(),
    ])
    const { connections } = JSON.parse(readFileSync(await download.path(), 'utf8'))
    expect(connections).toMatchObject([{ externalUserId: 'cai' }])
    await demandAccessible(page)
    await row.getByRole('button', { name: 'Erase' }).click()
    const dialog = page.getByRole('dialog')
    const erase = dialog.getByRole('button', { name: 'Erase' })
    expect(await erase.getAttribute('aria-disabled')).toBe('true')
    await dialog.getByLabel(/to confirm/).fill('cai')
    await demandAccessible(page)
    await erase.click()
    await dialog.getByText('Completed').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await row.waitFor({ state: 'detached' })
    expect((await koble.externalUsers.list()).data.map(({ externalUserId }) => externalUserId)).not.toContain('cai')
    expect(trouble).toEqual([])
  })
})
