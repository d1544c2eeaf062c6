import type { Destination } from '../hooks/use-destinations.ts'
import type { TextKey } from '../texts/en.ts'

export type AuthenticationType = 'none' | 'basic' | 'bearer' | 'oauth2_client_credentials' | 'mtls'

/** What a receiver may want to know of who calls, as text. */
export interface AuthenticationValues {
  authentication: AuthenticationType
  username: string
  password: string
  token: string
  tokenUrl: string
  clientId: string
  clientSecret: string
  /** With blanks or commas between them. */
  scopes: string
  certificate: string
  privateKey: string
}

export type AuthenticationKey = Exclude<keyof AuthenticationValues, 'authentication'>

/** One thing that a way of authentication asks for. */
export interface AuthenticationField {
  key: AuthenticationKey
  label: TextKey
  /** Never shown again once it is saved. */
  secret?: true
  /** Several lines, in PEM form. */
  lines?: true
  optional?: true
}

/** The ways, each with what it asks for. */
export const authenticationWays: Record<AuthenticationType, { label: TextKey; fields: AuthenticationField[] }> = {
  none: { label: 'authNone', fields: [] },
  basic: {
    label: 'authBasic',
    fields: [
      { key: 'username', label: 'username' },
      { key: 'password', label: 'password', secret: true },
    ],
  },
  bearer: { label: 'authBearer', fields: [{ key: 'token', label: 'token', secret: true }] },
  oauth2_client_credentials: {
    label: 'authClientCredentials',
    fields: [
      { key: 'tokenUrl', label: 'tokenUrl' },
      { key: 'clientId', label: 'clientId' },
      { key: 'clientSecret', label: 'clientSecret', secret: true },
      { key: 'scopes', label: 'scopes', optional: true },
    ],
  },
  mtls: {
    label: 'authCertificate',
    fields: [
      { key: 'certificate', label: 'certificate', lines: true },
      { key: 'privateKey', label: 'privateKey', secret: true, lines: true },
    ],
  },
}

/** How a destination has it; secrets are empty, since nobody sees them again. */
export function authenticationOf(destination?: Destination): AuthenticationValues {
  const { type = 'none', ...known } = storedOf(destination)
  const text = (key: string) => (typeof known[key] === 'string' ? known[key] : '')
  return {
    authentication: type,
    ...{ username: text('username'), tokenUrl: text('tokenUrl'), clientId: text('clientId') },
    scopes: Array.isArray(known['scopes']) ? known['scopes'].join(' ') : '',
    certificate: text('certificate'),
    ...{ password: '', token: '', clientSecret: '', privateKey: '' },
  }
}

/** What is missing, or cannot be. */
export function findWrongAuthentication(
  values: AuthenticationValues,
  destination?: Destination,
): { [Key in AuthenticationKey]?: TextKey } {
  const wrong: { [Key in AuthenticationKey]?: TextKey } = {}
  for (const { key, secret, optional } of authenticationWays[values.authentication].fields) {
    const isKept = secret && destination?.secretsSet.includes(key)
    if (values[key].trim() === '' && !optional && !isKept) wrong[key] = 'required'
    else if (key === 'tokenUrl' && !URL.canParse(values.tokenUrl.trim())) wrong[key] = 'looksWrong'
  }
  return wrong
}

/** The same as the API takes it; what the form does not ask for stays as it is. */
export function authenticationBody(values: AuthenticationValues, destination?: Destination) {
  const { authentication: type } = values
  const stored = storedOf(destination)
  const authentication: Record<string, unknown> = stored.type === type ? { ...stored } : { type }
  const secrets: Record<string, string> = {}
  for (const { key, secret, lines } of authenticationWays[type].fields) {
    const value = lines || secret ? values[key] : values[key].trim()
    if (key === 'scopes') authentication[key] = value.split(/[\s,]+/).filter(Boolean)
    else if (!secret) authentication[key] = value
    else if (value !== '') secrets[key] = value
  }
  return { authentication, secrets }
}

function storedOf(destination?: Destination): { type?: AuthenticationType } & Record<string, unknown> {
  return (destination?.config['authentication'] ?? {}) as { type?: AuthenticationType }
}
