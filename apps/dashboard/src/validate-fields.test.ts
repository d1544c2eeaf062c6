import { expect, test } from 'vitest'
import { defaultValues, filledValues, findFieldErrors } from './validate-fields.ts'

const fields = [
  { key: 'id', label: 'Client ID', pattern: '[0-9]+', patternMessage: 'Digits only.' },
  { key: 'tenant', label: 'Tenant', required: false, pattern: '[a-z]+', example: 'acme' },
  { key: 'region', label: 'Region', options: [{ value: 'eu', label: 'Europe' }] },
]

test('asks for what is missing unless it may be left out', () => {
  expect(findFieldErrors(fields, { region: 'eu' })).toEqual({ id: 'Client ID is needed.' })
})

test('holds the pattern against the whole value', () => {
  expect(findFieldErrors(fields, { id: '12a', tenant: 'A', region: 'eu' })).toEqual({
    id: 'Digits only.',
    tenant: 'This does not look right. An example: acme',
  })
  expect(findFieldErrors(fields, { id: ' 12 ', region: 'eu' })).toEqual({})
})

test('sends only what was filled in, without the blanks around it', () => {
  expect(filledValues(fields, { id: ' 1 ', tenant: '', region: 'eu', other: 'x' })).toEqual({ id: '1', region: 'eu' })
})

test('begins with the defaults, and with the first choice where one must be made', () => {
  expect(defaultValues(fields)).toEqual({ id: '', tenant: '', region: 'eu' })
})
