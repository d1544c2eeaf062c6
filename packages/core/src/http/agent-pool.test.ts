import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAgentPool } from './agent-pool.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

const { authority, server, client, selfSigned } = JSON.parse(
  readFileSync(new URL('../oauth/certificates/certificates.json', import.meta.url), 'utf8'),
)
const pool = createAgentPool({ allowedPrivateNetworks: ['127.0.0.1/32'] })
const options = { cert: server.certificate, key: server.privateKey, ca: authority.certificate }
const service = createServer({ ...options, requestCert: true, rejectUnauthorized: false }, (request, reply) => {
  reply.end((request.socket as TLSSocket).getPeerCertificate().fingerprint256 ?? 'nobody')
})
let url: string

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(service.address() as AddressInfo).port}`
})
afterAll(async () => {
  await pool.close()
  service.close()
})

const certificateOf = (pair: object, ca = authority.certificate) => ({ ...pair, ca }) as never
const seenAs = async (certificate: never) =>
  await (await createGuardedFetch({ agent: pool.agentFor(certificate) })(url)).text()

test('each certificate has connections of its own, which are used again', async () => {
  const [one, two] = [await seenAs(certificateOf(client)), await seenAs(certificateOf(selfSigned))]
  expect(new Set([one, two, 'nobody']).size).toBe(3)
  expect(await seenAs(certificateOf(client))).toBe(one)
  expect(pool.agentFor(certificateOf({ ...client }))).toBe(pool.agentFor(certificateOf(client)))
  expect(pool.agentFor(certificateOf(client))).not.toBe(pool.agentFor())
})

test('a service whose authority nobody trusts is not talked to', async () => {
  const call = createGuardedFetch({ agent: pool.agentFor(client) })(url)
  await expect(call).rejects.toMatchObject({ code: 'provider_unreachable' })
})

test('a certificate that does not fit its key is refused without repeating either', () => {
  const open = () => pool.agentFor({ certificate: client.certificate, privateKey: selfSigned.privateKey })
  expect(open).toThrow(expect.objectContaining({ code: 'client_certificate_invalid' }))
  expect(open).toThrow(/^(?!.*BEGIN)/)
})
