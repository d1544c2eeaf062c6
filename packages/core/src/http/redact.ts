import type { HeaderFields } from './headers.ts'

/** What is secret beside what `createRedactor` recognises by itself. */
export interface RedactionOptions {
  /** Further fields whose value is a secret: header fields and parameters of the URL, in any case. */
  fields?: readonly string[]
  /** Further secrets, to be taken out wherever they turn up. */
  values?: readonly string[]
}

/** Takes secrets out of what is about to be told. */
export interface Redactor {
  /** The secrets that a request carries in fields known for it, to be taken out of everything said about it. */
  secretsOf(url: URL, headers: HeaderFields): string[]
  headers(fields: HeaderFields, secrets: readonly string[]): HeaderFields
  url(url: URL, secrets: readonly string[]): string
  text(text: string, secrets: readonly string[]): string
  /** Whether the value of a field of that name is a secret, be it a header field, a parameter or a member of JSON. */
  isSecret(name: string): boolean
}

const redacted = '[redacted]'

/** Names that speak of a secret, whole words of them: `X-Api-Key`, `access_token`, `client_secret`, `sig`. */
const secretName =
  /(^|[-_.])(authorization|auth|cookie2?|key|apikey|token|secret|pass(word|wd|phrase)?|sig|signature|credentials?|jwt|session|sid|assertion|verifier|otp|pin)([-_.]|$)|(api|access|private|secret)-?key|token$|secret$|password$|^code$/i

/** Those that hold one of the words and no secret. */
const harmlessNames = new Set(['idempotency-key', 'x-idempotency-key', 'www-authenticate'])

/**
 * Secrets that are known by their form, in the order of alternatives: what follows an authentication scheme, JWTs, keys
 * in PEM, and the prefixed tokens of GitHub, Slack, Stripe, Standard Webhooks, Google, AWS and of our own.
 */
const secretForm = new RegExp(
  [
    String.raw`\b(?:Bearer|Basic|Digest|DPoP|Token)\s+[\w.~+/=-]{6,}`,
    String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`,
    String.raw`-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)`,
    String.raw`\b(?:gh[oprsu]|github_pat|sk_live|sk_test|rk_live|rk_test|whsec|whsk|kbl|koble)_[\w+/=-]{8,}`,
    String.raw`\bxox[a-z]-[\w-]{8,}`,
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    String.raw`\b(?:AIza|ya29\.)[\w-]{20,}`,
  ].join('|'),
  'g',
)

/** On nearly every message, and with values that look like no secret: only known secrets are looked for in them. */
const plainNames = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'server',
  'strict-transport-security',
  'traceparent',
  'transfer-encoding',
  'user-agent',
  'vary',
  'x-request-id',
])

const schemes = new Set(['basic', 'bearer', 'digest', 'dpop', 'token'])

/** No form above is shorter. */
const shortestForm = 11

/** Shorter values are words rather than secrets; to take them out would make nonsense of the rest. */
const secretCharsMin = 6

/** Makes a redactor. It goes by the names of fields, by the form of values, and by the values it is given. */
export function createRedactor(options: RedactionOptions = {}): Redactor {
  const extra = new Set((options.fields ?? []).map((field) => field.toLowerCase()))
  const values = (options.values ?? []).filter((value) => value.length > 0)
  const known = new Map<string, 'secret' | 'plain' | 'other'>()

  function kindOf(name: string): 'secret' | 'plain' | 'other' {
    let kind = known.get(name)
    if (kind === undefined) {
      const lower = name.toLowerCase()
      if (extra.has(lower) || (secretName.test(name) && !harmlessNames.has(lower))) kind = 'secret'
      else kind = plainNames.has(lower) ? 'plain' : 'other'
      // Names come from outside too; a list of them must not grow for ever.
      if (known.size < 1_000) known.set(name, kind)
    }
    return kind
  }

  const isSecret = (name: string): boolean => kindOf(name) === 'secret'

  function withoutKnown(original: string, secrets: readonly string[]): string {
    let clean = original
    for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, redacted)
    for (const value of values) if (clean.includes(value)) clean = clean.replaceAll(value, redacted)
    return clean
  }

  function text(original: string, secrets: readonly string[]): string {
    const clean = withoutKnown(original, secrets)
    return clean.length < shortestForm ? clean : clean.replace(secretForm, redacted)
  }

  return {
    text,
    isSecret,
    secretsOf(url, headers) {
      const secrets: string[] = []
      const add = (value: string) => {
        if (value.length < secretCharsMin) return
        secrets.push(value)
        const encoded = encodeURIComponent(value)
        if (encoded !== value) secrets.push(encoded)
      }
      for (const name in headers) {
        if (!isSecret(name)) continue
        for (const value of [headers[name]].flat() as string[]) {
          add(value)
          // `Bearer x`: the x alone is the secret. A cookie, or what signs a request, is a list of them.
          for (const part of value.split(/[\s;,]+/)) {
            if (part !== value && !schemes.has(part.toLowerCase())) add(part)
            const equals = part.indexOf('=')
            if (equals > 0) add(part.slice(equals + 1).replaceAll('"', ''))
          }
        }
      }
      if (url.search !== '') for (const [name, value] of url.searchParams) if (isSecret(name)) add(value)
      // The longest first: a secret may be a part of another.
      return secrets.sort((a, b) => b.length - a.length)
    },
    headers(fields, secrets) {
      const clean: HeaderFields = {}
      for (const name in fields) {
        const value = fields[name] as string | string[]
        const kind = kindOf(name)
        const clear = kind === 'plain' ? withoutKnown : text
        if (kind === 'secret') clean[name] = redacted
        else clean[name] = typeof value === 'string' ? clear(value, secrets) : value.map((one) => clear(one, secrets))
      }
      return clean
    },
    url(url, secrets) {
      if (url.search === '') return text(url.hash === '' ? url.href : url.origin + url.pathname, secrets)
      const query = url.search
        .slice(1)
        .split('&')
        .map((pair) => {
          const [name = ''] = pair.split('=', 1)
          return isSecret(decodeLoosely(name)) ? `${name}=${redacted}` : pair
        })
      return text(`${url.origin}${url.pathname}?${query.join('&')}`, secrets)
    },
  }
}

function decodeLoosely(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
