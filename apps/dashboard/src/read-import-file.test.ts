import { expect, test } from 'vitest'
import { readImportFile } from './read-import-file.ts'

test('tells a sealed export from tokens and from connections of Nango', () => {
  expect(readImportFile('koble-bundle.v1.x\n', 'pass')).toEqual({ bundle: 'koble-bundle.v1.x', passphrase: 'pass' })
  expect(readImportFile('koble-bundle.v1.x', ' koble-private.k ')).toEqual({
    bundle: 'koble-bundle.v1.x',
    privateKey: 'koble-private.k',
  })
  expect(readImportFile('[{"integrationId": "i"}]', '')).toEqual({ connections: [{ integrationId: 'i' }] })
  expect(readImportFile('{"connections": [{"provider_config_key": "k"}]}', '')).toEqual({
    nango: [{ provider_config_key: 'k' }],
  })
  expect(readImportFile('{"provider_config_key": "k"}', '')).toEqual({ nango: [{ provider_config_key: 'k' }] })
})

test('says what is missing or wrong', () => {
  expect(() => readImportFile('koble-bundle.v1.x', '')).toThrow('passphrase')
  expect(() => readImportFile('<html>', '')).toThrow('neither')
})
