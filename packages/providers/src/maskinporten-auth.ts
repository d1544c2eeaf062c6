import type { ClaimTemplate, MethodField } from './auth-method.ts'
import type { Field } from './define-provider.ts'

/**
 * What an assertion for Maskinporten says beside `iss`, `scope`, `iat`, `exp` and `jti`. It refuses claims that it does not
 * know, and ends its address with a slash. https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_jwtgrant
 *
 * @param host Of Maskinporten, which may be a placeholder.
 */
export function maskinportenClaims(host: string): Record<string, ClaimTemplate> {
  return {
    aud: `https://${host}/`,
    resource: '{resource}',
    consumer_org: '{consumerOrg}',
    authorization_details: [
      {
        type: 'urn:altinn:systemuser',
        systemuser_org: { authority: 'iso6523-actorid-upis', ID: '0192:{systemUserOrg}' },
        'externalRef?': '{externalRef}',
      },
    ],
  }
}

const organization = { pattern: '[2389]\\d{8}', patternMessage: 'Nine digits, as in 974760673', required: false }

/** The client is the organization's; on whose behalf it acts, each connection says. */
export const maskinportenFields: MethodField[] = [
  { key: 'clientId', label: 'Client ID', help: 'Of the integration in Samarbeidsportalen, a UUID.' },
  { key: 'keyId', required: true, help: 'The `kid` under which the public key is registered.' },
  {
    key: 'consumerOrg',
    label: 'Acting for (organisation number)',
    help: 'When another organisation has delegated the scopes to yours in Altinn; never your own.',
    on: 'connection',
    ...organization,
  },
  {
    key: 'systemUserOrg',
    label: 'Organisation of the system user',
    help: 'When a customer has approved a system user for your system in Altinn.',
    on: 'connection',
    ...organization,
  },
  {
    key: 'externalRef',
    label: 'Reference of the system user',
    help: 'Only when the customer has several.',
    on: 'connection',
    required: false,
  },
]

/** Production, or the test environment, whose clients, keys and delegations are all of its own. */
export const environmentField: Field = {
  key: 'environment',
  label: 'Environment',
  default: 'production',
  options: [
    { value: 'production', label: 'Production' },
    { value: 'test', label: 'Test' },
  ],
}

/** The host of Maskinporten in either. */
export const maskinportenHost = {
  fromConfig: 'environment',
  choose: { production: 'maskinporten.no', test: 'test.maskinporten.no' },
} as const
