import { type KeyObject, X509Certificate } from 'node:crypto'
import { loadPublicKey } from './public-key.ts'
import { readHeader } from './read-place.ts'
import { CERTIFICATE_MISSING, CERTIFICATE_REFUSED } from './results.ts'
import type { CertificateScheme, Delivery, SignatureRejection, VerifyOptions } from './signature-scheme.ts'
import { isAmongNames } from './subject-names.ts'

/**
 * The URL of the certificate that a delivery names, or `null` when there is none or it is not on one of the provider's
 * own hosts. Fetch exactly this text, over https and without following redirects, and keep what comes: certificates do
 * not change. PayPal documents the hosts at
 * https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
 */
export function certificateUrl(scheme: CertificateScheme, delivery: Delivery): string | null {
  const value = readHeader(delivery, scheme.certificateUrl.header.toLowerCase())
  return typeof value === 'string' ? pinned(value, scheme.certificateUrl) : null
}

/** The public key of the certificate that a delivery names, once the certificate was judged. */
export function verifyCertificateUrl(
  scheme: CertificateScheme,
  delivery: Delivery,
  { certificate, now }: Pick<VerifyOptions, 'certificate' | 'now'>,
): KeyObject | SignatureRejection {
  const value = readHeader(delivery, scheme.certificateUrl.header.toLowerCase())
  if (typeof value !== 'string') return value
  const url = pinned(value, scheme.certificateUrl)
  if (url === null) return CERTIFICATE_REFUSED
  const pem = certificate?.(url)
  if (pem === undefined) return CERTIFICATE_MISSING
  return publicKeyOf(pem, scheme, now) ?? CERTIFICATE_REFUSED
}

function pinned(text: string, { hosts, pathPrefix = '/' }: CertificateScheme['certificateUrl']): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const isOurs =
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    hosts.includes(url.host) &&
    url.pathname.startsWith(pathPrefix)
  // The parsed form: what was judged is what gets fetched.
  return isOurs ? url.href : null
}

function publicKeyOf(pem: string, scheme: CertificateScheme, now: Date): KeyObject | null {
  if (pem.includes('-----BEGIN PUBLIC KEY-----')) return loadPublicKey(pem, scheme.algorithm, 'spki')
  const certificate = parse(pem)
  if (certificate === null) return null
  const isCurrent = certificate.validFromDate <= now && now <= certificate.validToDate
  if (!isCurrent || !isAmongNames(namesOf(certificate), scheme.subjectNames)) return null
  return loadPublicKey(
    certificate.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    scheme.algorithm,
    'spki',
  )
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** The alternative names of type DNS, and the common name. */
function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const alternatives = (subjectAltName ?? '').split(', ').flatMap((name) => name.match(/^DNS:([\w.*-]+)$/)?.[1] ?? [])
  const common = (subject ?? '').split('\n').flatMap((line) => line.match(/^CN=([\w.*-]+)$/)?.[1] ?? [])
  return [...alternatives, ...common]
}
