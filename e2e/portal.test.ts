import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { demandAccessible, demandNoSidewaysScroll, noBrowser, openStage, type Stage, watchTrouble } from './browser.ts'
import { type Receiver, startReceiver } from './receiver.ts'

describe.skipIf(noBrowser)('an end user at the portal', () => {
  let stage: Stage
  let koble: Koble
  let receiver: Receiver
  let page: Page
  let trouble: string[]
  /** Pages of a product, on an origin that is listed and on one that is not. */
  let product: Server
  let listed: string
  let stranger: string

  beforeAll(async () => {
    receiver = await startReceiver(['/broken'])
    stage = await openStage({ KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.program.url, apiKey })
    product = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://x').searchParams.get('page') ?? ''
      response.setHeader('content-type', 'text/html')
      response.end(
        `<!doctype html><title>A product</title><iframe title="Webhooks" width="900" height="700" src="${url}">`,
      )
    })
    await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve))
    const { port } = product.address() as AddressInfo
    listed = `http://localhost:${port}`
    stranger = `http://127.0.0.1:${port}`
    await koble.organization.update({ allowedOrigins: [listed] })
    for (const [name, description] of [
      ['invoice.paid', 'Somebody has paid.'],
      ['invoice.sent', 'An invoice is on its way.'],
      ['customer.created', 'There is somebody new.'],
    ] as const) {
      await koble.eventTypes.create({ name, description, examples: [{ amount: 100 }] })
    }
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
  })
  afterAll(async () => {
    await stage?.close()
    receiver?.close()
    product?.closeAllConnections()
    product?.close()
  })

  const linkFor = async (externalUserId: string, more: { readOnly?: boolean; expiresIn?: number } = {}) => {
    const { url } = await koble.portalSessions.create({ externalUserId, ...more })
    return url.replace('127.0.0.1', 'localhost')
  }
  const destinationOf = (externalUserId: string, name: string) =>
    koble.destinations.create({
      name,
      type: 'https',
      config: { url: receiver.url(`/${externalUserId}`) },
      externalUserId,
    })
  const shot = async (name: string, from = page) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await from.screenshot({ path: join(folder, `portal-${name}.png`) })
  }
  const check = async (name: string, from = page) => {
    await demandAccessible(from, 'nothing')
    await demandNoSidewaysScroll(from, name)
    await shot(name, from)
  }

  it('is let in by the link, whose token leaves the address at once and outlives loading the page again', async () => {
    await destinationOf('somebody-else', 'Not for your eyes')
    const requested: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    await page.goto(await linkFor('anna'))
    await page.getByText('No destinations yet').waitFor()
    expect(page.url()).not.toContain('koble_ps_')
    await page.reload()
    await page.getByText('No destinations yet').waitFor()
    expect(requested.filter((url) => url.replace(/#.*/, '').includes('koble_ps_'))).toEqual([])
    expect(await page.evaluate(() => Object.values(localStorage).join() + document.cookie)).not.toContain('koble_ps_')
    await check('empty')
  })

  it('makes a destination by keyboard, told what is wrong, with the event types of the product', async () => {
    await page.getByRole('button', { name: 'Add destination' }).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Add destination' })
    expect(await dialog.getByLabel('Name').evaluate((field) => field === document.activeElement)).toBe(true)
    await dialog.getByLabel('Address').fill('not an address')
    await dialog.getByLabel('Address').press('Enter')
    await dialog.getByText('This is needed.').waitFor()
    await dialog.getByText('This does not look right.').waitFor()
    await check('form-errors')
    await dialog.getByLabel('Name').fill('Bookkeeping')
    await dialog.getByLabel('Address').fill(receiver.url('/anna'))
    await dialog.getByLabel('Only these').check()
    await dialog.getByLabel('Everything in invoice').check()
    await dialog.getByText('More settings').click()
    await dialog.getByLabel('Authentication').selectOption('bearer')
    await dialog.getByLabel('Token').fill('a-token-of-the-receiver')
    await dialog.getByLabel('Filter').fill('["no object"]')
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await dialog.getByText('This is no JSON object.').waitFor()
    await dialog.getByLabel('Filter').fill('{ "data.amount": { "$atLeast": 50 } }')
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await dialog.getByText(/\$atLeast is not known/).waitFor()
    await dialog.getByLabel('Filter').fill('{ "data.amount": { "$gte": 5 } }')
    await dialog.getByLabel('Transform').fill('{ "kind": type, "data": data }')
    await check('form')
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await page.getByRole('heading', { name: 'Bookkeeping' }).waitFor()
    const { data } = await koble.destinations.list({ externalUserId: 'anna' })
    expect(data).toMatchObject([
      {
        ...{ name: 'Bookkeeping', eventTypes: ['invoice.*'], secretsSet: ['token'] },
        ...{ filter: { 'data.amount': { $gte: 5 } }, transform: '{ "kind": type, "data": data }' },
      },
    ])
  })

  it('tries it, and sees the signing secret on demand alone', async () => {
    await page.getByRole('button', { name: 'Send a test' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Kind of message').selectOption('invoice.paid')
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.getByText('It works: the answer was 200').waitFor()
    expect(receiver.at('/anna')[0]?.headers.authorization).toBe('Bearer a-token-of-the-receiver')
    await check('test')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('tab', { name: 'Deliveries' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await page.getByText('whsec_').count()).toBe(0)
    await page.getByRole('button', { name: 'Show' }).click()
    const shown = await page.getByLabel('Signing secret', { exact: true }).getByText('whsec_').textContent()
    const [destination] = (await koble.destinations.list({ externalUserId: 'anna' })).data
    expect(shown).toBe((await koble.destinations.secret(destination?.id ?? '')).secret)
    await check('signing')
  })

  it('sees a message arrive without loading the page again', async () => {
    await page.getByRole('tab', { name: 'Deliveries' }).click()
    await page.getByText('No messages yet').waitFor()
    await koble.messages.send({ eventType: 'invoice.paid', data: { amount: 100 }, externalUserId: 'anna' })
    await koble.messages.send({ eventType: 'invoice.paid', data: { amount: 7 }, externalUserId: 'somebody-else' })
    const row = page.getByRole('listitem').filter({ hasText: 'invoice.paid' })
    await row.getByText('Delivered').waitFor()
    expect(await row.count()).toBe(1)
  })

  it('finds out why one failed, mends the destination, and has the message sent again', async () => {
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('dialog').getByLabel('Address').fill(receiver.url('/broken'))
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await koble.messages.send({ eventType: 'invoice.sent', data: { amount: 5 }, externalUserId: 'anna' })
    const row = page.getByRole('listitem').filter({ hasText: 'invoice.sent' }).first()
    await row.getByText('Retrying').waitFor()
    await row.getByRole('button', { name: /invoice\.sent.*attempt/ }).click()
    await row.getByText('Answer', { exact: true }).first().click()
    await row.getByText('out of order').first().waitFor()
    await check('failing')

    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('dialog').getByLabel('Address').fill(receiver.url('/mended'))
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await row.getByRole('button', { name: 'Resend invoice.sent' }).click()
    await page.getByText('The message is sent again').waitFor()
    await row.getByText('Delivered').waitFor()
    const [arrival] = await receiver.received('/mended', 1)
    expect(JSON.parse(arrival?.body ?? '')).toMatchObject({ kind: 'invoice.sent', data: { amount: 5 } })
    await shot('resent')
    await page.getByRole('tab', { name: 'Attempts' }).click()
    await page.getByText('HTTP 500').first().waitFor()
    await check('attempts')
  })

  it('switches it off and on, and says what shall become of what waited', async () => {
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByText('Messages wait until it is switched on').waitFor()
    const { id } = await koble.messages.send({ eventType: 'invoice.sent', data: { amount: 9 }, externalUserId: 'anna' })
    await page.getByRole('button', { name: 'Switch on' }).click()
    await check('enable')
    await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('button', { name: 'Switch off' }).waitFor()
    // The one before may have come twice, by its retry and by hand.
    await vi.waitFor(
      () =>
        expect(
          receiver
            .at('/mended')
            .map(({ headers }) => String(headers['webhook-id']))
            .join(),
        ).toContain(id),
      { timeout: 30_000 },
    )
  })

  it('says how the receiver knows who calls, and what is secret of it stays as it is until it is written anew', async () => {
    const dialog = page.getByRole('dialog')
    const save = async () => {
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    const [{ id = '' } = {}] = (await koble.destinations.list({ externalUserId: 'anna' })).data
    await page.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByLabel('Authentication').selectOption({ label: 'OAuth 2.0 client credentials' })
    await dialog.getByLabel('Token URL').fill('no address')
    await dialog.getByLabel('Client ID').fill('koble')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('This does not look right.').waitFor()
    await dialog.getByText('This is needed.').waitFor()
    await check('client-credentials')
    await dialog.getByLabel('Token URL').fill('https://nowhere.invalid/token')
    await dialog.getByLabel('Client secret').fill('a-secret-of-the-client')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('There is no host').waitFor()
    await dialog.getByLabel('Token URL').fill(receiver.url('/token'))
    await dialog.getByLabel('Scopes').fill('hooks:write, hooks:read')
    await save()
    const type = 'oauth2_client_credentials'
    const asked = { type, tokenUrl: receiver.url('/token'), clientId: 'koble' }
    await koble.destinations.update(id, {
      config: { url: receiver.url('/mended'), authentication: { ...asked, audience: 'https://api.example.com' } },
    })
    await page.reload()
    await page.getByRole('button', { name: /Bookkeeping/ }).click()
    await page.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByLabel('Scopes').fill('hooks:write')
    await save()
    expect(await koble.destinations.get(id)).toMatchObject({
      config: { authentication: { ...asked, scopes: ['hooks:write'], audience: 'https://api.example.com' } },
      secretsSet: expect.arrayContaining(['clientSecret']),
    })
    await page.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByLabel('Authentication').selectOption({ label: 'Client certificate' })
    await dialog.getByLabel('Certificate', { exact: true }).fill('-----BEGIN CERTIFICATE-----')
    await dialog.getByLabel('Private key').fill('none')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('A key in PEM form').waitFor()
    await check('client-certificate')
    await dialog.getByLabel('Authentication').selectOption({ label: 'Signature only' })
    await save()
  })

  it('sees the own destinations alone', async () => {
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('button', { name: /Bookkeeping/ }).waitFor()
    expect(await page.getByText('Not for your eyes').count()).toBe(0)
    await check('list')
  })

  it('fits a phone, in the dark, in Norwegian', async () => {
    const context = await stage.openContext({ width: 360, height: 740 })
    const phone = await context.newPage()
    await phone.goto(`${await linkFor('anna')}&locale=nb&theme=dark`)
    await phone.getByRole('button', { name: /Bookkeeping/ }).waitFor()
    await check('phone-list', phone)
    await phone.getByRole('button', { name: /Bookkeeping/ }).click()
    await phone.getByRole('listitem').getByText('Levert').first().waitFor()
    await phone.getByRole('button', { name: /invoice\.paid.*forsøk/ }).click()
    await phone.getByText('HTTP 200').first().waitFor()
    await check('phone-deliveries', phone)
    await phone.getByRole('tab', { name: 'Detaljer' }).click()
    await check('phone-details', phone)
    await phone.getByRole('button', { name: 'Endre' }).click()
    await check('phone-form', phone)
    await context.close()
  })

  it('may only look when the session is for that', async () => {
    await page.goto(await linkFor('anna', { readOnly: true }))
    await page.getByText('Read only', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Add destination' }).count()).toBe(0)
    await page.getByRole('button', { name: /Bookkeeping/ }).click()
    await page.getByRole('listitem').getByText('Delivered').first().waitFor()
    for (const name of ['Edit', 'Delete', 'Switch off', 'Send a test', /Resend/]) {
      expect(await page.getByRole('button', { name }).count(), String(name)).toBe(0)
    }
    await check('read-only')
  })

  it('goes on where it was with another token behind the number sign, and deletes a destination after being asked', async () => {
    await page.goto(await linkFor('anna'))
    await page.getByRole('heading', { name: 'Bookkeeping' }).waitFor()
    expect(page.url()).not.toContain('koble_ps_')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No destinations yet').waitFor()
    expect((await koble.destinations.list({ externalUserId: 'anna' })).data).toEqual([])
  })

  it('is told when the link is no longer valid, or is none', async () => {
    const link = await linkFor('anna')
    await page.goto(`${link}x`)
    await page.getByRole('heading', { name: 'This link is no longer valid' }).waitFor()
    await check('expired')
    const fresh = await (await stage.openContext()).newPage()
    await fresh.goto(link.replace(/#.*/, ''))
    await fresh.getByRole('heading', { name: 'This link is no longer valid' }).waitFor()
  })

  it('finds the page in a frame of the product, and nowhere else', async () => {
    await destinationOf('bjorn', 'In the product')
    const embed = async (origin: string): Promise<{ host: Page; frame: Frame | undefined }> => {
      const host = await (await stage.openContext()).newPage()
      await host.goto(`${origin}/?page=${encodeURIComponent(await linkFor('bjorn'))}`)
      return { host, frame: host.frames()[1] }
    }
    const inside = await embed(listed)
    await inside.frame?.getByRole('button', { name: /In the product/ }).click()
    await inside.frame?.getByText('No messages yet').waitFor()
    await shot('framed', inside.host)
    const outside = await embed(stranger)
    await outside.host.waitForLoadState('networkidle')
    expect(await outside.frame?.getByText('In the product').count()).toBe(0)
    expect(outside.frame?.url()).toContain('chrome-error')
  })

  it('meets no error of the page, and nothing that its policy refuses', () => {
    expect(trouble).toEqual([])
  })
})
