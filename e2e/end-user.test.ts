import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demandAccessible, noBrowser, openStage, type Stage } from './browser.ts'

describe.skipIf(noBrowser)('an end user, in a browser', () => {
  let stage: Stage
  let page: Page
  let koble: Koble
  let service: Server
  let origin: string
  let confirmed = false

  beforeAll(async () => {
    service = createServer((request, reply) => {
      const send = (body: object, status = 200) => json(reply, body, status)
      const basic = `Basic ${Buffer.from('ada:open-sesame').toString('base64')}`
      if (request.url === '/me') {
        const known = [basic, 'Bearer the-token'].includes(request.headers.authorization ?? '')
        return send(known ? { name: 'Ada Lovelace' } : {}, known ? 200 : 401)
      }
      if (request.url === '/device') {
        const codes = { device_code: 'secret-code', user_code: 'WDJB-MJHT', expires_in: 600, interval: 1 }
        return send({ ...codes, verification_uri: `${origin}/activate` })
      }
      if (!confirmed) return send({ error: 'authorization_pending' }, 400)
      send({ access_token: 'the-token', token_type: 'Bearer' })
    })
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
    stage = await openStage({ KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    const apiKey = readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: stage.program.url, apiKey })
    page = await (await stage.openContext({ width: 420, height: 800 })).newPage()
  })
  afterAll(async () => {
    await stage?.close()
    service?.closeAllConnections()
    service?.close()
  })

  const setUp = async (provider: string, name: string, config: object, credentials = {}) =>
    await koble.integrations.create({
      provider,
      name,
      credentials,
      config: { apiUrl: origin, testPath: '/me', accountLabelPath: 'name', ...config },
    })
  const openSession = async (integrationId: string) => {
    const session = await koble.connectSessions.create({ externalUserId: 'ada', integrations: [integrationId] })
    await page.goto(session.url.replace('127.0.0.1', 'localhost'))
  }
  it('enters credentials by keyboard, is told when they are wrong, and is connected when they are right', async () => {
    await openSession((await setUp('basic-auth', 'Acme Bank', {})).id)
    await page.getByRole('button', { name: 'Connect Acme Bank' }).press('Enter')
    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password').fill('wrong')
    await demandAccessible(page, 'nothing')
    await page.getByLabel('Password').press('Enter')
    await page.getByText('Acme Bank did not accept the credentials').waitFor()
    await page.getByLabel('Password').fill('open-sesame')
    await page.getByLabel('Password').press('Enter')
    await page.getByRole('heading', { name: 'Connected' }).waitFor()
    await page.getByText('Ada Lovelace').waitFor()
  })

  it('is shown a code, and connected as soon as it is confirmed elsewhere', async () => {
    const addresses = { deviceAuthorizationUrl: `${origin}/device`, tokenUrl: `${origin}/token` }
    await openSession((await setUp('device-code', 'Acme Radio', addresses, { clientId: 'radio' })).id)
    await page.getByRole('button', { name: 'Connect Acme Radio' }).click()
    await page.getByText('WDJB-MJHT').waitFor()
    expect(await page.getByRole('link', { name: /Open/ }).getAttribute('href')).toBe(`${origin}/activate`)
    await demandAccessible(page, 'nothing')
    confirmed = true
    await page.getByRole('heading', { name: 'Connected' }).waitFor()
    await page.getByText('Ada Lovelace').waitFor()
  })
})

function json(reply: ServerResponse, body: object, status: number): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
