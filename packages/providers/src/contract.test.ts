import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  answerHandshake,
  generateSecret,
  type SignatureScheme,
  secretHeaders,
  type VerifyOptions,
  verifySignature,
} from '@koble/core/signatures'
import { describe, expect, test } from 'vitest'
import { authMethodOf, authMethodsOf, needsCallback, needsSignIn } from './auth-methods.ts'
import { catalogue, findProvider } from './catalogue.ts'
import type { CatalogueEntry, Field, FromConfig, Provider, Source } from './define-provider.ts'
import { connectionFields, integrationFields, validateFields } from './fields.ts'
import { readSource } from './read-source.ts'
import { resolveProvider } from './resolve-provider.ts'
import { buildSampleDelivery } from './sample-delivery.ts'
import { sandboxMethodsOf } from './sandbox-methods.ts'

const services = new URL('./services/', import.meta.url)
const folders = readdirSync(services, { withFileTypes: true }).filter((entry) => entry.isDirectory())
const entries = [...catalogue.values()]
const now = new Date('2026-11-02T08:15:00Z')

test('every folder is in the catalogue, and every entry has its folder', () => {
  expect([...catalogue.keys()].sort()).toEqual(folders.map((folder) => folder.name).sort())
  expect(findProvider('no-such-provider')).toBeUndefined()
})

test('no two providers share an id or a name', () => {
  expect(new Set(entries.map((entry) => entry.name)).size).toBe(entries.length)
  for (const [id, entry] of catalogue) expect(entry.id).toBe(id)
})

