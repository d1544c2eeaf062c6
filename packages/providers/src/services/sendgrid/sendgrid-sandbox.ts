import type { Sandbox } from '../../define-provider.ts'

/** The stand-in for SendGrid: a bicycle shop that writes to its customers. */
export const sendgridSandbox: Sandbox = {
  service: { standIn: 'sendgrid' },
  endpoints: { apiUrl: '/' },
  credentials: {},
  connectionCredentials: { apiKey: 'SG.koble-sandbox.sendgrid-key-0000' },
}
