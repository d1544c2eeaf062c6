import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()

/** Whether there is no browser to be had, and its tests are left out; never in CI. */
export const noBrowser = executablePath === null

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

/** The program on a data directory of its own, and a browser. */
export interface Stage {
  program: Program
  dataDir: string
  /** The address Koble calls itself: cookies and popups belong to that host. */
  url: string
  browser: Browser
  /** A window of its own, with cookies of its own. */
  openContext(viewport?: { width: number; height: number }): Promise<BrowserContext>
  /** Ends both, and removes the data directory. */
  close(): Promise<void>
}

/** Starts both; `close` it in `afterAll`. */
export async function openStage(environment: Record<string, string> = {}): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  const program = await startProgram({ KOBLE_DATA_DIR: dataDir, ...environment })
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags })
  return {
    program,
    dataDir,
    url: program.url.replace('127.0.0.1', 'localhost'),
    browser,
    async openContext(viewport = { width: 1280, height: 900 }) {
      // Contrast is measured on what stands still.
      const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
      // Shorter than a test may take, so that a failure names the step.
      context.setDefaultTimeout(30_000)
      return context
    },
    async close() {
      await browser.close()
      program.kill('SIGTERM')
      await program.ended
      await killLeftDatabase(dataDir)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Follows the one-time link to an organization of their own, and fills in the form. */
export async function fillOwnerForm(page: Page, { program }: Stage): Promise<void> {
  await page.goto(/http:\/\/\S+\/join\?token=\S+/.exec(program.output())?.[0] ?? '')
  await page.getByLabel('Organization').fill('Fjord AS')
  await page.getByLabel('Your name').fill('Ada Berg')
  await page.getByLabel('E-mail address').fill('ada@example.com')
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
}

/** The same, and sends it: from then on the page is an owner's. */
export async function signUpOwner(page: Page, stage: Stage): Promise<void> {
  await fillOwnerForm(page, stage)
  await page.getByRole('button', { name: 'Create the organization' }).click()
}

/** Errors of the page, and what its content security policy refused, as they come. */
export function watchTrouble(page: Page): string[] {
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) trouble.push(message.text())
  })
  return trouble
}

/** Has axe look at the page: it finds nothing serious, or nothing at all. */
export async function demandAccessible(
  page: Page,
  demanded: 'nothing serious' | 'nothing' = 'nothing serious',
): Promise<void> {
  await page.evaluate(axe.source)
  const find = async () => {
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      const { violations } = await axe.run()
      return violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        places: nodes.map(({ target }) => target.join(' ')),
      }))
    })
    const isSerious = ({ impact }: (typeof found)[number]) => impact === 'serious' || impact === 'critical'
    return demanded === 'nothing' ? found : found.filter(isSerious)
  }
  // A toast that comes or goes, or was told while a dialog was open, is hidden for a moment with its button still there.
  await expect.poll(find, { timeout: 8_000, interval: 400 }).toEqual([])
}

/** Has the page fit into the width of its window. */
export async function demandNoSidewaysScroll(page: Page, path: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow, `${path} scrolls sideways`).toBeLessThanOrEqual(0)
}
