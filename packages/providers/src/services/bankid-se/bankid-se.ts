import { defineProvider } from '../../define-provider.ts'
import { environmentField } from '../../maskinporten-auth.ts'
import { testClientCertificate } from '../../stand-ins/test-client-certificate.ts'

/**
 * Swedish BankID, version 6.0 of the relying party API: orders that are begun, shown as a moving QR code, and collected.
 * https://developers.bankid.com/
 */
export const bankidSe = defineProvider({
  id: 'bankid-se',
  name: 'BankID (Sweden)',
  description: 'Have people identify themselves and sign with Swedish BankID.',
  category: 'identity',
  docsUrl: 'https://developers.bankid.com/',
  color: '#193E4F',
  auth: {
    type: 'mtls',
    label: 'Relying party certificate',
    credentialsOn: 'integration',
    fields: [
      { key: 'certificate', label: 'Relying party certificate' },
      {
        key: 'caCertificate',
        label: "BankID's own authority",
        help: "The root of BankID's servers in that environment, in PEM form: no public authority vouches for them.",
        required: true,
      },
    ],
  },
  api: {
    baseUrl: 'https://{host}/rp/v6.0',
    errors: {
      code: ['errorCode'],
      message: ['details'],
      failures: { tooManyRequests: 'throttled', internalError: 'unreachable', Maintenance: 'unreachable' },
    },
  },
  // That the method is not allowed is said only to those whose certificate is good; nothing is begun by it.
  account: { url: '/auth', id: [], label: [], fallback: { statuses: [405], label: 'BankID relying party' } },
  integrationFields: [environmentField],
  derived: {
    host: {
      fromConfig: 'environment',
      choose: { production: 'appapi2.bankid.com', test: 'appapi2.test.bankid.com' },
    },
  },
  samples: [
    {
      title: 'Begin to identify somebody',
      method: 'POST',
      path: '/auth',
      body: '{"endUserIp": "203.0.113.7"}',
    },
  ],
  sandbox: {
    // It listens without TLS, so the certificate is not asked for there.
    service: { standIn: 'bankid-se' },
    endpoints: { apiUrl: '/rp/v6.0' },
    credentials: { ...testClientCertificate, caCertificate: testClientCertificate.certificate },
    config: { environment: 'test' },
    connectionCredentials: {},
  },
})
