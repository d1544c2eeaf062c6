import { createHash } from 'node:crypto'

/**
 * JSON and bytes in one body, as Google takes an upload (RFC 2387). The boundary is a hash of what it stands between, so
 * that nobody can put it there. `contentType` must be free of line breaks.
 */
export function multipartRelated(
  metadata: unknown,
  part: { content: Uint8Array; contentType: string },
): { content: Uint8Array; contentType: string } {
  // Escaped, so that it is read the same in whatever encoding.
  const json = JSON.stringify(metadata).replaceAll(/[^\x20-\x7E]/g, escaped)
  const boundary = createHash('sha256').update(json).update(part.content).digest('hex')
  const content = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${json}\r\n`),
    Buffer.from(`--${boundary}\r\nContent-Type: ${part.contentType}\r\n\r\n`),
    part.content,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { content, contentType: `multipart/related; boundary=${boundary}` }
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
