import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']

describe.skipIf(executablePath === null)('an admin, in a browser', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  const passphrase = 'correct horse battery staple'
  let program: Program
  let browser: Browser
  let page: Page
  let koble: Koble
  const trouble: string[] = []

  beforeAll(async () => {
    program = await startProgram({ KOBLE_DATA_DIR: dataDir })
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags })
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    page = await context.newPage()
    page.on('pageerror', (error) => trouble.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) trouble.push(message.text())
    })
    const apiKey = readFileSync(join(dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: program.url, apiKey })
    const config = { apiUrl: 'http://127.0.0.1:1' }
    const integration = await koble.integrations.create({ provider: 'api-key', config })
    const connections = ['ada', 'bo', 'cai', 'dag'].map((externalUserId) => ({
      integrationId: integration.id,
      externalUserId,
      accountLabel: `Account of ${externalUserId}`,
      credentials: { fields: { apiKey: `key-of-${externalUserId}` } },
    }))
    writeFileSync(join(dataDir, 'tokens.json'), JSON.stringify(connections))
    await page.goto(/http:\/\/\S+\/join\?token=\S+/.exec(program.output())?.[0] ?? '')
    await page.getByLabel('Organization').fill('Fjord AS')
    await page.getByLabel('Your name').fill('Ada Berg')
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create the organization' }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Connections' }).click()
  })
  afterAll(async () => {
    await browser?.close()
    program?.kill('SIGTERM')
    await program?.ended
    await killLeftDatabase(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
  })

  const demandAccessible = async () => {
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      const { violations: found } = await axe.run()
      return found
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
    })
    expect(violations).toEqual([])
  }
  const count = async () => (await koble.connections.list()).data.length

  it('imports existing keys from a file, after a dry run', async () => {
    await page.getByRole('button', { name: 'Import' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('File').setInputFiles(join(dataDir, 'tokens.json'))
    await dialog.getByRole('button', { name: 'Try it first' }).click()
    await dialog.getByText(/This would be the outcome of 4 connections: 4 new/).waitFor()
    expect(await count()).toBe(0)
    await demandAccessible()
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
    await demandAccessible()
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
    await demandAccessible()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('2 disconnected').waitFor()
    await demandAccessible()
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
    await demandAccessible()
    await row.getByRole('button', { name: 'Erase' }).click()
    const dialog = page.getByRole('dialog')
    const erase = dialog.getByRole('button', { name: 'Erase' })
    expect(await erase.getAttribute('aria-disabled')).toBe('true')
    await dialog.getByLabel(/to confirm/).fill('cai')
    await demandAccessible()
    await erase.click()
    await dialog.getByText('Completed').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await row.waitFor({ state: 'detached' })
    expect((await koble.externalUsers.list()).data.map(({ externalUserId }) => externalUserId)).not.toContain('cai')
    expect(trouble).toEqual([])
  })
})
