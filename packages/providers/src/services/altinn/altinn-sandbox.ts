import type { Sandbox } from '../../define-provider.ts'
import { testClientKey } from '../../stand-ins/test-client-key.ts'

/** The stand-in for Altinn, and for the Maskinporten that comes before it. */
export const altinnSandbox: Sandbox = {
  service: { standIn: 'altinn' },
  endpoints: { tokenUrl: '/token', apiUrl: '/' },
  credentials: {
    clientId: 'a1b2c3d4-0000-4000-8000-6b6f626c6532',
    keyId: testClientKey.keyId,
    privateKey: testClientKey.privateKey,
  },
  config: { environment: 'test', appOwner: 'ttd' },
  connectionCredentials: { systemUserOrg: '314234367' },
}
