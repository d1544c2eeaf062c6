import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAgent, createGuardedFetch } from '@koble/core/http'
import { type Delivery, type SignatureScheme, signRequest, verifySignature } from '@koble/core/signatures'
import type { Webhooks } from '@koble/providers/define-provider'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCertificateAuthority } from '../../testing/certificate-authority.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { createEndpointLimits } from './endpoint-limits.ts'
import { createEndpointStore } from './endpoints/store.ts'
import { createIngest } from './ingest.ts'
import { createEndpointSecrets } from './service.ts'
import { createSigningCertificates, type SigningCertificates } from './signing-certificates.ts'
import { createWebhookStore } from './store.ts'

const tls = JSON.parse(
  readFileSync(
    new URL('../../../../../packages/core/src/oauth/certificates/certificates.json', import.meta.url),
    'utf8',
  ),
)
const root = createCertificateAuthority('Root of the test')
const between = root.issue('Authority of the test', { authority: true })
const subject = 'messageverificationcerts.example.com'
const signer = between.issue(subject)
const notInvolved = createCertificateAuthority('Another root')
const dayMs = 86_400_000

/** The provider's host: what it answers by path, and how often it was asked. */
let server: Server
let host: string
let files: Map<string, (reply: ServerResponse) => void>
let asked: string[]
const agent = createAgent({
  allowedPrivateNetworks: ['127.0.0.1'],
  // Only for its authority: this server asks for no certificate.
  clientCertificate: { ...tls.client, ca: tls.authority.certificate },
})
const fetch = createGuardedFetch({ agent })

beforeAll(async () => {
  server = createServer({ cert: tls.server.certificate, key: tls.server.privateKey }, (request, reply) => {
    asked.push(request.url ?? '')
    const answer = files.get(request.url ?? '')
    if (answer) answer(reply)
    else reply.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await agent.destroy()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  files = new Map([['/certs/CERT-1', (reply) => reply.end(signer.certificate + between.certificate)]])
  // After whatever a test issues: that takes openssl a while.
  clock = new Date(Date.now() + 60_000)
  certificates = createSigningCertificates({ fetch, now: () => clock })
})

let clock: Date
let certificates: SigningCertificates

type CertificateScheme = Extract<SignatureScheme, { type: 'certificate' }>
/** As PayPal signs, but for its hosts and authorities. */
const scheme = (changes: Pick<CertificateScheme, 'anchors'> = {}): CertificateScheme => ({
  type: 'certificate',
  algorithm: 'rsa_sha256',
  header: 'X-Transmission-Sig',
  encoding: 'base64',
  requiredHeaders: { 'X-Auth-Algo': 'SHA256withRSA' },
  signedContent: '{id}|{timestamp}|{secret}|{crc32}',
  id: { header: 'X-Transmission-Id' },
  timestamp: { header: 'X-Transmission-Time', format: 'rfc3339' },
  toleranceSeconds: 'any',
  certificateUrl: { header: 'X-Cert-Url', hosts: [host], pathPrefix: '/certs/' },
  subjectNames: ['.example.com'],
  anchors: [root.certificate],
  ...changes,
})
const secret = '1JE4291016473214C'
const body = Buffer.from('{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED"}')
function sign(privateKey = signer.privateKey, path = '/certs/CERT-1', as = scheme()): Delivery {
  const certificate = { privateKey, url: `https://${host}${path}` }
  return { ...signRequest(as, { body }, { secret, now: clock, certificate }), body }
}
async function judge(delivery: Delivery, as = scheme()): Promise<string> {
  const certificate = await certificates.find(as, delivery)
  const verdict = verifySignature(as, delivery, { secrets: [secret], now: clock, certificate })
  return verdict.verified ? 'verified' : verdict.reason
}
const serve = (path: string, text: string) => files.set(path, (reply) => reply.end(text))

test('a delivery signed with a certificate that an authority vouches for is verified, and it is fetched once', async () => {
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => judge(sign())))
  expect(new Set(verdicts)).toEqual(new Set(['verified']))
  expect(await judge({ ...sign(), body: Buffer.from('{}') })).toBe('mismatch')
  expect(asked).toEqual(['/certs/CERT-1'])
})

