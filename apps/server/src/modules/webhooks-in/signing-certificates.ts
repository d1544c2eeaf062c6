import { X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import {
  type CertificateChain,
  certificateUrl,
  type Delivery,
  type SignatureScheme,
  verifyCertificateChain,
} from '@koble/core/signatures'

type CertificateScheme = Extract<SignatureScheme, { type: 'certificate' }>

/** The certificates that providers sign deliveries with, and name by URL. */
export interface SigningCertificates {
  /**
   * What `verifySignature` is to be given for a delivery: the certificate that it names, fetched and judged, or from
   * memory. At once undefined for schemes without certificates. It never rejects: what cannot be had is not there, and
   * the delivery is then refused.
   */
  find(scheme: SignatureScheme, delivery: Delivery): undefined | Promise<(url: string) => string | undefined>
}

/** Of a file with certificates; a chain has some kilobytes. */
const bytesMax = 64 * 1024
const timeoutMs = 5_000
/** One that could not be had is not asked for again for so long. */
const failureKeptMs = 30_000
const entriesMax = 200
/** Whoever knows an endpoint can name as many certificates as they like: more are not fetched in a minute. */
const fetchesPerMinuteMax = 30

interface Entry {
  chain: Promise<CertificateChain | null>
  until: number
}

/**
 * Fetches them over https from the hosts that the scheme allows, without following redirects, and checks that an
 * authority vouches for them: one of the scheme's, else one of those that Node trusts. Kept in memory until they end.
 */
export function createSigningCertificates({
  fetch,
  now = () => new Date(),
}: {
  /** Decides which addresses may be called. */
  fetch: typeof globalThis.fetch
  /** The clock, for tests. */
  now?: () => Date
}): SigningCertificates {
  const entries = new Map<string, Entry>()
  const fetchedAt: number[] = []
  let trusted: X509Certificate[] | null = null
  const declared = new WeakMap<readonly string[], X509Certificate[]>()

  function anchorsOf({ anchors }: CertificateScheme): X509Certificate[] {
    if (!anchors) {
      trusted ??= getCACertificates('default').map((pem) => new X509Certificate(pem))
      return trusted
    }
    const known = declared.get(anchors) ?? anchors.map((pem) => new X509Certificate(pem))
    declared.set(anchors, known)
    return known
  }

  function mayFetch(): boolean {
    const time = now().getTime()
    while (fetchedAt[0] !== undefined && fetchedAt[0] <= time - 60_000) fetchedAt.shift()
    if (fetchedAt.length >= fetchesPerMinuteMax) return false
    fetchedAt.push(time)
    return true
  }

  async function load(scheme: CertificateScheme, url: string): Promise<CertificateChain | null> {
    const pem = await download(fetch, url)
    return pem === null ? null : verifyCertificateChain(pem, { anchors: anchorsOf(scheme), now: now() })
  }

  async function obtain(scheme: CertificateScheme, url: string): Promise<string | undefined> {
    // Two providers may trust different authorities for one address.
    const key = JSON.stringify([url, scheme.anchors ?? null])
    const known = entries.get(key)
    if (known && known.until > now().getTime()) return (await known.chain)?.certificate
    entries.delete(key)
    if (!mayFetch()) return undefined
    const entry: Entry = { chain: load(scheme, url).catch(() => null), until: now().getTime() + failureKeptMs }
    const [oldest] = entries.keys()
    if (entries.size >= entriesMax && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
    const chain = await entry.chain
    if (chain) entry.until = chain.validUntil.getTime()
    return chain?.certificate
  }

  return {
    find(scheme, delivery) {
      const schemes = certificateSchemes(scheme)
      if (schemes.length === 0) return undefined
      return collect(schemes, delivery)
    },
  }

  async function collect(schemes: readonly CertificateScheme[], delivery: Delivery) {
    const found = new Map<string, string>()
    for (const scheme of schemes) {
      const url = certificateUrl(scheme, delivery)
      const certificate = url === null ? undefined : await obtain(scheme, url)
      if (url !== null && certificate !== undefined) found.set(url, certificate)
    }
    return (url: string) => found.get(url)
  }
}

const none: readonly CertificateScheme[] = []

function certificateSchemes(scheme: SignatureScheme): readonly CertificateScheme[] {
  if (scheme.type === 'certificate') return [scheme]
  return scheme.type === 'all_of' ? scheme.schemes.flatMap(certificateSchemes) : none
}

/** The text behind a URL; null for anything but an answer of a reasonable size with status 200. */
async function download(fetch: typeof globalThis.fetch, url: string): Promise<string | null> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel()
    return null
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > bytesMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}
