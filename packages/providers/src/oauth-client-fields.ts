import { choicesOf } from './config-values.ts'
import type { Field, OAuth2Auth } from './define-provider.ts'

const clientId: Field = { key: 'clientId', label: 'Client ID', help: 'From the app you registered at the provider.' }
const clientSecret: Field = { key: 'clientSecret', label: 'Client secret', secret: true }
const privateKey: Field = {
  key: 'privateKey',
  label: 'Private key',
  help: 'In PEM form, from its BEGIN line to its END line.',
  secret: true,
}
const keyId: Field = {
  key: 'keyId',
  label: 'Key ID',
  help: 'Under which the provider knows the public key (`kid`).',
  required: false,
}
const certificate: Field = {
  key: 'certificate',
  label: 'Client certificate',
  help: 'In PEM form; the certificates of its chain may follow it.',
}

/** The fields of an OAuth client, by the ways in which it may prove itself; where there are several, none is needed. */
export function oauthClientFields({ clientAuthentication, clientKey }: OAuth2Auth): Field[] {
  const ways = choicesOf(clientAuthentication)
  const proof = (fields: Field[], isProof: (way: (typeof ways)[number]) => boolean) => {
    if (!ways.some(isProof)) return []
    return ways.every(isProof) ? fields : fields.map((field) => ({ ...field, required: false }))
  }
  return [
    clientId,
    ...proof([clientSecret], (way) => way !== 'private_key_jwt' && way !== 'tls'),
    ...proof(
      [privateKey, keyId, ...(clientKey?.certificateHeader ? [certificate] : [])],
      (way) => way === 'private_key_jwt',
    ),
  ]
}
