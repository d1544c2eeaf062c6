import { z } from 'zod'
import { apiError } from '../../http/problems.ts'
import type { IncomingConnection } from '../connections/service.ts'

type Incoming = Omit<IncomingConnection, 'integrationId'>

const credentials = z.looseObject({ type: z.string() })
/**
 * What Nango answers to `GET /connections/{connectionId}` (https://nango.dev/docs/reference/api/connections/get), as far
 * as it is used here. Lists come without credentials.
 */
const nangoConnection = z.looseObject({
  connection_id: z.string().min(1).max(255),
  provider_config_key: z.string().min(1),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  connection_config: z.record(z.string(), z.unknown()).nullish(),
  created_at: z.string().nullish(),
  end_user: z.looseObject({ id: z.string().min(1).max(255).nullish() }).nullish(),
  credentials: credentials.optional(),
})
type NangoConnection = z.infer<typeof nangoConnection>

const optionalText = z.string().min(1).nullish()
const time = z.union([z.string(), z.number()]).nullish()
const raw = z.looseObject({ scope: z.union([z.string(), z.array(z.string())]).nullish(), token_type: optionalText })
const oauth2 = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: optionalText,
  expires_at: time,
  raw: raw.nullish(),
})
const clientCredentials = z.looseObject({
  token: z.string().min(1),
  expires_at: time,
  raw: raw.nullish(),
  client_id: optionalText,
  client_secret: optionalText,
})
const apiKey = z.looseObject({
  apiKey: optionalText,
  // As it is called since 2025.
  api_key: optionalText,
})
const basic = z.looseObject({ username: z.string(), password: z.string().nullish() })
const oauth1 = z.looseObject({ oauth_token: z.string().min(1), oauth_token_secret: z.string().min(1) })

/** Which integration of Nango a connection is of. Throws `invalid_request` for what is no connection of Nango's. */
export function readNango(given: unknown): NangoConnection {
  const result = nangoConnection.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw apiError('invalid_request', `This is no connection of Nango's: ${issue?.path.join('.')} ${issue?.message}`)
}

/**
 * How connections of the integration here are authorised, and the names of the fields that they have, in their order:
 * Nango calls a key a key whatever the service does.
 */
export interface NangoTarget {
  authType: string
  fieldKeys: readonly string[]
}

/** A connection of Nango's in our words. Throws `invalid_request` for credentials that have no counterpart. */
export function fromNango(given: NangoConnection, target: NangoTarget): Incoming {
  const createdAt = given.created_at ? new Date(given.created_at) : null
  const connectedAt = createdAt && !Number.isNaN(createdAt.getTime()) ? createdAt.toISOString() : undefined
  return {
    externalUserId: given.end_user?.id ?? given.connection_id,
    metadata: { ...given.metadata, nangoConnectionId: given.connection_id },
    ...(connectedAt && { connectedAt }),
    credentials: readCredentials(given, target),
  }
}

function readCredentials(connection: NangoConnection, target: NangoTarget): Incoming['credentials'] {
  const given = connection.credentials
  const { fieldKeys } = target
  if (!given) {
    throw apiError(
      'invalid_request',
      'It has no credentials: read it with GET /connections/{connectionId}, one by one.',
    )
  }
  switch (given.type) {
    case 'OAUTH2': {
      const { access_token, refresh_token, expires_at, raw: answer } = read(oauth2, given)
      return token(target, access_token, { refreshToken: refresh_token, expiresAt: expires_at, answer })
    }
    case 'OAUTH2_CC': {
      const { token: value, expires_at, raw: answer, client_id, client_secret } = read(clientCredentials, given)
      const tokens = token(target, value, { expiresAt: expires_at, answer })
      // Made anew from the client's own secret; without that the token lasts as long as it lasts.
      if (target.authType !== 'client_credentials') return tokens
      const fields = {
        ...settings(connection, fieldKeys),
        clientId: client_id ?? '',
        clientSecret: client_secret ?? '',
      }
      const entries = Object.entries(fields).filter(([key]) => fieldKeys.includes(key))
      return { ...tokens, type: 'client_credentials', fields: Object.fromEntries(entries) }
    }
    case 'APP': {
      // Nango makes these anew from the app's own key: without that the token lasts as long as it lasts.
      const { access_token, expires_at, raw: answer } = read(oauth2, given)
      return token(target, access_token, { expiresAt: expires_at, answer })
    }
    case 'OAUTH1': {
      const { oauth_token, oauth_token_secret } = read(oauth1, given)
      const slot = { accessToken: oauth_token, tokenSecret: oauth_token_secret, scopes: [], tokenType: 'oauth1' }
      return { type: 'oauth1', slots: { default: slot } }
    }
    case 'API_KEY': {
      const found = read(apiKey, given)
      const key = found.apiKey ?? found.api_key
      if (!key) throw apiError('invalid_request', 'credentials: there is no apiKey.')
      const fields = { ...settings(connection, fieldKeys), [fieldKeys[0] ?? 'apiKey']: key }
      return { type: kindOf('api_key', target), fields }
    }
    case 'BASIC': {
      const { username, password } = read(basic, given)
      const [first = 'username', second = 'password'] = fieldKeys.includes('username') ? [] : fieldKeys
      const fields = { ...settings(connection, fieldKeys), [first]: username, [second]: password ?? '' }
      return { type: kindOf('basic', target), fields }
    }
    default:
      throw apiError('invalid_request', `Credentials of Nango's type ${given.type} have no counterpart here.`)
  }
}

/** What takes fields takes keys and passwords alike; where tokens are wanted, the kinds do not fit and that is said. */
function kindOf(kind: string, { authType, fieldKeys }: NangoTarget): string {
  return fieldKeys.length > 0 ? authType : kind
}

/** Those of the connection's settings that are fields here. */
function settings(connection: NangoConnection, fieldKeys: readonly string[]): Record<string, string> {
  const entries = Object.entries(connection.connection_config ?? {})
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => fieldKeys.includes(entry[0]) && typeof entry[1] === 'string'),
  )
}

function token(
  { authType }: NangoTarget,
  accessToken: string,
  more: {
    refreshToken?: string | null
    expiresAt?: string | number | null
    answer?: z.infer<typeof raw> | null
  },
): Incoming['credentials'] {
  const scope = more.answer?.scope ?? []
  const scopes = typeof scope === 'string' ? scope.split(/[\s,]+/).filter(Boolean) : scope
  const slot = {
    accessToken,
    ...(more.refreshToken && { refreshToken: more.refreshToken }),
    ...(more.expiresAt && { expiresAt: toTime(more.expiresAt) }),
    scopes,
    tokenType: more.answer?.token_type ?? 'bearer',
  }
  // A code confirmed on another device brings the same tokens.
  return { type: authType === 'device' ? authType : 'oauth2', slots: { default: slot } }
}

function toTime(given: string | number): string {
  // Seconds or milliseconds since the epoch, or a text: all have been seen in exports.
  const time = typeof given === 'number' ? new Date(given < 1e11 ? given * 1000 : given) : new Date(given)
  if (Number.isNaN(time.getTime())) throw apiError('invalid_request', 'credentials.expires_at is no time.')
  return time.toISOString()
}

function read<Value>(schema: z.ZodType<Value>, given: unknown): Value {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw apiError('invalid_request', `credentials.${issue?.path.join('.')}: ${issue?.message}`)
}
