import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../apps/server/src/free-port.ts'
import { noBrowser, openStage, type Stage } from './browser.ts'

const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs', 'guides', 'connect-your-users.md'), 'utf8')
const blocks = [...guide.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text]) => ({ language, text: text ?? '' }))
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)

describe.skipIf(noBrowser)('the guide “Connect your users in ten minutes”, followed literally', () => {
  let stage: Stage
  let product: ChildProcess
  let output = ''
  /** What the guide has on its standard ports and in the usual folder runs beside others here. */
  let here: (text: string) => string
  const shell = (text: string) =>
    spawn('sh', ['-c', `set -e\n${text}`], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true })

  beforeAll(async () => {
    stage = await openStage()
    const productPort = await freePort()
    here = (text) =>
      text
        .replaceAll('http://localhost:3000', stage.url)
        .replaceAll('localhost:4000', `localhost:${productPort}`)
        .replaceAll('.koble/', `${stage.dataDir}/`)
        .replace('npx node', `PRODUCT_PORT=${productPort} ${process.execPath}`)
  })
  afterAll(async () => {
    if (product?.pid) process.kill(-product.pid, 'SIGKILL')
    await stage?.close()
  })

  it('shows the product that is in the checkout', () => {
    const file = readFileSync(join(root, 'examples', 'connect-your-users', 'product.ts'), 'utf8')
    expect(blocks.filter(({ language }) => language === 'ts').map(({ text }) => text)).toEqual([file])
    expect(commands).toHaveLength(4)
    expect(commands[0]).toBe('npm ci && npm start\n')
  })

  it('sets up GitHub, and starts the product', async () => {
    const [, variables = '', setUp = '', start = ''] = commands
    const setting = shell(here(variables + setUp))
    expect(await once(setting, 'exit')).toEqual([0, null])
    product = shell(here(variables + start))
    product.stdout?.on('data', (chunk) => {
      output += chunk
    })
    await vi.waitFor(() => expect(output).toContain('Your product:'), { timeout: 20_000 })
  })

  it('connects the customer, and lists the repositories', async () => {
    const page = await (await stage.openContext()).newPage()
    await page.goto(here('http://localhost:4000'))
    await page.getByRole('button', { name: 'Connect GitHub' }).click()
    await page.getByText('octocat').first().click()
    await page.getByRole('heading', { name: 'Repositories of octocat' }).waitFor()
    expect(await page.getByRole('listitem').allTextContents()).toContain('octocat/hello-world')
  })
})
