import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '@koble/providers/catalogue'
import { createKoble } from '@koble/sdk'
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

describe.skipIf(noBrowser)('the operations of a connection, in a browser', () => {
  let stage: Stage
  let context: BrowserContext
  let page: Page
  let trouble: string[]

  beforeAll(async () => {
    stage = await openStage()
    context = await stage.openContext()
    page = await context.newPage()
    trouble = watchTrouble(page)
    await signUpOwner(page, stage)
    await page.getByRole('navigation').getByRole('link', { name: 'Marketplace' }).waitFor()
  })
  afterAll(() => stage?.close())
  const result = () => page.getByRole('region', { name: 'Result' })
  const code = () => page.getByRole('region', { name: 'Code to copy' })
  const run = () => page.getByRole('button', { name: 'Run' }).click()

  it('are found in the console of an account that was just connected, by keyboard', async () => {
    await page.goto(`${stage.url}/marketplace/slack`)
    await page.getByRole('button', { name: 'Use the sandbox' }).click()
    const dialog = page.getByRole('dialog')
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('button', { name: 'Continue to Slack' }).click(),
    ])
    await popup.getByText('kari').first().click()
    await dialog.getByRole('link', { name: 'Make a call' }).click()
    await page.getByRole('link', { name: 'Operation' }).click()
    await page.getByRole('option', { name: /^Send a message/ }).waitFor()
    await demandAccessible(page)
    await page.getByLabel('Search the operations').fill('bar, a title')
    await page.getByRole('option').nth(1).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.waitForURL(/operation=sendAlert/)
    await page.getByRole('heading', { name: 'Send an alert' }).waitFor()
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('label, div')?.textContent))
      .toMatch(/channel/)
    await demandAccessible(page)
  })

  it('ask for what is required before anything is sent, and put the cursor there', async () => {
    await run()
    await expect.poll(() => page.getByText('Fill this in.').count()).toBe(3)
    expect(await page.getByLabel('channel').evaluate((field) => field === document.activeElement)).toBe(true)
    await result().getByText('Run the operation to see').waitFor()
    await demandAccessible(page)
  })

  it('run from the form with the example filled in, and show the answer, its time and the same in code', async () => {
    await page.getByRole('button', { name: 'Fill in the example' }).click()
    await page.getByLabel('severity').selectOption('warning')
    await page.getByRole('button', { name: 'Add to fields' }).click()
    await page.keyboard.type('Region')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Oslo')
    await page.keyboard.press('Control+Enter')
    await result().getByText('Status 200').waitFor()
    await result().getByText('1 call to Slack').waitFor()
    await result()
      .getByText(/^\d+(\.\d+)? m?s$/)
      .waitFor()
    expect(await result().getByRole('region', { name: 'Output' }).textContent()).toContain('"ts"')
    const typescript = await code().textContent()
    expect(typescript).toContain('.slack.sendAlert({')
    expect(typescript).toContain(`fields: { Region: 'Oslo' }`)
    await page.getByText('curl', { exact: true }).click()
    expect(await code().textContent()).toContain('/operations/sendAlert')
    await page.getByRole('list', { name: 'Activity' }).getByText('POST /chat.postMessage').first().waitFor()
    await demandAccessible(page)
  })

  it('say at the field what the server found wrong, and below what the provider said', async () => {
    await page.getByLabel('title').fill('x'.repeat(151))
    await run()
    await result().getByText('Status 400').waitFor()
    expect(await page.getByLabel('title').getAttribute('aria-invalid')).toBe('true')
    await page.getByText(/Too big.*150/).waitFor()
    await page.getByLabel('title').fill('Payments fail')
    await page.getByText(/Too big.*150/).waitFor({ state: 'detached' })
    await page.getByLabel('channel').fill('C0NOWHERE')
    await run()
    await result().getByText('Status 422').waitFor()
    await result().getByText('channel_not_found').waitFor()
    await result().getByText('provider_rejected').waitFor()
    await demandAccessible(page)
  })

  it('are written as JSON where one likes that better, and taken back into the form when it can show all', async () => {
    await page.getByText('JSON', { exact: true }).click()
    const json = page.getByLabel('Input as JSON')
    expect(JSON.parse(await json.inputValue())).toMatchObject({ channel: 'C0NOWHERE', fields: { Region: 'Oslo' } })
    await json.fill('{"channel": "general", "text": "Hei", "title": ')
    await run()
    await expect.poll(() => json.getAttribute('aria-invalid')).toBe('true')
    await json.fill('{"channel": "general", "text": "Hei", "title": "Ro", "unknown": 1}')
    await page.getByText('Form', { exact: true }).click()
    await page.getByText('The form cannot show all of this JSON').waitFor()
    await json.fill('{"channel": "general", "text": "Hei", "title": "Ro"}')
    await page.getByText('Form', { exact: true }).click()
    expect(await page.getByLabel('title').inputValue()).toBe('Ro')
    await run()
    await result().getByText('Status 200').waitFor()
  })

  it('keep what was filled in while one looks elsewhere, and are chosen again by their address', async () => {
    await page.getByRole('link', { name: 'Request', exact: true }).click()
    await page.getByLabel("Path below the provider's API").waitFor()
    await page.getByRole('link', { name: 'Operation' }).click()
    expect(await page.getByLabel('title').inputValue()).toBe('Ro')
    await page.getByRole('button', { name: 'All operations' }).click()
    await page.getByRole('option', { name: /^List channels/ }).click()
    await page.getByRole('heading', { name: 'List channels' }).waitFor()
    await page.goBack()
    await page.goBack()
    await page.getByRole('heading', { name: 'Send an alert' }).waitFor()
    expect(await page.getByLabel('title').inputValue()).toBe('Ro')
    await page.reload()
    await page.getByRole('heading', { name: 'Send an alert' }).waitFor()
  })

  it('of another way to connect are there when the sandbox was set up with that one', async () => {
    await page.goto(`${stage.url}/marketplace/auth0`)
    const way = page.getByLabel('How an account is connected')
    expect(await way.inputValue()).toBe('client_credentials')
    await way.selectOption('oauth2')
    await demandAccessible(page)
    await page.getByRole('button', { name: 'Use the sandbox' }).click()
    const dialog = page.getByRole('dialog')
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      dialog.getByRole('button', { name: 'Continue to Auth0' }).click(),
    ])
    await popup.getByText('kari@example.com').click()
    await dialog.getByRole('link', { name: 'Make a call' }).click()
    await page.getByRole('link', { name: 'Operation' }).click()
    await page.getByRole('option', { name: /^Get who is signed in/ }).click()
    expect(await page.getByRole('option', { name: /^List users/ }).count()).toBe(0)
    await run()
    await result().getByText('Status 200').waitFor()

    await page.goto(`${stage.url}/marketplace/auth0`)
    await page.getByRole('heading', { name: 'Connect to the sandbox in another way' }).waitFor()
    expect(await way.inputValue()).toBe('client_credentials')
    await demandAccessible(page)
    await page.getByRole('button', { name: 'Use the sandbox' }).click()
    expect(await dialog.getByLabel('Client ID').inputValue()).toBe('koble-sandbox-auth0')
    await dialog.getByRole('button', { name: 'Test and connect' }).click()
    await dialog.getByText('fjord.eu.auth0.com').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Use the sandbox' }).waitFor({ state: 'detached' })
  })

  it('fit on a narrow screen in the dark, with objects, lists and alternatives in the form', async () => {
    const koble = createKoble({
      baseUrl: stage.url,
      apiKey: readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim(),
    })
    const integration = await koble.integrations.create({ provider: 'vipps-recurring', sandbox: true })
    const connection = await koble.connections.create({
      integrationId: integration.id,
      externalUserId: 'customer-42',
      credentials: catalogue.get('vipps-recurring')?.sandbox?.connectionCredentials ?? {},
    })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    const address = `${stage.url}/connections/${connection.id}`
    await page.goto(`${address}?console=operation`)
    await page.getByRole('option').first().waitFor()
    await demandNoSidewaysScroll(page, 'the list of operations')
    await demandAccessible(page)
    await page.goto(`${address}?operation=createRecurringAgreement`)
    await page.getByRole('button', { name: 'Fill in the example' }).click()
    await page.getByLabel('Kind of pricing').selectOption({ label: 'VARIABLE' })
    await page.getByLabel('Kind of suggestedMaxAmount').selectOption({ label: 'Whole number' })
    await page.getByLabel('suggestedMaxAmount', { exact: true }).last().fill('49900')
    await page.getByRole('checkbox', { name: 'email' }).check()
    await run()
    await result().getByText('Status 200').waitFor()
    expect(await code().textContent()).toMatch(
      /type: 'VARIABLE',\s+suggestedMaxAmount: 49900,[\s\S]*profile: \['email'\]/,
    )
    await demandNoSidewaysScroll(page, 'the form')
    await demandAccessible(page)
  })

  it('left no error behind in the page', () => {
    expect(trouble).toEqual([])
  })
})
