/** A browser without a face: it keeps cookies per host, and goes where it is told. */
export interface Browser {
  /** One page; redirects are followed while `follow` says so. */
  open(url: string, options?: { form?: Record<string, string>; follow?: (target: URL) => boolean }): Promise<Page>
  /** The cookies for a URL, as one header. */
  cookiesFor(url: string): string
}

export interface Page {
  url: string
  status: number
  headers: Headers
  html: string
  /** Where it wants to go on to, when that was not followed. */
  location: string | null
}

export function createBrowser(): Browser {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string) => {
    const { host } = new URL(url)
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }
  const cookiesFor = (url: string) => [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join('; ')

  async function open(url: string, options: Parameters<Browser['open']>[1] = {}): Promise<Page> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: cookiesFor(url), accept: 'text/html' },
      ...(options.form && { method: 'POST', body: new URLSearchParams(options.form) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      jarOf(url).set(name, value)
    }
    const header = response.headers.get('location')
    const target = header === null ? null : new URL(header, url)
    if (target && (options.follow?.(target) ?? true)) {
      await response.body?.cancel()
      return await open(target.href, { follow: options.follow })
    }
    const html = await response.text()
    return { url, status: response.status, headers: response.headers, html, location: target?.href ?? null }
  }
  return { open, cookiesFor }
}

/** The action and the hidden fields of the form that contains a text. */
export function readForm(page: Page, containing = ''): { action: string; fields: Record<string, string> } {
  const form = page.html
    .split('<form')
    .slice(1)
    .find((part) => part.includes(containing))
  if (!form) throw new Error(`There is no form with "${containing}" on ${page.url}:\n${page.html}`)
  const [, action = ''] = /action="([^"]*)"/.exec(form) ?? []
  const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value.replaceAll('&amp;', '&').replaceAll('&quot;', '"')],
  )
  return { action: new URL(action.replaceAll('&amp;', '&'), page.url).href, fields: Object.fromEntries(fields) }
}
