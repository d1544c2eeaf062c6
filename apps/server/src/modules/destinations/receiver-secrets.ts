import { type DestinationType, destinationTypes, type ReceiverAuthentication } from '@koble/contract/destination-types'
import type { z } from 'zod'
import { apiError, invalidField } from '../../http/problems.ts'
import { type HttpsSecrets, isOwnHeader } from '../webhooks-out/service.ts'

type Fields = Record<string, unknown>
type HttpsFields = z.output<(typeof destinationTypes)['https']['secrets']>

/** Which secret each way to authenticate needs. */
const neededBy = {
  none: null,
  basic: 'password',
  bearer: 'token',
  oauth2_client_credentials: 'clientSecret',
  mtls: 'privateKey',
} as const

/**
 * Secrets as they are sealed, from those of the wire; null for none. Throws `invalid_request` that names what is missing
 * or of no use.
 */
export function sealableSecrets(type: DestinationType, config: Fields, secrets: Fields): object | null {
  if (type === 'https') return httpsSecrets(config['authentication'] as ReceiverAuthentication, secrets)
  if (type === 'kafka') demandPair(secrets, config['saslMechanism'] !== null)
  if (type === 'nats_jetstream') {
    demandPair(secrets, false)
    const ways = ['token', 'username', 'creds'].filter((name) => secrets[name] !== undefined)
    if (ways.length > 1) refuse(`secrets.${ways[1]}`, 'There is another way to sign in already.')
  }
  return Object.keys(secrets).length === 0 ? null : secrets
}

/** The secrets of the wire, from what was sealed. */
export function wireSecrets(type: DestinationType, sealed: Fields): Fields {
  if (type !== 'https') return sealed
  const { auth, clientCertificate, headers } = sealed as HttpsSecrets
  const certificate = clientCertificate as { privateKey?: string } | undefined
  return {
    ...(auth?.type === 'basic' && { password: auth.password }),
    ...(auth?.type === 'bearer' && { token: auth.token }),
    ...(auth?.type === 'oauth2' && { clientSecret: auth.clientSecret }),
    ...(certificate?.privateKey !== undefined && { privateKey: certificate.privateKey }),
    ...(headers && { headers }),
  }
}

/** Names of the secrets that are set. */
export function namesOfSecrets(type: DestinationType, sealed: Fields): string[] {
  const { headers, ...others } = wireSecrets(type, sealed)
  return [...Object.keys(others), ...Object.keys(headers ?? {}).map((name) => `headers.${name}`)]
}

/**
 * Those that are named over those that are there; null takes one away, and of headers each by itself. Throws
 * `invalid_request` for what the type does not have.
 */
export function mergeSecrets(type: DestinationType, before: Fields, changes: Fields): Fields {
  const merged = withChanges(before, changes)
  const headers = changes['headers']
  if (type === 'https' && typeof headers === 'object' && headers !== null) {
    const all = withChanges((before['headers'] ?? {}) as Fields, headers as Fields)
    if (Object.keys(all).length > 0) merged['headers'] = all
    else delete merged['headers']
  }
  return parseFields(destinationTypes[type].secrets, merged, 'secrets')
}

/** A part of a destination as its type has it; throws `invalid_request` that names the fields. */
export function parseFields(schema: z.ZodType, value: unknown, place: string): Fields {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data as Fields
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: [place, ...path].join('.'), message }))
  throw apiError('invalid_request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors })
}

function withChanges(before: Fields, changes: Fields): Fields {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null))
}

function httpsSecrets(authentication: ReceiverAuthentication, given: Fields): HttpsSecrets | null {
  const { headers, ...secrets } = given as HttpsFields
  const needed = neededBy[authentication.type]
  const value = needed === null ? undefined : secrets[needed]
  if (needed !== null && value === undefined) {
    refuse(`secrets.${needed}`, `The authentication "${authentication.type}" needs it.`)
  }
  const useless = Object.keys(secrets).find((name) => name !== needed)
  if (useless !== undefined)
    refuse(`secrets.${useless}`, `The authentication "${authentication.type}" has no use for it.`)
  const names = Object.keys(headers ?? {}).map((name) => name.toLowerCase())
  const foreign = names.find((name) => !isOwnHeader(name))
  if (foreign !== undefined) refuse(`secrets.headers.${foreign}`, 'Koble sets it, or it belongs to the connection.')
  const setsAuthorization = ['basic', 'bearer', 'oauth2_client_credentials'].includes(authentication.type)
  if (setsAuthorization && names.includes('authorization')) {
    refuse('secrets.headers.authorization', `The authentication "${authentication.type}" sets it.`)
  }
  const sealed = { ...identityOf(authentication, value ?? ''), ...(headers && { headers }) }
  return Object.keys(sealed).length === 0 ? null : sealed
}

function identityOf(authentication: ReceiverAuthentication, secret: string): HttpsSecrets {
  switch (authentication.type) {
    case 'none':
      return {}
    case 'basic':
      return { auth: { type: 'basic', username: authentication.username, password: secret } }
    case 'bearer':
      return { auth: { type: 'bearer', token: secret } }
    case 'mtls':
      return { clientCertificate: { certificate: authentication.certificate, privateKey: secret } }
    case 'oauth2_client_credentials': {
      const { tokenUrl, clientId, scopes, audience, clientAuthentication } = authentication
      const parameters = audience === undefined ? {} : { parameters: { audience } }
      return {
        auth: { type: 'oauth2', tokenUrl, clientId, clientSecret: secret, clientAuthentication, scopes, ...parameters },
      }
    }
  }
}

function demandPair(secrets: Fields, needed: boolean): void {
  const { username, password } = secrets
  if ((username === undefined) === (password === undefined) && !(needed && username === undefined)) return
  const missing = username === undefined ? 'username' : 'password'
  refuse(`secrets.${missing}`, 'User name and password belong together.')
}

function refuse(path: string, message: string): never {
  throw invalidField(path, message)
}
