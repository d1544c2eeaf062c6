import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killLeftDatabase, type Program, startProgram } from '../apps/server/src/testing/program.ts'
import { ensureChromium } from '../scripts/ensure-chromium.ts'

const executablePath = ensureChromium()

describe.skipIf(executablePath === null)('an end user, in a browser', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'koble-e2e-'))
  let program: Program
  let browser: Browser
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
    program = await startProgram({ KOBLE_DATA_DIR: dataDir, KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    const apiKey = readFileSync(join(dataDir, 'admin-api-key'), 'utf8').trim()
    koble = createKoble({ baseUrl: program.url, apiKey })
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run']
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags })
    const context = await browser.newContext({ viewport: { width: 420, height: 800 }, reducedMotion: 'reduce' })
    context.setDefaultTimeout(15_000)
    page = await context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    program?.kill('SIGTERM')
    await program?.ended
    service?.closeAllConnections()
    service?.close()
    await killLeftDatabase(dataDir)
    rmSync(dataDir, { recursive: true, force: true })
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
  const demandAccessible = async () => {
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
    })
    expect(violations).toEqual([])
  }

  it('enters credentials by keyboard, is told when they are wrong, and is connected when they are right', async () => {
    await openSession((await setUp('basic-auth', 'Acme Bank', {})).id)
    await page.getByRole('button', { name: 'Connect Acme Bank' }).press('Enter')
    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password').fill('wrong')
    await demandAccessible()
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
    await demandAccessible()
    confirmed = true
    await page.getByRole('heading', { name: 'Connected' }).waitFor()
    await page.getByText('Ada Lovelace').waitFor()
  })
})

function json(reply: ServerResponse, body: object, status: number): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
