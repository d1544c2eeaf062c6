import { hash, timingSafeEqual } from 'node:crypto'

/**
 * Whether two texts are the same, in a time that tells neither where they differ nor how long the expected one is:
 * their hashes are compared. UTF-16 keeps texts apart that UTF-8 would merge (unpaired surrogates).
 */
export function constantTimeEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return hash('sha256', Buffer.from(text, 'utf16le'), 'buffer')
}
