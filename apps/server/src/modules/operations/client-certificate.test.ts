import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration } from '@koble/contract/integrations'
import type { OperationResult } from '@koble/contract/operations'
import { loadStandIn } from '@koble/providers/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const { authority, server, client, selfSigned } = JSON.parse(
  readFileSync(
    new URL('../../../../../packages/core/src/oauth/certificates/certificates.json', import.meta.url),
    'utf8',
  ),
) as Record<'authority' | 'server' | 'client' | 'selfSigned', { certificate: string; privateKey: string }>

let koble: TestKoble
let bankid: Server
let apiUrl: string
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  const createStandIn = await loadStandIn('bankid-se')
  // Whoever shows no good certificate is answered by the service itself, as BankID does it.
  const demands = { ca: authority.certificate, requestCert: true, rejectUnauthorized: false }
  const listener = await createStandIn({ origin: '', publicUrl: koble.url })
  bankid = createServer({ cert: server.certificate, key: server.privateKey, ...demands }, listener)
  await new Promise<void>((resolve) => bankid.listen(0, '127.0.0.1', resolve))
  apiUrl = `https://127.0.0.1:${(bankid.address() as AddressInfo).port}/rp/v6.0`
})
afterAll(async () => {
  await koble.stop()
  bankid.closeAllConnections()
  bankid.close()
})

/** An account at Swedish BankID, whose certificate is the integration's. */
async function connectWith(credentials: Record<string, string>) {
  const body = { provider: 'bankid-se', credentials, config: { environment: 'test' }, endpoints: { apiUrl } }
  const integration = await koble.request<Integration>('POST', '/api/integrations', { body })
  expect(integration.status, JSON.stringify(integration.body)).toBe(201)
  const connection = { integrationId: integration.body.id, externalUserId: 'u1', credentials: {} }
  return await koble.request<Partial<Omit<Connection, 'status'> & Omit<Problem, 'status'>>>(
    'POST',
    '/api/connections',
    { body: connection },
  )
}

const ours = { certificate: client.certificate, privateKey: client.privateKey, caCertificate: authority.certificate }

test('an operation shows the certificate of the integration with each of its calls', async () => {
  const { status, body: connection } = await connectWith(ours)
  expect(status, JSON.stringify(connection)).toBe(201)
  expect(connection).toMatchObject({ status: 'connected', accountLabel: 'BankID relying party' })
  const run = async (name: string, input: object) => {
    const path = `/api/connections/${connection.id}/operations/${name}`
    const { status, body } = await koble.request<OperationResult>('POST', path, { body: { input } })
    expect(status, JSON.stringify(body)).toBe(200)
    return body.output as Record<string, string>
  }
  const { orderRef } = await run('sign', { endUserIp: '203.0.113.7', userVisibleData: 'I agree.' })
  const hints = []
  for (let ask = 0; ask < 3; ask++) hints.push((await run('collect', { orderRef })).hintCode)
  expect(hints).toEqual(['outstandingTransaction', 'started', 'userSign'])
  expect(await run('collect', { orderRef })).toMatchObject({
    status: 'complete',
    completion: { personalNumber: '199001012385' },
  })
})

test('a certificate that the service does not know connects no account', async () => {
  const { status, body } = await connectWith({ ...ours, ...selfSigned })
  expect(status).toBeGreaterThanOrEqual(400)
  expect(body.code).toBe('credentials_rejected')
})

test('a server that the given authority does not vouch for is told nothing', async () => {
  const { status, body } = await connectWith({ ...ours, caCertificate: selfSigned.certificate })
  expect(status).toBeGreaterThanOrEqual(400)
  expect(body.code).toBe('provider_unreachable')
})
