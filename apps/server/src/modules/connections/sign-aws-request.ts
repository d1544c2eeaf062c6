import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { apiError } from '../../http/problems.ts'
import type { CallToAuthorize } from './authorize.ts'

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
  service: string
  region: string
}

/**
 * Signs a request by AWS Signature Version 4 and returns the headers to add, in lower case. The caller's own
 * `x-amz-*` headers are covered, as AWS demands. Only S3 takes a body that streams; elsewhere the signature covers it,
 * and a stream is refused with `invalid_request`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @param datetime For tests, as in `20150830T123600Z`.
 */
export async function signAwsRequest(
  call: CallToAuthorize,
  credentials: AwsCredentials,
  datetime?: string,
): Promise<Record<string, string>> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(call.headers)) {
    if (value !== undefined && name.toLowerCase().startsWith('x-amz-')) headers.set(name, String(value))
  }
  const covered = new Set(headers.keys())
  const body = Buffer.isBuffer(call.body) ? call.body : null
  const streams = call.body !== null && body === null
  if (streams && credentials.service !== 's3' && !headers.has('x-amz-content-sha256')) {
    throw apiError('invalid_request', 'The signature covers the body, so it must not be a stream (256 KiB at most).')
  }
  if (credentials.service === 's3' && !headers.has('x-amz-content-sha256')) {
    const hash = createHash('sha256').update(body ?? '')
    headers.set('x-amz-content-sha256', streams ? 'UNSIGNED-PAYLOAD' : hash.digest('hex'))
  }
  const { sessionToken, ...rest } = credentials
  const signer = new AwsV4Signer({
    ...rest,
    ...(sessionToken && { sessionToken }),
    ...(datetime && { datetime }),
    method: call.method,
    url: call.url.href,
    headers,
    ...(body && { body: new Uint8Array(body) }),
  })
  const signed = await signer.sign()
  return Object.fromEntries([...signed.headers].filter(([name]) => !covered.has(name)))
}
