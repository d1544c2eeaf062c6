import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { onTestFinished } from 'vitest'

/** A certificate for the name `localhost`, signed by itself, as `cert.pem`, `key.pem` and `ca-cert.pem` in a folder. */
export interface TestCertificate {
  folder: string
  /** PEM. */
  certificate: string
  privateKey: string
}

/** Makes a certificate that is gone when the test has finished. */
export function makeCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'koble-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' })
  copyFileSync(cert, join(folder, 'ca-cert.pem'))
  return { folder, certificate: readFileSync(cert, 'utf8'), privateKey: readFileSync(key, 'utf8') }
}

/** Takes TLS connections at a port of 127.0.0.1 and hands on what is inside, until the test has finished. */
export async function startTlsFront(
  upstreamPort: number,
  { certificate, privateKey }: TestCertificate,
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ cert: certificate, key: privateKey }, (client) => {
    const upstream = connect(upstreamPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    client.pipe(upstream).pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}
