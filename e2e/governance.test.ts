import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()

describe.skipIf(executablePath === null)('an owner who wants integrations approved', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  let program: Program
  let browser: Browser
  let page: Page
  let url: string
  const trouble: string[] = []

  beforeAll(async () => {
    program = await startProgram({ KOBLE_DATA_DIR: dataDir })
    url = program.url.replace('127.0.0.1', 'localhost')
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--headless', '--no-sandbox'] })
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    page = await context.newPage()
    page.on('pageerror', (error) => trouble.push(error.message))
    await page.goto(/http:\/\/\S+\/join\?token=\S+/.exec(program.output())?.[0] ?? '')
    await page.getByLabel('Organization').fill('Fjord AS')
    await page.getByLabel('Your name').fill('Ada Berg')
    await page.getByLabel('E-mail address').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create the organization' }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
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
      const result = await axe.run()
      return result.violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
    })
    expect(violations).toEqual([])
  }
  const shot = async (name: string) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }

  it('finds the policies, and requires approval', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Approvals' }).click()
    await page.getByRole('link', { name: 'Open the policies' }).click()
    await page.getByLabel('Approval of integrations').selectOption('required')
    await page.getByLabel('Keep events for').fill('14')
    await demandAccessible()
    await shot('policies')
    await page.getByRole('button', { name: 'Save the policies' }).click()
    await page.getByText('Saved').first().waitFor()
  })

  it('asks for an integration with the fewest scopes by one click, and is led to the request', async () => {
    await page.goto(`${url}/marketplace/github`)
    await page.getByLabel('Client ID').fill('Iv1.client')
    await page.getByLabel('Client secret').fill('client-secret')
    await page.getByRole('button', { name: 'Read only' }).click()
    await page.getByLabel('Classification').selectOption('restricted')
    await page.getByLabel('Why it is needed').fill('The issue list of our customers')
    await demandAccessible()
    await shot('set-up')
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.waitForURL('**/approvals/*')
    await page.getByText('The issue list of our customers').waitFor()
    await page.getByText('uploads.github.com', { exact: true }).waitFor()
    await page.getByRole('navigation').getByText('1 waiting').waitFor()
    expect(await page.getByText('client-secret').count()).toBe(0)
    await demandAccessible()
    await shot('approval')
  })

  it('decides, which is kept with the reason, and is told of having asked', async () => {
    await page.getByLabel('Reason').fill('Reads only')
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('being the only admin or owner').waitFor()
    await page.getByText('Approved by Ada Berg').waitFor()
    await page.getByRole('link', { name: 'Open', exact: true }).click()
    await page.getByRole('heading', { name: 'GitHub', level: 1 }).waitFor()
    await page.getByText('Active', { exact: true }).waitFor()
    await shot('integration')
  })

  it('sees a widening change wait beside the present settings', async () => {
    await page.getByRole('checkbox', { name: /all your repositories/ }).check()
    await page.getByLabel('Why it is needed').fill('Pull requests too')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('A change waits').waitFor()
    expect(await page.getByRole('checkbox', { name: /all your repositories/ }).isChecked()).toBe(false)
    await page.getByRole('link', { name: 'Open the request' }).click()
    await page.getByText('Widens').first().waitFor()
    await demandAccessible()
    await shot('change')
  })

  it('can use these pages at 360 px, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/approvals', new URL(page.url()).pathname, '/policies']) {
      await page.goto(`${url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow, `${path} scrolls sideways`).toBeLessThanOrEqual(0)
      await demandAccessible()
      await shot(`narrow${path.replaceAll('/', '-').slice(0, 12)}`)
    }
    expect(trouble).toEqual([])
  })
})
