import type { Account, Field } from './define-provider.ts'

/** What a field that takes a whole address looks like. */
export const address: Pick<Field, 'pattern' | 'patternMessage'> = {
  pattern: 'https?://[^\\s\\{\\}]+',
  patternMessage: 'A whole address, beginning with https://',
}

export const tokenUrl: Field = {
  key: 'tokenUrl',
  label: 'Token URL',
  example: 'https://login.example.com/oauth/token',
  ...address,
}

/** For a service described by the organization itself: where it is, and on which call credentials are tried. */
export const serviceFields: Field[] = [
  {
    key: 'apiUrl',
    label: 'API base URL',
    help: 'Calls go below this address.',
    example: 'https://api.example.com/v1',
    ...address,
  },
  {
    key: 'testPath',
    label: 'Test path',
    help: 'A harmless GET that works only with good credentials. They are tried out on it before they are saved.',
    required: false,
    pattern: '/[^\\s\\{\\}]*',
    patternMessage: 'A path below the base URL, beginning with a slash',
    example: '/me',
  },
  {
    key: 'accountIdPath',
    label: 'Path of the account ID',
    help: "Where the test's answer holds the account's lasting ID.",
    required: false,
    example: 'data.id',
  },
  {
    key: 'accountLabelPath',
    label: 'Path of the account label',
    help: "Where the test's answer holds a name that people recognise.",
    required: false,
    example: 'data.name',
  },
]

/** The test call of `serviceFields`. */
export const serviceAccount: Account = { url: '{testPath}', id: ['{accountIdPath}'], label: ['{accountLabelPath}'] }

/** How an OAuth client proves itself; the choices of `clientAuthentication`. */
export const clientAuthentication: Field = {
  key: 'clientAuthentication',
  label: 'Client authentication',
  help: 'How the client ID and secret are sent to the token URL.',
  default: 'basic',
  options: [
    { value: 'basic', label: 'In the header (HTTP Basic)' },
    { value: 'body', label: 'In the body' },
  ],
}

/** The same, where a certificate may take the place of the secret (RFC 8705). */
export const clientAuthenticationOrTls: Field = {
  ...clientAuthentication,
  help: 'How the client proves itself to the token URL.',
  options: [...(clientAuthentication.options ?? []), { value: 'tls', label: 'By its certificate (mutual TLS)' }],
}

/** With what a token is signed. */
export const algorithm: Field = {
  key: 'algorithm',
  label: 'Algorithm',
  help: 'It has to fit the kind of key: RS and PS for RSA, ES for elliptic curves, EdDSA for Ed25519.',
  default: 'RS256',
  options: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'].map((value) => ({ value, label: value })),
}

/** The same as a choice of the config. */
export const algorithmChoice = {
  fromConfig: 'algorithm',
  choose: { RS256: 'RS256', PS256: 'PS256', ES256: 'ES256', ES384: 'ES384', EdDSA: 'EdDSA' },
} as const
