import { hash } from 'node:crypto'

/** SHA-256 in lower-case hex; text is taken as UTF-8. */
export function sha256Hex(value: string | Buffer): string {
  return hash('sha256', value, 'hex')
}
