import { KobleError } from '@koble/core/errors'
import { expect, test } from 'vitest'
import type { Field, OAuth2Auth } from './define-provider.ts'
import { integrationFields, validateFields } from './fields.ts'
import { microsoft } from './services/microsoft/microsoft.ts'
import { stripe } from './services/stripe/stripe.ts'

const fields: Field[] = [
  { key: 'name', label: 'Name' },
  { key: 'region', label: 'Region', default: 'eu', options: [{ value: 'eu', label: 'Europe' }] },
  { key: 'key', label: 'Key', secret: true, pattern: 'k_[a-z]+', patternMessage: 'A key begins with k_' },
  { key: 'note', label: 'Note', required: false },
]
const refused = (values: Record<string, string>, partial = false): string[] => {
  try {
    validateFields(fields, values, { partial })
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(KobleError)
    const { code, status, details } = error as KobleError
    expect({ code, status }).toEqual({ code: 'invalid_request', status: 400 })
    expect(JSON.stringify([(error as Error).message, details])).not.toContain('s3cret')
    return (details.errors as { path: string }[]).map(({ path }) => path)
  }
}

test('what is needed, unknown, in another form or no choice is refused by the name of its field', () => {
  expect(refused({ name: 'Fjord', key: 'k_abc' })).toEqual([])
  expect(refused({})).toEqual(['name', 'key'])
  expect(refused({ name: '', key: 's3cret' })).toEqual(['name', 'key'])
  expect(refused({ name: 'Fjord', key: 'k_abc\n' })).toEqual(['key'])
  expect(refused({ name: 'Fjord', key: 'xk_abc', region: 's3cret', other: 's3cret' })).toEqual([
    'other',
    'region',
    'key',
  ])
})

test('a change may leave out what is there already, but not empty it', () => {
  expect(refused({ note: 'x' }, true)).toEqual([])
  expect(refused({ name: '' }, true)).toEqual(['name'])
})

test('an OAuth client is asked for the proof that its provider takes', () => {
  const keysOf = (auth: Partial<OAuth2Auth>) => {
    const fields = integrationFields({ ...microsoft, auth: { ...(microsoft.auth as OAuth2Auth), ...auth } })
    return fields
      .filter(({ key }) => key !== 'tenant')
      .map(({ key, required }) => (required === false ? `${key}?` : key))
  }
  expect(keysOf({ clientAuthentication: 'bearer' })).toEqual(['clientId', 'clientSecret'])
  expect(keysOf({ clientAuthentication: 'tls' })).toEqual(['clientId'])
  const clientKey = { algorithm: 'RS256', certificateHeader: 'x5c' } as const
  expect(keysOf({ clientAuthentication: 'private_key_jwt', clientKey: { algorithm: 'RS256' } })).toEqual([
    'clientId',
    'privateKey',
    'keyId?',
  ])
  expect(keysOf({ clientAuthentication: 'private_key_jwt', clientKey })).toContain('certificate')
  const either = { fromConfig: 'proof', choose: { secret: 'basic', key: 'private_key_jwt' } } as const
  expect(keysOf({ clientAuthentication: either, clientKey: { algorithm: 'RS256' } })).toEqual([
    'clientId',
    'clientSecret?',
    'privateKey?',
    'keyId?',
  ])
})

test('an OAuth client comes before the fields of the provider; a provider with keys has none', () => {
  expect(integrationFields(microsoft).map((field) => field.key)).toEqual(['clientId', 'clientSecret', 'tenant'])
  expect(integrationFields(stripe)).toEqual([])
})
