import { expect, test } from 'vitest'
import { connectionFields } from '../../fields.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { clientCertificate } from './client-certificate.ts'

test('certificate and key belong to the connection, and only what must stay secret is', () => {
  const { auth } = resolveProvider(clientCertificate, { config: { apiUrl: 'https://api.example.com' } })
  expect(auth.type).toBe('mtls')
  const secret = connectionFields(clientCertificate).filter((field) => field.secret)
  expect(secret.map((field) => field.key)).toEqual(['privateKey', 'passphrase'])
})