test('one of the schemes that must all hold may be one with a certificate', async () => {
  const both: SignatureScheme = { type: 'all_of', schemes: [{ type: 'token', header: 'x-token' }, scheme()] }
  const delivery = sign()
  const withToken = { ...delivery, headers: { ...delivery.headers, 'x-token': secret } }
  const certificate = await certificates.find(both, withToken)
  expect(verifySignature(both, withToken, { secrets: [secret], now: clock, certificate })).toEqual({ verified: true })
  expect(certificates.find({ type: 'token', header: 'x-token' }, withToken)).toBeUndefined()
})

test('a certificate is kept until it ends, and then no longer believed', async () => {
  expect(await judge(sign())).toBe('verified')
  clock = new Date(clock.getTime() + 29 * dayMs)
  expect(await judge(sign())).toBe('verified')
  expect(asked).toHaveLength(1)
  clock = new Date(clock.getTime() + 2 * dayMs)
  expect(await judge(sign())).toBe('certificate_missing')
  expect(asked).toHaveLength(2)
})

describe('a certificate is refused', () => {
  test.each([
    ['that no authority vouches for', () => notInvolved.issue(subject)],
    ['whose authority came along but is not trusted', () => chained(notInvolved)],
    ['that was issued by one that is no authority', () => chained(between.issue('leaf.example.com'))],
  ])('%s', async (_what, issue) => {
    const { privateKey, certificate } = issue()
    serve('/certs/OTHER', certificate + between.certificate)
    expect(await judge(sign(privateKey, '/certs/OTHER'))).toBe('certificate_missing')
    expect(asked).toEqual(['/certs/OTHER'])
  })

  /** Issued by that one, which is in the file too. */
  function chained(issuer: ReturnType<typeof createCertificateAuthority>) {
    const { certificate, privateKey } = issuer.issue(subject)
    return { certificate: certificate + issuer.certificate, privateKey }
  }

  test('in another name than the scheme says', async () => {
    const { certificate, privateKey } = between.issue('evil.example.org')
    serve('/certs/OTHER', certificate + between.certificate)
    expect(await judge(sign(privateKey, '/certs/OTHER'))).toBe('certificate_refused')
  })

  test('by the authorities that Node trusts, where the scheme declares none of its own', async () => {
    const as = scheme({ anchors: undefined })
    expect(await judge(sign(signer.privateKey, '/certs/CERT-1', as), as)).toBe('certificate_missing')
    expect(asked).toHaveLength(1)
  })

  test('on a host or path that the scheme does not name, without being asked for', async () => {
    const { port } = server.address() as AddressInfo
    for (const url of [
      `https://localhost:${port}/certs/CERT-1`,
      `http://${host}/certs/CERT-1`,
      `https://${host}/other/CERT-1`,
      `https://${host}/certs/../other`,
      'https://169.254.169.254/certs/CERT-1',
    ]) {
      const delivery = sign()
      const elsewhere = { ...delivery, headers: { ...delivery.headers, 'x-cert-url': url } }
      expect(await judge(elsewhere), url).toBe('certificate_refused')
    }
    expect(asked).toEqual([])
  })

  test.each<[string, (reply: ServerResponse) => void]>([
    ['a redirect', (reply) => reply.writeHead(302, { location: '/certs/CERT-1' }).end()],
    ['a failure', (reply) => reply.writeHead(500).end(signer.certificate + between.certificate)],
    ['no certificate', (reply) => reply.end('<html>')],
    // That would need no authority at all.
    [
      'a bare public key',
      (reply) => reply.end(`-----BEGIN PUBLIC KEY-----\n${signer.certificate}`.replaceAll('CERTIFICATE', 'PUBLIC KEY')),
    ],
    ['far too much', (reply) => reply.end(signer.certificate + between.certificate + ' '.repeat(100_000))],
    [
      'half an answer',
      (reply) => reply.writeHead(200, { 'content-length': '5000' }).write(signer.certificate, () => reply.destroy()),
    ],
  ])('when %s comes for it', async (_what, answer) => {
    files.set('/certs/OTHER', answer)
    expect(await judge(sign(signer.privateKey, '/certs/OTHER'))).toBe('certificate_missing')
    expect(asked).toEqual(['/certs/OTHER'])
  })
})

