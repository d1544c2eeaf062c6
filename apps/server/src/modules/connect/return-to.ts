import { apiError } from '../../http/problems.ts'

/**
 * Checks where a connect flow wants to go back to: Koble itself, an origin the organization listed, or, in
 * development, any page on this machine. Throws `return_to_refused`.
 */
export function demandReturnTo(
  returnTo: string,
  rules: { publicUrl: string; allowedOrigins: readonly string[]; mode: 'development' | 'production' },
): string {
  const url = URL.parse(returnTo)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) {
    const isOwn = url.origin === new URL(rules.publicUrl).origin
    const isLocal = rules.mode === 'development' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
    if (isOwn || isLocal || rules.allowedOrigins.includes(url.origin)) return url.href
  }
  const hint = 'An owner can add its origin to the organization.'
  throw apiError('return_to_refused', `returnTo: the flow may not go back to that origin. ${hint}`)
}
