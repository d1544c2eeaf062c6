import type { Sandbox } from '../../define-provider.ts'

const authToken = 'koble-sandbox-twilio-token'

/** The stand-in for Twilio: an account of a bicycle shop, with one number. */
export const twilioSandbox: Sandbox = {
  service: 'twilio',
  front: 'twilio',
  endpoints: { apiUrl: '/' },
  credentials: {},
  connectionCredentials: {
    accountSid: 'AC0123456789abcdef0123456789abcdef',
    keySid: 'SK0123456789abcdef0123456789abcdef',
    keySecret: 'koble-sandbox-twilio-key',
  },
  webhookSecret: authToken,
  seed: {
    account: {
      sid: 'AC0123456789abcdef0123456789abcdef',
      auth_token: authToken,
      friendly_name: 'Fjord Bikes',
    },
    api_keys: [
      { sid: 'SK0123456789abcdef0123456789abcdef', secret: 'koble-sandbox-twilio-key', friendly_name: 'Koble' },
    ],
    phone_numbers: [{ phone_number: '+15005550006', friendly_name: 'Workshop' }],
  },
}
