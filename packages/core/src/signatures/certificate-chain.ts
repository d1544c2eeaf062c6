import { X509Certificate } from 'node:crypto'

/** A certificate that an authority vouches for. */
export interface CertificateChain {
  /** The certificate itself, in PEM, without those that came with it. */
  certificate: string
  /** When the first certificate of the chain ends. */
  validUntil: Date
}

/** Of the certificates that came with the first one. */
const intermediatesMax = 5

/**
 * Whether authorities vouch for the first certificate of a PEM text, if need be through the others in it; `null` when
 * none does, or when one of them is not valid at that time. Each link is checked as RFC 5280, section 6.1, says as far
 * as it concerns names, signatures, times, and who may sign certificates; of revocation nothing is known here.
 */
export function verifyCertificateChain(
  pem: string,
  { anchors, now }: { anchors: readonly X509Certificate[]; now: Date },
): CertificateChain | null {
  const [first, ...others] = read(pem)
  if (first === undefined || others.length > intermediatesMax) return null
  const validUntil = findAnchor(first, others, anchors, now)
  return validUntil && { certificate: first.toString(), validUntil }
}

/** Climbs from issuer to issuer; each of those that came along is used at most once, so there is an end. */
function findAnchor(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: Date,
): Date | null {
  if (!isCurrent(certificate, now)) return null
  for (const anchor of anchors) {
    if (isCurrent(anchor, now) && isIssuedBy(certificate, anchor)) return earlier(certificate, anchor.validToDate)
  }
  for (const issuer of others) {
    if (!isIssuedBy(certificate, issuer)) continue
    const rest = others.filter((other) => other !== issuer)
    const until = findAnchor(issuer, rest, anchors, now)
    if (until) return earlier(certificate, until)
  }
  return null
}

const earlier = ({ validToDate }: X509Certificate, other: Date) => (validToDate < other ? validToDate : other)
const isCurrent = ({ validFromDate, validToDate }: X509Certificate, now: Date) =>
  validFromDate <= now && now <= validToDate

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function read(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.slice(0, intermediatesMax + 2).map((block) => new X509Certificate(block))
  } catch {
    return []
  }
}
