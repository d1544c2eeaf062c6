import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demandAccessible, noBrowser, openStage, type Stage } from './browser.ts'

const secret = 'the-key-of-the-customer'

describe.skipIf(noBrowser)('secrets, in a browser', () => {
  let stage: Stage
  let koble: Koble
  let connectionPath: string

  beforeAll(async () => {
    stage = await openStage({ KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.url, apiKey })
    const integration = await koble.integrations.create({ provider: 'api-key', config: { apiUrl: stage.program.url } })
    const input = { integrationId: integration.id, externalUserId: 'u1', credentials: { apiKey: secret } }
    connectionPath = `/connections/${(await koble.connections.create(input)).id}`
  })
  afterAll(() => stage?.close())

  /** Somebody new who joins by an invitation to that role. */
  async function signUp(role: 'developer' | 'admin'): Promise<Page> {
    const page = await (await stage.openContext()).newPage()
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
  const readings = async () => (await koble.auditLog.list({ action: 'connection.token_read' })).data

  it('are revealed to an admin who confirmed, and then stand in the audit log, whose chain is whole', async () => {
    const page = await signUp('admin')
    await page.goto(stage.url + connectionPath)
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

    await page.goto(`${stage.url}/audit-log`)
    await page.getByRole('button', { name: 'Verify chain' }).click()
    await page.getByText('The chain is whole').waitFor()
    await demandAccessible(page)
  })

  it('are not offered to a developer', async () => {
    const page = await signUp('developer')
    await page.goto(stage.url + connectionPath)
    await page.getByRole('heading', { name: 'Facts' }).waitFor()
    expect(await page.getByRole('button', { name: 'Reveal' }).count()).toBe(0)
  })
})