describe.each(entries.map((entry) => [entry.id, entry] as const))('%s', (id, entry) => {
  test('has a kebab-case id, its files, and a test of its own', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(findProvider(id)).toBe(entry)
    for (const file of [`${id}.ts`, `${id}.test.ts`, 'logo.svg', 'setup.md']) {
      expect(existsSync(new URL(`${id}/${file}`, services)), file).toBe(true)
    }
    expect(existsSync(new URL(`${id}/samples.json`, services))).toBe(entry.webhooks !== undefined)
  })

  test('has no blanks left to fill in', () => {
    for (const file of readdirSync(new URL(`${id}/`, services))) {
      expect(readFileSync(new URL(`${id}/${file}`, services), 'utf8'), file).not.toContain('FILL-IN')
    }
  })

  test('is described for people', () => {
    expect(entry.name.trim()).not.toBe('')
    expect(entry.description).toMatch(/^[A-Z].*\.$/)
    expect(entry.color).toMatch(/^#[0-9A-F]{6}$/)
    expect(new URL(entry.docsUrl).protocol).toBe('https:')
    const lines = entry.setup.split('\n').filter((line) => line.trim() !== '')
    expect(lines.length).toBeGreaterThanOrEqual(5)
    expect(lines.length).toBeLessThanOrEqual(12)
    expect(entry.setup.includes('{callbackUrl}')).toBe(authMethodsOf(entry).some(({ type }) => needsCallback(type)))
    expect(entry.samples.length).toBeGreaterThan(0)
    for (const sample of entry.samples) {
      expect(sample.title).not.toBe('')
      expect(sample.method).toMatch(/^(GET|POST|PUT|PATCH|DELETE)$/)
      expect(sample.path).toMatch(/^\//)
    }
  })

  test('has a logo that is safe to put into a page', () => {
    expect(entry.logo).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 24 24"[^>]*>.*<\/svg>$/s)
    const elements = [...entry.logo.matchAll(/<([A-Za-z][\w:-]*)/g)].map(([, name]) => name)
    for (const name of elements) expect(['svg', 'title', 'g', 'path', 'circle', 'rect']).toContain(name)
    const attributes = [...entry.logo.matchAll(/\s([\w:-]+)=/g)].map(([, name]) => name)
    for (const name of attributes) expect(name).not.toMatch(/^on|href|style|^src$/i)
    expect(entry.logo).not.toMatch(/url\(|javascript:|<!|<\?|&/i)
    expect(Buffer.byteLength(entry.logo)).toBeLessThan(4096)
  })

  test('names only https addresses, whose placeholders are fields', () => {
    for (const url of addresses(entry)) {
      if (url.startsWith('{') || url.startsWith('/')) continue
      expect(url).toMatch(/^https:\/\//)
      expect(URL.canParse(url.replaceAll(/\{\w+\}/g, 'x')), url).toBe(true)
    }
    expect(entry.api.baseUrl).not.toMatch(/\/$/)
    for (const template of entry.api.otherOrigins ?? []) {
      const origin = template.replaceAll(/\{\w+\}/g, 'x')
      expect(new URL(origin).origin).toBe(origin)
    }
    for (const method of authMethodsOf(entry)) {
      const fields = [...integrationFields(entry, method), ...connectionFields(entry, method)]
      const made = ['tid', 'token', 'assertion']
      const known = [...fields.map((field) => field.key), ...Object.keys(entry.derived ?? {}), ...made]
      const templates = JSON.stringify([method, entry.api, entry.account ?? null])
      for (const [, key] of templates.matchAll(/\{([A-Za-z][A-Za-z0-9]*)\}/g)) expect(known).toContain(key)
      if (entry.account?.idField) expect(known).toContain(entry.account.idField)
    }
  })

  test('offers each method once, with fields that tell which credentials it takes', () => {
    const methods = authMethodsOf(entry)
    expect(methods.length).toBeGreaterThan(0)
    expect(new Set(methods.map((method) => method.type)).size).toBe(methods.length)
    for (const method of methods) {
      const onIntegration = integrationFields(entry, method).map((field) => field.key)
      const onConnection = connectionFields(entry, method)
      expect(onConnection.filter((field) => onIntegration.includes(field.key))).toEqual([])
      if (needsSignIn(method.type)) expect(onIntegration).toContain('clientId')
      const secrets = [...integrationFields(entry, method), ...onConnection].filter((field) => field.secret)
      expect(secrets.length).toBeGreaterThan(0)
      for (const field of secrets) expect(field.default).toBeUndefined()
    }
  })

  test('declares fields that can be filled in', () => {
    const forms = authMethodsOf(entry).flatMap((method) => [
      integrationFields(entry, method),
      connectionFields(entry, method),
    ])
    for (const fields of forms) {
      expect(new Set(fields.map((field) => field.key)).size).toBe(fields.length)
      for (const field of fields) checkField(field)
    }
    const inAuth = findChoices(entry)
    for (const { fromConfig, choose } of inAuth) {
      const field = entry.integrationFields?.find((candidate) => candidate.key === fromConfig)
      expect(field?.options?.map((option) => option.value).sort()).toEqual(Object.keys(choose).sort())
    }
  })

  test('asks for scopes that are explained', () => {
    for (const method of authMethodsOf(entry)) {
      const scopes = method.scopes ?? []
      expect(new Set(scopes.map((scope) => scope.name)).size).toBe(scopes.length)
      for (const scope of scopes) {
        expect(scope.name).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/)
        expect(scope.description).toMatch(/^[A-Z].*[^.]$/)
      }
      // A provider that the organization describes has scopes that only the organization knows.
      const needsDefault = method.type === 'oauth2' && !entry.generic
      if (needsDefault) expect(scopes.some((scope) => scope.default)).toBe(true)
      if (entry.generic) expect(scopes).toEqual([])
    }
  })

  test('offers presets of scopes that it declares, the least first', () => {
    const presets = entry.scopePresets ?? []
    const declared = new Map((authMethodsOf(entry)[0]?.scopes ?? []).map((scope) => [scope.name, scope]))
    expect(new Set(presets.map((preset) => preset.id)).size).toBe(presets.length)
    for (const preset of presets) {
      expect(preset.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(preset.label.trim()).not.toBe('')
      expect(preset.description).toMatch(/^[A-Z].*[^.]$/)
      expect(preset.scopes.length).toBeGreaterThan(0)
      expect(new Set(preset.scopes).size).toBe(preset.scopes.length)
      for (const name of preset.scopes) expect(declared.has(name), `${preset.id}: ${name}`).toBe(true)
    }
    const sensitive = presets.map((preset) => preset.scopes.filter((name) => declared.get(name)?.sensitive).length)
    expect(sensitive).toEqual(sensitive.toSorted((a, b) => a - b))
  })

  test('uses PKCE unless it says why not, and checks id tokens when it asks for one', () => {
    for (const method of authMethodsOf(entry)) {
      if (method.type !== 'oauth2') continue
      const withoutPkce = ['slack']
      if (!withoutPkce.includes(id)) expect(JSON.stringify(method.pkce)).toContain('S256')
      const asksForIdToken = method.scopes.some((scope) => scope.name === 'openid')
      expect(method.oidc !== undefined).toBe(asksForIdToken)
    }
  })

  test('resolves to plain values with nothing left to fill in', () => {
    for (const method of authMethodsOf(entry)) {
      const resolved = resolveProvider(entry, { config: exampleConfig(entry), authMethod: method.type })
      expect(resolved.auth.type).toBe(method.type)
      const { webhooks: _, ...rest } = resolved
      const left = [...JSON.stringify(rest).matchAll(/\{([A-Za-z][A-Za-z0-9]*)\}/g)].map(([, key]) => key)
      const secrets = integrationFields(entry, method).filter((field) => field.secret || field.key === 'clientId')
      const others = [...connectionFields(entry, method), ...secrets].map((field) => field.key)
      for (const key of left) expect([...others, 'tid', 'token', 'assertion']).toContain(key)
      expect(JSON.stringify(rest)).not.toContain('fromConfig')
      // Where the credentials bring a token, that they do shows that they work.
      const isTried = method.type === 'jwt_bearer' && !entry.account
      if (!isTried) expect(resolved.account?.url).toMatch(/^https:\/\//)
    }
  })
})

const withWebhooks = entries.filter((entry) => entry.webhooks !== undefined)
describe.each(withWebhooks.map((entry) => [entry.id, entry] as const))('webhooks of %s', (_id, entry) => {
  const webhooks = entry.webhooks as NonNullable<Provider['webhooks']>
  const { secret, verifier, signer, ...proof } = proofOf(webhooks.signature)
  const build = (id?: string, account?: string) => {
    const url = 'https://koble.example.com/webhooks/x'
    const built = buildSampleDelivery(entry, { secret, now, id, url, account, ...(signer && { certificate: signer }) })
    if (!built) throw new Error('there is no sample')
    return built
  }

  test('offer event types once each, and say where the URL and the secret go', () => {
    expect(webhooks.events.length).toBeGreaterThan(0)
    expect(new Set(webhooks.events).size).toBe(webhooks.events.length)
    expect(webhooks.setup).toMatch(/URL|address/)
    expect(webhooks.setup).toMatch(/secret/i)
  })

  test('name headers as node does', () => {
    for (const name of headersIn(webhooks)) expect(name).toBe(name.toLowerCase())
    for (const name of Object.keys(entry.sampleDelivery?.headers ?? {})) expect(name).toBe(name.toLowerCase())
  })

  test('accept a signed sample', () => {
    expect(verifySignature(webhooks.signature, build(), { ...proof, secrets: [verifier], now })).toEqual({
      verified: true,
    })
    const secrets = ['an-older-secret-of-this-endpoint', verifier]
    expect(verifySignature(webhooks.signature, build(), { ...proof, secrets, now })).toEqual({ verified: true })
  })

  test('reject it without a secret, with another, and without its proof', () => {
    const sample = build()
    const rejected = { verified: false }
    expect(verifySignature(webhooks.signature, sample, { ...proof, secrets: [], now })).toMatchObject(rejected)
    expect(verifySignature(webhooks.signature, sample, { ...proof, secrets: ['another-secret'], now })).toMatchObject(
      rejected,
    )
    const bare = {
      url: 'https://koble.example.com/x',
      headers: entry.sampleDelivery?.headers ?? {},
      body: Buffer.from('{}'),
    }
    expect(verifySignature(webhooks.signature, bare, { ...proof, secrets: [verifier], now })).toMatchObject(rejected)
  })

  test('reject it when one byte of what proves it was changed', () => {
    const sample = build()
    const { signature } = webhooks
    if (signature.type === 'query_token') {
      const url = flip(sample.url)
      expect(verifySignature(signature, { ...sample, url }, { secrets: [secret], now }).verified).toBe(false)
      return
    }
    if (signature.type === 'token') {
      const headers = { ...sample.headers, [signature.header]: flip(sample.headers[signature.header] ?? '') }
      expect(verifySignature(signature, { ...sample, headers }, { ...proof, secrets: [verifier], now }).verified).toBe(
        false,
      )
      return
    }
    const at = signature.type === 'body_token' ? sample.body.indexOf(secret) : Math.floor(sample.body.length / 2)
    const body = Buffer.from(sample.body)
    body[at] = (body[at] as number) ^ 1
    expect(verifySignature(signature, { ...sample, body }, { ...proof, secrets: [verifier], now }).verified).toBe(false)
  })

  test('find type and id of the sample, and each sample is another event', () => {
    expect(webhooks.events).toContain(readSource(webhooks.eventType, build()))
    expect(answerHandshake(webhooks.handshakes ?? [], build(), { secrets: [verifier] })).toBeNull()
    const eventId = webhooks.eventId as Source
    expect(readSource(eventId, build('one'))).toContain('one')
    expect(readSource(eventId, build())).not.toBe(readSource(eventId, build()))
  })

  test('can be tested for any account, where they name one', () => {
    if (readSource(webhooks.account ?? [], build()) === undefined) return
    for (const account of ['4711', 'an-account']) {
      expect(readSource(webhooks.account as Source, build(undefined, account))).toBe(account)
      const sample = build(undefined, account)
      expect(verifySignature(webhooks.signature, sample, { ...proof, secrets: [verifier], now }).verified).toBe(true)
    }
  })

  test('carry their secret in no header but those that are never kept', () => {
    const secretOnes = secretHeaders(webhooks.signature)
    for (const [name, value] of Object.entries(build().headers)) {
      expect(value.includes(secret), name).toBe(secretOnes.includes(name))
    }
  })
})

const withRegistration = entries.flatMap((entry) =>
  (entry.webhooks?.registration?.targets ?? []).map((target) => [entry.id, target.id, entry, target] as const),
)
describe.each(withRegistration)('registration of %s for %s', (_provider, _target, entry, target) => {
  const requests = [
    target.create,
    target.remove,
    target.renew ?? [],
    target.update ?? [],
    target.find?.request ?? [],
  ].flat()
  const known = [
    ...['url', 'secret', 'events', 'event', 'eventList', 'registrationId', 'attemptId', 'externalId'],
    ...['expiresAt', 'expiresAtMs', 'expiresAtUnix'],
    ...target.parameters.map(({ key }) => key),
    ...Object.keys(target.answer.keep ?? {}),
    ...target.create.flatMap(({ keep }) => Object.keys(keep ?? {})),
  ]

  test('is described for people, with parameters that can be filled in', () => {
    const ids = entry.webhooks?.registration?.targets.map(({ id }) => id) ?? []
    expect(new Set(ids).size).toBe(ids.length)
    expect(target.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(target.label).toMatch(/^[A-Z]/)
    expect(target.description).toMatch(/^[A-Z].*[^.]$/)
    for (const field of target.parameters) {
      checkField(field)
      expect(field.secret, 'parameters are shown to everybody').toBeUndefined()
    }
  })

  test('has placeholders that somebody fills, and paths below the base of the API', () => {
    for (const { body, ...rest } of requests) {
      expect(rest.path).toMatch(/^\/[^/]/)
      const templates = JSON.stringify([rest.path, rest.query, rest.headers, typeof body === 'function' ? null : body])
      for (const [, key] of templates.matchAll(/\{\+?([A-Za-z][A-Za-z0-9]*)\}/g)) expect(known).toContain(key)
      for (const name of Object.keys(rest.headers ?? {})) expect(name).toBe(name.toLowerCase())
    }
  })

  test('gives our address and our secret, unless the provider makes it, and is removed by its id', () => {
    const bodies = target.create.map(({ body }) => (typeof body === 'function' ? String(body) : JSON.stringify(body)))
    expect(bodies.some((body) => body?.includes('url'))).toBe(true)
    const givesSecret = target.create.some(({ body }) =>
      typeof body === 'function' ? /\bsecret\b/.test(String(body)) : JSON.stringify(body ?? null).includes('{secret}'),
    )
    expect(givesSecret).toBe(entry.webhooks?.secretFrom === 'koble')
    if (target.answer.secret) expect(entry.webhooks?.secretFrom).toBe('provider')
    const { id } = target.answer
    if ('kept' in id) expect(target.create.flatMap(({ keep }) => Object.keys(keep ?? {}))).toContain(id.kept)
    expect(target.remove.length).toBeGreaterThan(0)
    expect(target.lifetime !== undefined || target.renew === undefined).toBe(true)
    if (target.lifetime) expect(target.lifetime.renewBeforeSeconds).toBeLessThan(target.lifetime.seconds)
  })

  test('names events that are offered, and scopes that exist', () => {
    const offered = entry.webhooks?.events ?? []
    for (const name of [...Object.keys(target.events?.names ?? {}), ...(target.events?.only ?? [])]) {
      expect(offered).toContain(name)
    }
  })
})

const withSandbox = entries.filter((entry) => entry.sandbox !== undefined)
test.each(withSandbox.map((entry) => [entry.id, entry] as const))('the sandbox of %s is complete', (id, entry) => {
  const sandbox = entry.sandbox as NonNullable<Provider['sandbox']>
  for (const path of [...Object.values(sandbox.endpoints), ...Object.values(sandbox.oidc ?? {})]) {
    expect(path).toMatch(/^\//)
  }
  const described = sandboxMethodsOf(entry)
  // Each stands under a method that the provider has, beside the usual one.
  expect(described).toHaveLength(1 + Object.keys(sandbox.methods ?? {}).length)
  for (const { type, sandbox: own } of described) {
    const method = authMethodOf(entry, type)
    const isNeeded = (field: Field) => field.required !== false && field.default === undefined
    const filled = Object.keys({ ...own.credentials, ...own.config })
    const keys = integrationFields(entry, method)
    expect(keys.map((field) => field.key)).toEqual(expect.arrayContaining(filled))
    expect(filled).toEqual(expect.arrayContaining(keys.filter(isNeeded).map((field) => field.key)))
    if (method.type === 'oauth2') {
      // A stand-in of our own takes every callback of this Koble.
      const isEmulated = typeof sandbox.service === 'string'
      if (isEmulated) expect(JSON.stringify(sandbox.seed)).toContain(`{origin}/api/auth/callback/${id}`)
      expect(sandbox.oidc !== undefined).toBe(method.oidc !== undefined)
    }
    if (needsSignIn(type)) expect(own.connectionCredentials).toBeUndefined()
    else validateFields(connectionFields(entry, method), own.connectionCredentials ?? {}, { partial: false })
  }
})

/** What a sample is signed with, and what it is then checked with: one secret, two keys of a pair, or a certificate. */
function proofOf(scheme: SignatureScheme): {
  secret: string
  verifier: string
  /** Of the provider, for signing. */
  signer?: { privateKey: string; url: string }
} & Pick<VerifyOptions, 'certificate'> {
  const base64 = (key: KeyObject, type: 'spki' | 'pkcs8') =>
    (key.export({ type: type as 'spki', format: 'der' }) as Buffer).toString('base64')
  if (scheme.type === 'public_key') {
    const { publicKey, privateKey } = keyPairs[scheme.algorithm]()
    return { secret: base64(privateKey, 'pkcs8'), verifier: base64(publicKey, 'spki') }
  }
  if (scheme.type !== 'certificate') {
    const secret = generateSecret(scheme)
    return { secret, verifier: secret }
  }
  const { publicKey, privateKey } = keyPairs[scheme.algorithm]()
  const { hosts, pathPrefix = '/' } = scheme.certificateUrl
  const url = `https://${hosts[0]}${pathPrefix}CERT-1`
  const signer = { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, url }
  const found = publicKey.export({ type: 'spki', format: 'pem' }) as string
  return { secret: 'our-id-at-the-provider', verifier: 'our-id-at-the-provider', signer, certificate: () => found }
}

const keyPairs = {
  ecdsa_p256_sha256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa_sha256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync('ed25519'),
}

function addresses(provider: Provider): string[] {
  const { api, account } = provider
  const found = [api.baseUrl, ...(api.otherOrigins ?? [])]
  for (const method of authMethodsOf(provider)) {
    const urls = Object.entries(method).filter(([key]) => key.endsWith('Url'))
    found.push(...urls.map(([, url]) => String(url)))
    if (method.type === 'oauth2' && method.oidc) found.push(method.oidc.issuer, method.oidc.jwksUri)
  }
  if (account && !account.url.startsWith('/')) found.push(account.url)
  return found
}

function checkField(field: Field): void {
  expect(field.key).toMatch(/^[a-z][A-Za-z0-9]*$/)
  expect(field.label).not.toBe('')
  const values = [field.default, ...(field.options ?? []).map((option) => option.value)]
  if (field.options) expect(values).toContain(field.default)
  if (field.pattern === undefined) return
  // Browsers compile the pattern of a form field with this flag.
  const pattern = new RegExp(`^(?:${field.pattern})$`, 'v')
  if (field.default) expect(field.default).toMatch(pattern)
  if (field.example && !field.secret) expect(field.example).toMatch(pattern)
}

function findChoices(value: unknown): FromConfig<unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  if ('fromConfig' in value) return [value as FromConfig<unknown>]
  return Object.values(value).flatMap(findChoices)
}

/** Every field of the form filled in with its default or its example. */
function exampleConfig(entry: CatalogueEntry): Record<string, string> {
  const fields = entry.integrationFields ?? []
  return Object.fromEntries(fields.map((field) => [field.key, field.default ?? field.example ?? '']))
}

function headersIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'header' in value && typeof value.header === 'string' ? [value.header] : []
  return [...own, ...Object.values(value).flatMap(headersIn)]
}

function flip(text: string): string {
  return text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a')
}
