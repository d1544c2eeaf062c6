import { expect, test } from 'vitest'
import { connectionFields } from '../../fields.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { awsSigV4 } from './aws-sigv4.ts'

test('service and region are those of the integration, the access key that of the connection', () => {
  const config = { apiUrl: 'https://s3.eu-north-1.amazonaws.com', service: 's3', region: 'eu-north-1' }
  expect(resolveProvider(awsSigV4, { config }).auth).toMatchObject({ service: 's3', region: 'eu-north-1' })
  const keys = connectionFields(awsSigV4).map((field) => field.key)
  expect(keys).toEqual(['accessKeyId', 'secretAccessKey', 'sessionToken'])
})
