/**
 * The path of a call as logs and lists show it, with one leading slash and at most 2,000 characters: without query and
 * fragment, which may carry secrets.
 */
export function shownPath({ path, url }: { path: string; url?: string }): string {
  const whole = url === undefined ? path : new URL(url).pathname
  return `/${whole.replace(/[?#].*$/s, '').replace(/^\/+/, '')}`.slice(0, 2_000)
}
