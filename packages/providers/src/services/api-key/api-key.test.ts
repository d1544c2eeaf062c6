import { expect, test } from 'vitest'
import { placeKey, resolveProvider } from '../../resolve-provider.ts'
import { apiKey } from './api-key.ts'

const place = (config: Record<string, string>) => {
  const { auth } = resolveProvider(apiKey, { config: { apiUrl: 'https://api.example.com', ...config } })
  if (auth.type !== 'api_key') throw new Error('it takes a key')
  return placeKey(auth.placement, { apiKey: 'k3y' })
}

test('the key goes where the organization says', () => {
  expect(place({})).toEqual({ in: 'header', name: 'authorization', value: 'Bearer k3y' })
  expect(place({ placement: 'header' })).toEqual({ in: 'header', name: 'x-api-key', value: 'k3y' })
  expect(place({ placement: 'header', keyName: 'authorization', keyPrefix: 'Token ' })).toEqual({
    in: 'header',
    name: 'authorization',
    value: 'Token k3y',
  })
  expect(place({ placement: 'query', keyName: 'key' })).toEqual({ in: 'query', name: 'key', value: 'k3y' })
})

test('a test path is joined to the base address, and without one there is nothing to try keys on', () => {
  const config = { apiUrl: 'https://api.example.com/v1/' }
  expect(resolveProvider(apiKey, { config }).account).toBeUndefined()
  const { account } = resolveProvider(apiKey, { config: { ...config, testPath: '/me', accountIdPath: 'data.id' } })
  expect(account).toMatchObject({ url: 'https://api.example.com/v1/me', id: ['data.id'], label: [] })
})
