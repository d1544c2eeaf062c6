import { formOf, type StandInHandler, type StandInReply } from './stand-in.ts'

/** What the stand-in shows in place of the app: what is to be approved, and the two answers. */
export function approvalPage(question: { title: string; text: string }): StandInReply {
  const button = (answer: string, label: string) => `<button name="answer" value="${answer}">${label}</button>`
  const body = `<!doctype html><html lang="en"><title>Vipps sandbox</title><meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{width:100%;padding:.75rem;margin:.25rem 0;font:inherit}</style>
<h1>${escapeHtml(question.title)}</h1><p>${escapeHtml(question.text)}</p><form method="post">${button('approve', 'Approve')}${button('reject', 'Reject')}</form></html>`
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

/** The answer to it; then the person goes back to where the merchant wants them. */
export function approvalAnswer(decide: (isApproved: boolean, id: string) => string | undefined): StandInHandler {
  return (request): StandInReply => {
    const returnUrl = decide(formOf(request).get('answer') === 'approve', request.params['id'] ?? '')
    if (returnUrl !== undefined) return { status: 302, headers: { location: returnUrl } }
    return { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Done. You may close this page.' }
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
