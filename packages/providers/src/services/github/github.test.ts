import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Delivery, generateSecret, verifySignature } from '@koble/core/signatures'
import { sign } from '@octokit/webhooks-methods'
import { createEmulator } from 'emulate'
import { describe, expect, test } from 'vitest'
import type { Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { sandboxSeed } from '../../sandbox.ts'
import { github } from './github.ts'

const webhooks = github.webhooks as Webhooks
const now = new Date()

describe('GitHub webhooks', () => {
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  test('accept the published example', () => {
    const delivery = {
      headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
      body: Buffer.from('Hello, World!'),
    }
    const secrets = ["It's a Secret to Everybody"]
    expect(verifySignature(webhooks.signature, delivery, { secrets, now })).toEqual({ verified: true })
  })

  test("accept what GitHub's own library signs, and nothing signed by SHA-1 alone", async () => {
    const secret = generateSecret(webhooks.signature)
    const body = Buffer.from('{"zen":"Approachable is better than simple. æøå"}')
    const headers = { 'x-hub-signature-256': await sign(secret, body.toString()) }
    expect(verifySignature(webhooks.signature, { headers, body }, { secrets: [secret], now })).toEqual({
      verified: true,
    })
    const legacy = { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` }
    expect(verifySignature(webhooks.signature, { headers: legacy, body }, { secrets: [secret], now })).toMatchObject({
      reason: 'header_missing',
    })
  })

  test('read a form-encoded delivery like a JSON one', () => {
    const payload = { zen: 'Keep it logically awesome.', hook_id: 1, sender: { id: 583231 } }
    const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString())
    const headers = { 'x-github-event': 'ping', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' }
    const delivery = { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body }
    expect(readSource(webhooks.eventType, delivery)).toBe('ping')
    expect(readSource(webhooks.eventId as Webhooks['eventType'], delivery)).toBe(headers['x-github-delivery'])
    expect(readSource(webhooks.account as Webhooks['eventType'], delivery)).toBe('583231')
  })

  test('of the stand-in are signed, and their ids do not come again when it is started afresh', async () => {
    const secret = generateSecret(webhooks.signature)
    const first = await deliveriesOfStandIn(secret)
    const second = await deliveriesOfStandIn(secret)
    expect(first.types).toEqual(['ping', 'issues'])
    expect(new Set([...first.ids, ...second.ids]).size).toBe(4)
  })
})

/** Starts the stand-in, makes a hook, pings it and opens an issue. */
async function deliveriesOfStandIn(secret: string) {
  const received: Delivery[] = []
  const both = Promise.withResolvers<void>()
  const receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: Buffer.concat(await request.toArray()) })
    response.end()
    if (received.length === 2) both.resolve()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const emulator = await createEmulator({ service: 'github', port: 0, seed: sandboxSeed('http://127.0.0.1:3000') })
  try {
    const hooks = '/repos/octocat/hello-world/hooks'
    const call = async (path: string, body: object) => {
      const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
      const response = await fetch(emulator.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(response.ok, path).toBe(true)
      return response.status === 204 ? {} : ((await response.json()) as { id?: number })
    }
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const hook = await call(hooks, { name: 'web', events: ['issues'], config: { url, content_type: 'json', secret } })
    await call(`${hooks}/${hook.id}/pings`, {})
    await call('/repos/octocat/hello-world/issues', { title: 'Found a bug' })
    await both.promise
    const sandbox = resolveProvider(github, { sandboxOrigin: emulator.url }).webhooks as Webhooks
    for (const delivery of received) {
      expect(verifySignature(sandbox.signature, delivery, { secrets: [secret], now })).toEqual({ verified: true })
    }
    return {
      types: received.map((delivery) => readSource(sandbox.eventType, delivery)),
      ids: received.map((delivery) => readSource(sandbox.eventId as Webhooks['eventType'], delivery)),
    }
  } finally {
    await emulator.close()
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
  }
}
