import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ClientCertificate, createAgent, createFetch, createGuardedFetch, forward } from './index.ts'

interface KeyFile {
  certificate: string
  privateKey: string
}
const { authority, server, client, selfSigned }: Record<'authority' | 'server' | 'client' | 'selfSigned', KeyFile> =
  JSON.parse(readFileSync(new URL('../oauth/certificates/certificates.json', import.meta.url), 'utf8'))

/** A service that speaks only to clients with a certificate of its authority, and says who they are. */
let service: Server
let origin: string
beforeAll(async () => {
  service = createServer(
    { key: server.privateKey, cert: server.certificate, ca: authority.certificate, requestCert: true },
    (request, response) => {
      const shown = (request.socket as TLSSocket).getPeerX509Certificate()
      response.end(shown?.toString() === client.certificate ? 'known' : 'unknown')
    },
  )
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  origin = `https://127.0.0.1:${(service.address() as AddressInfo).port}`
})
afterAll(() => {
  service.closeAllConnections()
  service.close()
})

function agentWith(clientCertificate?: ClientCertificate) {
  const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'], ...(clientCertificate && { clientCertificate }) })
  onTestFinished(() => agent.destroy())
  return agent
}

const ours = { ...client, ca: authority.certificate }

describe('a client certificate', () => {
  it('is shown by every way to call', async () => {
    const agent = agentWith(ours)
    const guarded = createGuardedFetch({ agent })
    expect(await (await guarded(origin)).text()).toBe('known')
    const full = createFetch({ agent })
    expect(await (await full(origin)).text()).toBe('known')
    const passed = await forward({
      agent,
      method: 'GET',
      url: new URL(origin),
      headers: {},
      body: null,
      timeoutMs: 10_000,
    })
    expect(await text(passed.body)).toBe('known')
  })

  it('may have an encrypted key, or be a PKCS #12 file', async () => {
    const passphrase = 'correct horse'
    const privateKey = createPrivateKey(client.privateKey)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString()
    const encrypted = createGuardedFetch({ agent: agentWith({ ...ours, privateKey, passphrase }) })
    expect(await (await encrypted(origin)).text()).toBe('known')

    const pfx = createGuardedFetch({
      agent: agentWith({ pfx: pkcs12(client, passphrase), passphrase, ca: [authority.certificate] }),
    })
    expect(await (await pfx(origin)).text()).toBe('known')
  })

  it('must be there and be one the service trusts', async () => {
    const { certificate, privateKey } = selfSigned
    for (const own of [undefined, { certificate, privateKey, ca: authority.certificate }]) {
      const call = createFetch({ agent: agentWith(own), retryConfig: false })(origin)
      await expect(call).rejects.toMatchObject({ code: 'provider_unreachable' })
    }
  })

  it('does not make other servers trusted: without its authority the service is not', async () => {
    const { certificate, privateKey } = client
    const call = createGuardedFetch({ agent: agentWith({ certificate, privateKey }) })(origin)
    await expect(call).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  it('changes nothing about which addresses may be called', async () => {
    const agent = createAgent({ allowedPrivateNetworks: [], clientCertificate: ours })
    onTestFinished(() => agent.destroy())
    await expect(createGuardedFetch({ agent })(origin)).rejects.toMatchObject({ code: 'private_address' })
  })

  it.each<[string, ClientCertificate]>([
    ['is none', { certificate: 'none', privateKey: client.privateKey }],
    ['has the key of another', { certificate: client.certificate, privateKey: server.privateKey }],
    ['is a file that is none', { pfx: Buffer.from('none') }],
  ])('is refused at once when it %s', (_, own) => {
    expect(() => agentWith(own)).toThrowError(expect.objectContaining({ code: 'client_certificate_invalid' }))
  })
})

function pkcs12({ certificate, privateKey }: KeyFile, passphrase: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'koble-pfx-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'client.pem'), `${certificate}\n${privateKey}`)
  const args = ['pkcs12', '-export', '-in', join(folder, 'client.pem'), '-passout', `pass:${passphrase}`]
  return execFileSync('openssl', args)
}
