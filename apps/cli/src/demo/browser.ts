import { CliError } from '../errors.ts'

/** As much of a browser as a consent needs: cookies by host, redirects one at a time, and forms. */
export interface Browser {
  /** Opens a page, following redirects. */
  open(url: string): Promise<Page>
  /** Sends a form as a click on its button would. */
  submit(form: Form): Promise<Page>
}

export interface Page {
  url: string
  status: number
  text: string
  forms: Form[]
}

export interface Form {
  action: string
  method: string
  fields: Record<string, string>
}

const hopsMax = 10

export function createBrowser(): Browser {
  const cookies = new Map<string, Map<string, string>>()

  async function go(start: string, method: string, body: URLSearchParams | null): Promise<Page> {
    let request = { url: new URL(start), method, body }
    for (let hop = 0; hop < hopsMax; hop++) {
      // As in a browser, cookies belong to a host whatever its port.
      const jar = cookies.get(request.url.hostname) ?? new Map<string, string>()
      cookies.set(request.url.hostname, jar)
      const response = await fetch(request.url, {
        method: request.method,
        body: request.body,
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          ...(jar.size > 0 && { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
          ...(request.method === 'POST' && { origin: request.url.origin }),
        },
        signal: AbortSignal.timeout(15_000),
      })
      for (const cookie of response.headers.getSetCookie()) keepCookie(jar, cookie)
      const location = response.headers.get('location')
      if (location === null || response.status < 300 || response.status > 399) {
        const text = await response.text()
        return { url: request.url.href, status: response.status, text, forms: readForms(text, request.url) }
      }
      await response.body?.cancel()
      request = { url: new URL(location, request.url), method: 'GET', body: null }
    }
    throw new CliError('The consent led around in circles.', `It began at ${new URL(start).origin}.`)
  }

  return {
    open: (url) => go(url, 'GET', null),
    submit: (form) => go(form.action, form.method, new URLSearchParams(form.fields)),
  }
}

function keepCookie(jar: Map<string, string>, header: string): void {
  const [pair = '', ...attributes] = header.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, at).trim()
  const expired = attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute))
  if (expired) jar.delete(name)
  else jar.set(name, pair.slice(at + 1).trim())
}

function readForms(html: string, base: URL): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, attributes = '', inside = '']) => ({
    action: new URL(readAttribute(attributes, 'action') ?? '', base).href,
    method: (readAttribute(attributes, 'method') ?? 'GET').toUpperCase(),
    fields: Object.fromEntries(
      [...inside.matchAll(/<input\b([^>]*)>/gi)].map(([, input = '']) => [
        readAttribute(input, 'name') ?? '',
        readAttribute(input, 'value') ?? '',
      ]),
    ),
  }))
}

function readAttribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)
  return (value?.[1] ?? value?.[2])?.replace(/&(amp|quot|lt|gt|#39|#x27);/g, (entity) => entities[entity] ?? entity)
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&quot;': '"',
  '&lt;': '<',
  '&gt;': '>',
  '&#39;': "'",
  '&#x27;': "'",
}
