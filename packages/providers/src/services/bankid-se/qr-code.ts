import { createHmac } from 'node:crypto'

/** What is kept of an order to draw its QR code. The secret stays on the server. */
export interface QrStart {
  qrStartToken: string
  qrStartSecret: string
  /** When the answer came that began the order. */
  startedAt: Date
}

/**
 * The text of the QR code in this second; it is another in the next.
 * https://developers.bankid.com/resources/qr-code
 */
export function qrCodeAt({ qrStartToken, qrStartSecret, startedAt }: QrStart, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - startedAt.getTime()) / 1000))
  const code = createHmac('sha256', qrStartSecret).update(String(seconds)).digest('hex')
  return `bankid.${qrStartToken}.${seconds}.${code}`
}
