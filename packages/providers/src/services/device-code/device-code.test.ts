import { expect, test } from 'vitest'
import { resolveProvider } from '../../resolve-provider.ts'
import { deviceCode } from './device-code.ts'

test('a revocation address is there only when one was entered', () => {
  const config = {
    deviceAuthorizationUrl: 'https://login.example.com/device',
    tokenUrl: 'https://login.example.com/token',
    apiUrl: 'https://api.example.com',
  }
  const { auth } = resolveProvider(deviceCode, { config })
  expect(auth).toMatchObject({ deviceAuthorizationUrl: config.deviceAuthorizationUrl, clientAuthentication: 'basic' })
  expect(auth).not.toHaveProperty('revocationUrl')
  const revocationUrl = 'https://login.example.com/revoke'
  expect(resolveProvider(deviceCode, { config: { ...config, revocationUrl } }).auth).toMatchObject({ revocationUrl })
})
