import { randomBytes } from 'node:crypto'
import type { ConnectMessage } from '@koble/contract/connections'
import type { Outcome } from './service.ts'

/** An HTML page with the content security policy that lets its one script run. */
export interface Page {
  html: string
  contentSecurityPolicy: string
}

/**
 * What the popup shows when it comes back: it tells the page that opened it, and closes. Opened as a full page, or cut
 * off from its opener, it says in words how it went and where to go on.
 */
export function outcomePage(outcome: Outcome, publicUrl: string): Page {
  const message: ConnectMessage = {
    type: 'koble:connect',
    status: outcome.status,
    connectionId: outcome.connectionId,
    provider: outcome.provider,
    code: outcome.code,
    message: outcome.message,
  }
  const target = new URL(outcome.returnTo ?? publicUrl).origin
  const connected = outcome.status === 'connected'
  const heading = connected ? 'Connected' : 'Not connected'
  const text = connected ? 'You can close this window.' : (outcome.message ?? 'Something went wrong.')
  const script = `const opener = window.opener
if (opener) { opener.postMessage(${scriptJson(message)}, ${scriptJson(target)}); ${connected ? 'window.close()' : ''} }`
  return page(heading, text, { href: outcome.returnTo ?? publicUrl, script, failed: !connected })
}

/** A sign-in that cannot be matched with anything we began: nobody can be told but the person in front of it. */
export function strayPage(title: string, detail: string, publicUrl: string): Page {
  return page(title, detail, { href: publicUrl, script: '', failed: true })
}

function page(heading: string, text: string, options: { href: string; script: string; failed: boolean }): Page {
  const nonce = randomBytes(16).toString('base64')
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(heading)} · Koble</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { display: grid; place-content: center; min-height: 100dvh; margin: 0; padding: 24px; text-align: center; }
  h1 { font-size: 20px; margin: 0 0 4px; }
  p { margin: 0 0 20px; max-width: 44ch; opacity: .8; }
  svg { width: 40px; height: 40px; margin: 0 auto 12px; }
  a { color: inherit; }
</style>
<main>
  <svg viewBox="0 0 24 24" fill="none" stroke="${options.failed ? '#d14343' : '#0f8f7b'}" stroke-width="2" aria-hidden="true">
    <circle cx="12" cy="12" r="10"/>${options.failed ? '<path d="M12 7v6M12 16.5v.5"/>' : '<path d="m7.5 12.5 3 3 6-7"/>'}
  </svg>
  <h1>${escapeHtml(heading)}</h1>
  <p>${escapeHtml(text)}</p>
  <a href="${escapeHtml(options.href)}">Go on</a>
</main>
<script nonce="${nonce}">${options.script}</script>
</html>
`
  const contentSecurityPolicy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return { html, contentSecurityPolicy }
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** JSON that cannot end the script element it stands in. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
