import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/** A self-signed X.509 certificate for a test, by hand since node makes none: no key has to lie in the repository. */
export function selfSignedCertificate(options: {
  privateKey: KeyObject
  commonName: string
  alternativeNames?: string[]
  validFrom: Date
  validTo: Date
}): string {
  const { privateKey, commonName, alternativeNames = [], validFrom, validTo } = options
  const sha256WithRsa = sequence(tagged(0x06, Buffer.from('2a864886f70d01010b', 'hex')), tagged(0x05))
  const name = sequence(
    tagged(0x31, sequence(tagged(0x06, Buffer.from('550403', 'hex')), tagged(0x0c, Buffer.from(commonName)))),
  )
  const names = sequence(...alternativeNames.map((each) => tagged(0x82, Buffer.from(each))))
  const extension = sequence(tagged(0x06, Buffer.from('551d11', 'hex')), tagged(0x04, names))
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    sha256WithRsa,
    name,
    sequence(time(validFrom), time(validTo)),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    ...(alternativeNames.length > 0 ? [tagged(0xa3, sequence(extension))] : []),
  )
  const signature = sign('sha256', content, privateKey)
  const certificate = sequence(content, sha256WithRsa, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** https://www.itu.int/rec/T-REC-X.690, the distinguished encoding rules. */
function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...contents: Buffer[]): Buffer {
  return tagged(0x30, ...contents)
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}
