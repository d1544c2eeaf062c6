import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient, type HttpClient } from '../http/index.ts'
import { createRecorder, IntegrationTestHelper, startLocalServer } from './index.ts'

const clientFor = (baseURL: string) => createHttpClient({ baseURL, allowedPrivateNetworks: ['127.0.0.1'] })
const payment = { paymentId: 'test-123' }

test('runs the scenarios against a real server, and goes on after one that fails', async () => {
  let origin = ''
  let disconnected = 0
  const helper = new IntegrationTestHelper()
  helper.mockIntegration('payments', {
    serve: (request, response) => {
      response.setHeader('content-type', 'application/json')
      response.writeHead(request.url === '/payments' ? 201 : 404).end(JSON.stringify(payment))
    },
    connect: (at) => {
      origin = at
      return clientFor(at)
    },
    disconnect: () => {
      disconnected += 1
    },
  })
  const results = await helper.testIntegration<HttpClient>('payments', [
    { name: 'refunds', test: (client) => client.post('/refunds', {}) },
    {
      name: 'creates a payment',
      test: async (client) => expect(await client.post('/payments', { amount: 100 })).toEqual(payment),
    },
  ])
  expect(results).toMatchObject({ passed: 1, failed: 1, errors: [{ scenario: 'refunds' }] })
  expect(results.errors[0]).toMatchObject({
    error: expect.stringContaining('404'),
    cause: { details: { status: 404 } },
  })
  expect(disconnected).toBe(1)
  await expect(fetch(origin)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test('runs the scenarios against a recording', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'koble-recording-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'payments.json')
  const service = await startLocalServer((_request, response) => response.end('42'))
  onTestFinished(() => service.close())
  const recorder = await createRecorder({ target: service.origin, file })
  await (await fetch(`${recorder.origin}/balance`)).text()
  await recorder.close()

  const helper = new IntegrationTestHelper()
  helper.mockIntegration('payments', { recording: file, connect: (origin) => origin })
  const scenario = {
    name: 'reads the balance',
    test: async (origin: string) => expect(await (await fetch(`${origin}/balance`)).text()).toBe('42'),
  }
  // Each run begins at the beginning of the recording.
  for (const _run of [1, 2]) expect(await helper.testIntegration('payments', [scenario])).toMatchObject({ passed: 1 })
  expect(await helper.testIntegration('payments', [scenario, scenario])).toMatchObject({ passed: 1, failed: 1 })
})

test('hands an object without a server to the scenarios as it is', async () => {
  const helper = new IntegrationTestHelper()
  const client = { createPayment: async () => payment }
  helper.mockIntegration('payments', client)
  const test = (given: typeof client) => expect(given).toBe(client)
  expect(await helper.testIntegration('payments', [{ name: 'is the same', test }])).toEqual({
    passed: 1,
    failed: 0,
    errors: [],
  })
})

test('a scenario that never ends fails, and those after it run', async () => {
  const helper = new IntegrationTestHelper({ scenarioTimeoutMs: 20 })
  helper.mockIntegration('payments', {})
  const results = await helper.testIntegration('payments', [
    { name: 'hangs', test: () => new Promise(() => {}) },
    { name: 'throws no error', test: () => Promise.reject('in words') },
    { name: 'ends', test: () => {} },
  ])
  expect(results).toMatchObject({ passed: 1, failed: 2, errors: [{ scenario: 'hangs' }, { error: 'in words' }] })
})

test('says which integration nothing stands for', async () => {
  await expect(new IntegrationTestHelper().testIntegration('payments', [])).rejects.toMatchObject({ code: 'not_found' })
})