test('one that could not be had is not asked for with every delivery, but again after a while', async () => {
  files.clear()
  for (let times = 0; times < 10; times += 1) expect(await judge(sign())).toBe('certificate_missing')
  expect(asked).toHaveLength(1)
  serve('/certs/CERT-1', signer.certificate + between.certificate)
  clock = new Date(clock.getTime() + 31_000)
  expect(await judge(sign())).toBe('verified')
  expect(asked).toHaveLength(2)
})

test('who names ever new certificates makes no more than some calls in a minute, and those known stay', async () => {
  expect(await judge(sign())).toBe('verified')
  for (let index = 0; index < 100; index += 1) await judge(sign(signer.privateKey, `/certs/${index}`))
  expect(asked.length).toBe(30)
  expect(await judge(sign())).toBe('verified')
  clock = new Date(clock.getTime() + 61_000)
  await judge(sign(signer.privateKey, '/certs/later'))
  expect(asked.at(-1)).toBe('/certs/later')
})

describe('through an endpoint', () => {
  let koble: TestKoble
  beforeAll(async () => {
    koble = await startTestKoble({ jobs: false })
  })
  afterAll(() => koble.stop())
  afterEach(() => koble.testDatabase.query('DELETE FROM webhook_events'))

  test('a delivery is stored, and one that somebody else signed is refused', async () => {
    const { services, database } = koble
    const webhooks: Webhooks = {
      signature: scheme(),
      secretFrom: 'provider',
      eventType: { field: 'event_type' },
      eventId: { field: 'id' },
      events: [],
      setup: '',
    }
    const secrets = createEndpointSecrets(services.encryption)
    const ingest = createIngest({
      store: createWebhookStore(database),
      endpoints: createEndpointStore(database),
      rejections: services.rejections,
      limits: createEndpointLimits({ nodes: 1 }),
      integrations: {
        ...services.integrations,
        async open(organizationId, id) {
          const integration = await services.integrations.open(organizationId, id)
          return { ...integration, resolved: { ...integration.resolved, webhooks } }
        },
      },
      activity: services.activity,
      changes: services.changes,
      openSecrets: secrets.open,
      sealSecret: secrets.seal,
      publicUrl: koble.url,
      certificates,
    })
    const { body: integration } = await koble.request<{ id: string }>('POST', '/api/integrations', {
      body: { provider: 'slack', credentials: { clientId: 'client', clientSecret: 'client-secret' } },
    })
    const path = `/api/integrations/${integration.id}/webhooks`
    const { body: endpoint } = await koble.request<{ url: string }>('POST', path, { body: { secret } })
    const endpointToken = new URL(endpoint.url).pathname.split('/').at(-1) ?? ''
    const receive = ({ headers }: Delivery) =>
      ingest.receive({ provider: 'slack', endpointToken, method: 'POST', search: '', headers, body })
    expect(JSON.parse((await receive(sign())).body)).toMatchObject({ status: 'accepted' })
    expect(JSON.parse((await receive(sign())).body)).toMatchObject({ status: 'duplicate' })
    await expect(receive(sign(notInvolved.privateKey))).rejects.toMatchObject({ code: 'signature_invalid' })
    const events = await koble.testDatabase.query('SELECT event_type, external_event_id FROM webhook_events')
    expect(events).toEqual([{ event_type: 'PAYMENT.CAPTURE.COMPLETED', external_event_id: 'WH-1' }])
  })
})
