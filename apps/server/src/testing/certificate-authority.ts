import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate of a test's own with its key, in PEM. */
export interface IssuedCertificate {
  certificate: string
  privateKey: string
}

/** An authority of a test's own. */
export interface CertificateAuthority extends IssuedCertificate {
  /** A certificate in that name, good for so many days from now. */
  issue(commonName: string, options?: { authority?: boolean; days?: number }): CertificateAuthority
}

/** Makes authorities and certificates by OpenSSL, as real ones are made: `node:crypto` reads them only. */
export function createCertificateAuthority(commonName: string): CertificateAuthority {
  return make(commonName, null, { authority: true, days: 30 })
}

function make(
  commonName: string,
  issuer: IssuedCertificate | null,
  { authority, days }: { authority: boolean; days: number },
): CertificateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'koble-ca-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  try {
    const subject = ['-subj', `/CN=${commonName}`]
    const usage = authority ? 'keyUsage=critical,keyCertSign' : 'keyUsage=critical,digitalSignature'
    writeFileSync(
      join(folder, 'extensions'),
      `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}\n${usage}\n`,
    )
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key', '-out', 'request', ...subject)
    if (issuer) {
      writeFileSync(join(folder, 'issuer'), issuer.certificate)
      writeFileSync(join(folder, 'issuer-key'), issuer.privateKey)
    }
    const signer = issuer ? ['-CA', 'issuer', '-CAkey', 'issuer-key', '-CAcreateserial'] : ['-signkey', 'key']
    const lasting = ['-days', String(days), '-extfile', 'extensions']
    openssl('x509', '-req', '-in', 'request', '-out', 'certificate', ...signer, ...lasting)
    const own = {
      certificate: readFileSync(join(folder, 'certificate'), 'utf8'),
      privateKey: readFileSync(join(folder, 'key'), 'utf8'),
    }
    return { ...own, issue: (name, options) => make(name, own, { authority: false, days: 30, ...options }) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
