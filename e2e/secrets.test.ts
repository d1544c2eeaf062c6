import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()
const secret = 'the-key-of-the-customer'

describe.skipIf(executablePath === null)('secrets, in a browser', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  let program: Program
  let browser: Browser
  let url: string
  let koble: Koble
  let connectionPath: string

  beforeAll(async () => {
    program = await startProgram({ KOBLE_DATA_DIR: dataDir, KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    url = program.url.replace('127.0.0.1', 'localhost')
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
    browser = await chromium.launch({ executablePath: executablePath ?? '', args })
    koble = createKoble({ baseUrl: url, apiKey: readFileSync(join(dataDir, 'admin-api-key'), 'utf8').trim() })
    const integration = await koble.integrations.create({ provider: 'api-key', config: { apiUrl: program.url } })
    const input = { integrationId: integration.id, externalUserId: 'u1', credentials: { apiKey: secret } }
    connectionPath = `/connections/${(await koble.connections.create(input)).id}`
  })
  afterAll(async () => {
    await browser?.close()
    program?.kill('SIGTERM')
    await program?.ended
    await killLeftDatabase(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** Somebody new who joins by an invitation to that role. */
  async function signUp(role: 'developer' | 'admin'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    const page = await context.newPage()
    const email = `${role}@example.com`
    await page.goto((await koble.invitations.create({ email, role })).url)
    await page.getByLabel('Your name').fill(`Somebody ${role}`)
    const address = page.getByLabel('E-mail address')
    if (await address.isEditable()) await address.fill(email)
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.locator('form button[type=submit]').click()
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
    return page
  }
  async function demandAccessible(page: Page): Promise<void> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      return (await axe.run()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    })
    expect(violations).toEqual([])
  }
  const readings = async () => (await koble.auditLog.list({ action: 'connection.token_read' })).data

  it('are revealed to an admin who confirmed, and then stand in the audit log, whose chain is whole', async () => {
    const page = await signUp('admin')
    await page.goto(url + connectionPath)
    await page.getByRole('button', { name: 'Reveal' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('Reveal the token?').waitFor()
    expect(await readings()).toEqual([])
    await dialog.getByRole('button', { name: 'Reveal' }).click()
    await page.getByText(secret).waitFor()
    await demandAccessible(page)
    expect(await readings()).toMatchObject([{ actorType: 'user', actorLabel: 'Somebody admin' }])
    await page.getByRole('button', { name: 'Hide' }).click()
    await page.getByText(secret).waitFor({ state: 'detached' })

    await page.goto(`${url}/audit-log`)
    await page.getByRole('button', { name: 'Verify chain' }).click()
    await page.getByText('The chain is whole').waitFor()
    await demandAccessible(page)
  })

  it('are not offered to a developer', async () => {
    const page = await signUp('developer')
    await page.goto(url + connectionPath)
    await page.getByRole('heading', { name: 'Facts' }).waitFor()
    expect(await page.getByRole('button', { name: 'Reveal' }).count()).toBe(0)
  })
})
