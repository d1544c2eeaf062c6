import type { AuthMethod, AuthType } from './auth-method.ts'
import type { Field } from './define-provider.ts'
import { oauthClientFields } from './oauth-client-fields.ts'

/** The fields that a method needs wherever it is used, in the order of the form. */
export function impliedFields(method: AuthMethod): Field[] {
  const own = ownFields(method)
  const certificate = method.clientCertificate && method.type !== 'mtls' ? certificateFieldsOf(method) : []
  // A key may serve signatures and connections both.
  const known = new Set(own.map((field) => field.key))
  return [...own, ...certificate.filter((field) => !known.has(field.key))]
}

function ownFields(method: AuthMethod): Field[] {
  if (method.type === 'oauth2') return oauthClientFields(method)
  if (method.type === 'client_credentials' && method.clientKey) return [clientId, privateKey, keyId]
  if (method.type === 'two_step' && method.assertion) return [clientId, privateKey]
  if (method.type !== 'basic') return byType[method.type]
  const templates = `${method.username ?? '{username}'}:${method.password ?? '{password}'}`
  return byType.basic.filter(({ key }) => templates.includes(`{${key}}`))
}

const clientId: Field = { key: 'clientId', label: 'Client ID', help: 'From the app you registered at the provider.' }
const clientSecret: Field = { key: 'clientSecret', label: 'Client secret', secret: true }

const pem = (kind: string, label: string): Pick<Field, 'pattern' | 'patternMessage' | 'multiline'> => ({
  multiline: true,
  pattern: `\\s*-----BEGIN (?:${kind})-----[\\s\\S]+-----END (?:${kind})-----\\s*`,
  patternMessage: `${label} in PEM form, from its BEGIN line to its END line`,
})
const privateKey: Field = {
  key: 'privateKey',
  label: 'Private key',
  help: 'In PEM form, from its BEGIN line to its END line.',
  secret: true,
  ...pem('(?:RSA |EC |ENCRYPTED )?PRIVATE KEY', 'A private key'),
}
const keyId: Field = {
  key: 'keyId',
  label: 'Key ID',
  help: 'Under which the provider knows the public key (`kid`).',
  required: false,
}
const signing = [{ ...clientId, label: 'Issuer', help: 'As whom the token is signed (`iss`).' }, keyId, privateKey]

const certificateFields: Field[] = [
  {
    key: 'certificate',
    label: 'Client certificate',
    help: 'In PEM form; the certificates of its chain may follow it.',
    ...pem('CERTIFICATE', 'A certificate'),
  },
  { ...privateKey, help: 'The key of the certificate, in PEM form.' },
  { key: 'passphrase', label: 'Passphrase of the private key', secret: true, required: false },
  {
    key: 'caCertificate',
    label: "Authority of the service's certificate",
    help: 'Only when it is no public one, in PEM form.',
    required: false,
    ...pem('CERTIFICATE', 'A certificate'),
  },
]

function certificateFieldsOf({ clientCertificate }: AuthMethod): Field[] {
  if (clientCertificate !== 'optional') return certificateFields
  return certificateFields.map((field) => ({ ...field, required: false }))
}

const byType: Record<Exclude<AuthType, 'oauth2'>, Field[]> = {
  client_credentials: [clientId, clientSecret],
  jwt_bearer: signing,
  jwt: signing,
  device: [clientId, { ...clientSecret, required: false, help: 'Many services give none to devices.' }],
  oauth1: [
    { ...clientId, label: 'Consumer key' },
    { ...clientSecret, label: 'Consumer secret' },
  ],
  api_key: [],
  basic: [
    { key: 'username', label: 'User name', pattern: '[^:\\p{Cc}]+', patternMessage: 'A user name has no colon' },
    { key: 'password', label: 'Password', secret: true },
  ],
  two_step: [],
  mtls: certificateFields,
  aws_sigv4: [
    {
      key: 'accessKeyId',
      label: 'Access key ID',
      pattern: '\\w{6,128}',
      patternMessage: 'Letters and digits, as in AKIAIOSFODNN7EXAMPLE',
      example: 'AKIAIOSFODNN7EXAMPLE',
    },
    { key: 'secretAccessKey', label: 'Secret access key', secret: true },
    {
      key: 'sessionToken',
      label: 'Session token',
      help: 'Only with temporary credentials.',
      secret: true,
      required: false,
    },
  ],
  custom: [],
}
