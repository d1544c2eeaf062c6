import { join } from 'node:path'
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

describe.skipIf(noBrowser)('an owner who wants integrations approved', () => {
  let stage: Stage
  let page: Page
  let trouble: string[]

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

  it('finds the policies, and requires approval', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Approvals' }).click()
    await page.getByRole('link', { name: 'Open the policies' }).click()
    await page.getByLabel('Approval of integrations').selectOption('required')
    await page.getByLabel('Keep events for').fill('14')
    await demandAccessible(page)
    await shot('policies')
    await page.getByRole('button', { name: 'Save the policies' }).click()
    await page.getByText('Saved').first().waitFor()
  })

  it('asks for an integration with the fewest scopes by one click, and is led to the request', async () => {
    await page.goto(`${stage.url}/marketplace/github`)
    await page.getByLabel('Client ID').fill('Iv1.client')
    await page.getByLabel('Client secret').fill('client-secret')
    await page.getByRole('button', { name: 'Read only' }).click()
    await page.getByLabel('Classification').selectOption('restricted')
    await page.getByLabel('Why it is needed').fill('The issue list of our customers')
    await demandAccessible(page)
    await shot('set-up')
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.waitForURL('**/approvals/*')
    await page.getByText('The issue list of our customers').waitFor()
    await page.getByText('uploads.github.com', { exact: true }).waitFor()
    await page.getByRole('navigation').getByText('1 waiting').waitFor()
    expect(await page.getByText('client-secret').count()).toBe(0)
    await demandAccessible(page)
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
    await demandAccessible(page)
    await shot('change')
  })

  it('can use these pages at 360 px, in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/approvals', new URL(page.url()).pathname, '/policies']) {
      await page.goto(`${stage.url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      await demandNoSidewaysScroll(page, path)
      await demandAccessible(page)
      await shot(`narrow${path.replaceAll('/', '-').slice(0, 12)}`)
    }
    expect(trouble).toEqual([])
  })
})
