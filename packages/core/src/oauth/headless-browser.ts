/** A page, or the address that leads back to the client. */
export interface Page {
  url: string
  html: string
}

/**
 * A browser without a face, for tests: keeps cookies, follows redirects until one leads to `home`, sends forms.
 *
 * @param send Instead of the global `fetch`, for servers with a certificate of their own.
 */
export function createBrowser(home: string, send: typeof fetch = fetch) {
  const cookies = new Map<string, string>()

  async function open(url: string, form?: Record<string, string>): Promise<Page> {
    const response = await send(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { url, html: await response.text() }
    const target = new URL(location, url).href
    return target.startsWith(home) ? { url: target, html: '' } : open(target)
  }

  /** Sends the form of a page with its hidden fields, and those given. */
  async function submit(page: Page, fields: Record<string, string> = {}): Promise<Page> {
    const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(page.html) ?? []
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
    const known = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
    return open(new URL(action, page.url).href, { ...known, ...fields })
  }
  return { open, submit }
}
