import type { ClientCertificate } from '@koble/core/http'
import { fillTemplate } from '@koble/providers/fill-template'
import type { ResolvedAuth } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'

type Values = Readonly<Record<string, string | null | undefined>>

/**
 * The certificate that a method's calls and token requests are made with, out of all credentials; undefined when it needs
 * none, or when it may have one and was given none. Throws `invalid_request` when one that is needed is missing.
 */
export function clientCertificateOf(auth: ResolvedAuth, values: Values): ClientCertificate | undefined {
  if (auth.type !== 'mtls' && !auth.clientCertificate) return undefined
  const mayDoWithout = auth.clientCertificate === 'optional' && !provesByCertificate(auth)
  if (mayDoWithout && !values['certificate'] && !values['privateKey']) return undefined
  const { passphrase, caCertificate } = values
  return {
    certificate: fillTemplate('{certificate}', values),
    privateKey: fillTemplate('{privateKey}', values),
    ...(passphrase && { passphrase }),
    ...(caCertificate && { ca: caCertificate }),
  }
}

/** Throws `invalid_request` when the client of an integration proves itself by a certificate, and there is none. */
export function demandCertificate(auth: ResolvedAuth, config: Values): void {
  const isOurs = auth.type === 'oauth2' && auth.clientCertificate
  if (!isOurs || !provesByCertificate(auth) || config['certificate']) return
  const message = 'A client certificate is needed for this client authentication.'
  throw apiError('invalid_request', `certificate: ${message}`, { errors: [{ path: 'certificate', message }] })
}

function provesByCertificate(auth: ResolvedAuth): boolean {
  return 'clientAuthentication' in auth && auth.clientAuthentication === 'tls'
}
