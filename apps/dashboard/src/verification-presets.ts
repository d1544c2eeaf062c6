/** One usual way for senders to prove themselves, as a beginning to change. */
export interface VerificationPreset {
  id: string
  label: string
  /** What has to be known to fill it in. */
  help: string
  signature: Record<string, unknown>
}

const hmac = { type: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' }

/** What one begins with who has not chosen yet. */
export const firstPreset: VerificationPreset = {
  id: 'hmac-body',
  label: 'HMAC of the body',
  help: 'algorithm: sha1, sha256, sha512. encoding: hex, base64, base64url. prefix: what stands before it, such as "sha256=".',
  signature: hmac,
}

/** The usual ways, the best ones first. Each may be changed in the editor. */
export const verificationPresets: readonly VerificationPreset[] = [
  {
    id: 'standard-webhooks',
    label: 'Standard Webhooks (also Svix)',
    help: 'webhook-id, webhook-timestamp and webhook-signature; the secret begins with whsec_ or, for keys, whpk_.',
    signature: { type: 'standard_webhooks' },
  },
  firstPreset,
  {
    id: 'hmac-timestamp',
    label: 'HMAC of time and body, with the time in a header of its own',
    help: 'signedContent: {timestamp}, {id}, {body}, {url} and {method} are filled in; the rest stands as it is.',
    signature: {
      ...hmac,
      timestamp: { header: 'x-timestamp', format: 'unix' },
      signedContent: '{timestamp}.{body}',
      toleranceSeconds: 300,
    },
  },
  {
    id: 'hmac-pairs',
    label: 'HMAC of time and body, both in one header: t=…,v1=…',
    help: 'pairs: what the time and the signature are called in the header.',
    signature: {
      ...hmac,
      pairs: { timestampKey: 't', signatureKey: 'v1' },
      signedContent: '{timestamp}.{body}',
      toleranceSeconds: 300,
    },
  },
  {
    id: 'token',
    label: 'Token in a header',
    help: 'The secret itself. prefix: what stands before it, such as "Bearer ".',
    signature: { type: 'token', header: 'authorization', prefix: 'Bearer ' },
  },
  {
    id: 'query-token',
    label: 'Token in the URL',
    help: 'query: what the parameter is called. URLs stand in logs: prefer a header.',
    signature: { type: 'query_token', query: 'token' },
  },
  {
    id: 'body-token',
    label: 'Token in the body',
    help: 'path: where it stands, such as "auth.token".',
    signature: { type: 'body_token', path: 'token' },
  },
  {
    id: 'basic',
    label: 'User name and password (Basic)',
    help: 'The secret is "user:password".',
    signature: { type: 'basic' },
  },
  {
    id: 'jwt',
    label: 'Signed token (JWT) with a hash of the body',
    help: 'algorithm: HS256 and HS512 by a shared secret; RS256, ES256 and EdDSA by a public key in PEM form.',
    signature: {
      type: 'jwt',
      header: 'authorization',
      prefix: 'Bearer ',
      algorithm: 'HS256',
      bodyHash: { claim: 'payload_hash', encoding: 'hex' },
    },
  },
  {
    id: 'ecdsa',
    label: 'Public key: ECDSA P-256',
    help: 'The secret is the public key of the sender, in PEM form or, with keyFormat "spki", as base64.',
    signature: {
      type: 'public_key',
      algorithm: 'ecdsa_p256_sha256',
      encoding: 'base64',
      header: 'x-signature',
      timestamp: { header: 'x-timestamp', format: 'unix' },
      signedContent: '{timestamp}{body}',
    },
  },
  {
    id: 'ed25519',
    label: 'Public key: Ed25519',
    help: 'keyFormat: "raw" for 32 bytes in hex or base64; without it a key in PEM form.',
    signature: {
      type: 'public_key',
      algorithm: 'ed25519',
      encoding: 'hex',
      keyFormat: 'raw',
      header: 'x-signature-ed25519',
      timestamp: { header: 'x-signature-timestamp', format: 'unix' },
      signedContent: '{timestamp}{body}',
    },
  },
  {
    id: 'address-and-hmac',
    label: 'Known networks, and an HMAC',
    help: 'all_of: each of up to four schemes has to hold.',
    signature: { type: 'all_of', schemes: [{ type: 'address', networks: ['192.0.2.0/24'] }, hmac] },
  },
]

const readings = { eventType: { field: 'type' }, eventId: { field: 'id' } }

/** The text that the editor begins with, for a preset; what is read from the body stays where it was entered already. */
export function presetText(preset: VerificationPreset, before?: string): string {
  const kept = before === undefined ? null : readVerification(before).value
  return JSON.stringify({ ...readings, ...kept, signature: preset.signature }, null, 2)
}

/** The preset that a scheme is; saved ones have their fields in another order. */
export function presetOf(signature: unknown): VerificationPreset | undefined {
  const wanted = sorted(signature)
  return verificationPresets.find((preset) => sorted(preset.signature) === wanted)
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => one.localeCompare(other)))
      : inner,
  )
}

/** The object that a text stands for, or what is wrong with it; the server has the last word on the rest. */
export function readVerification(
  text: string,
): { value: Record<string, unknown>; error: null } | { value: null; error: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: value as Record<string, unknown>, error: null }
    }
    return { value: null, error: 'It is not a JSON object.' }
  } catch (error) {
    return { value: null, error: error instanceof Error ? error.message : 'It is not JSON.' }
  }
}
