import { createHash } from 'node:crypto'
import { createAgent, createGuardedFetch } from '@koble/core/http'
import type { z } from 'zod'
import { connectionFailure, lasting, temporary } from '../send-failure.ts'
import type { Sender, SenderEnvironment, SendFailure, SendResult } from '../sender.ts'
import { makeBatchFile } from './batch-file.ts'
import type { configSchema, secretsSchema } from './config.ts'

/** Answers of S3 to these calls are empty, or short XML. */
const answerBytesMax = 65_536

/**
 * Makes a sender that stores each batch it is given as one object in a bucket of S3 or of a store that speaks as S3
 * does, signed by Signature Version 4, with the digest of the content (`Content-MD5`) for the store to compare.
 * `delivered` means that the store has answered 2xx; the detail is the object's key. The key follows from the batch, so
 * that sending the same batch again replaces the object. Whoever calls gathers messages; `batch` of the configuration
 * says when to hand them on.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function createS3Sender(
  config: z.output<typeof configSchema>,
  secrets: z.output<typeof secretsSchema>,
  environment: SenderEnvironment,
): Promise<Sender> {
  const { AwsV4Signer } = await import('aws4fetch')
  const agent = createAgent({
    allowedPrivateNetworks: environment.allowedPrivateNetworks,
    connectTimeoutMs: environment.connectTimeoutMs ?? 10_000,
    connectionsPerOrigin: 4,
    ...(environment.lookup && { lookup: environment.lookup }),
  })
  const fetch = createGuardedFetch({
    agent,
    timeoutMs: environment.sendTimeoutMs ?? 30_000,
    maxResponseBytes: answerBytesMax,
  })
  const address = bucketAddress(config)
  let closed = false

  async function call(
    method: 'PUT' | 'HEAD',
    name: string,
    headers: Record<string, string>,
    content: Buffer,
    signal?: AbortSignal,
  ): Promise<SendResult> {
    if (closed) return temporary('unavailable', 'The sender has been closed.')
    const url = `${address}/${name.split('/').map(encodeURIComponent).join('/')}`
    try {
      const digest = createHash('sha256').update(content).digest('hex')
      const signer = new AwsV4Signer({
        method,
        url,
        headers: { ...headers, 'x-amz-content-sha256': digest },
        accessKeyId: secrets.accessKeyId,
        secretAccessKey: secrets.secretAccessKey,
        ...(secrets.sessionToken !== undefined && { sessionToken: secrets.sessionToken }),
        service: 's3',
        region: config.region,
      })
      const signed = await signer.sign()
      const answer = await fetch(signed.url, {
        method,
        headers: signed.headers,
        ...(method === 'PUT' && { body: content as unknown as ArrayBuffer }),
        ...(signal && { signal }),
      })
      const text = await answer.text()
      if (answer.ok) return method === 'PUT' ? { delivered: true, detail: name } : { delivered: true }
      return judgeAnswer(answer, /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1])
    } catch (error) {
      if (signal?.aborted) return temporary('timeout', 'The sending was ended before the store confirmed.')
      return connectionFailure(error)
    }
  }

  return {
    async send(messages, { signal }) {
      if (messages.length === 0) return []
      const { name, contentType, content } = await makeBatchFile(messages, config)
      const md5 = createHash('md5').update(content).digest('base64')
      const result = await call('PUT', name, { 'content-type': contentType, 'content-md5': md5 }, content, signal)
      return messages.map(() => result)
    },
    test: () => call('HEAD', '', {}, Buffer.alloc(0)),
    async close() {
      if (closed) return
      closed = true
      await agent.close()
    },
  }
}

/** Without a slash at its end. */
function bucketAddress({ endpoint, region, bucket, pathStyle }: z.output<typeof configSchema>): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint ?? `https://s3.${region}.${suffix}`)
  const path = url.pathname.replace(/\/+$/, '')
  return pathStyle ? `${url.origin}${path}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${path}`
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
function judgeAnswer(answer: Response, code: string | undefined): SendFailure {
  const { status } = answer
  if (code === 'RequestTimeTooSkewed')
    return temporary('unavailable', 'The clocks of the store and of this machine differ.')
  if (status === 403 || status === 401 || code === 'InvalidAccessKeyId') {
    return temporary('access_refused', 'The store refused the access key, the signature or the permission.')
  }
  if (status === 404) return lasting('not_found', 'There is no such bucket.')
  if ((status >= 300 && status < 400) || code === 'AuthorizationHeaderMalformed') {
    return lasting('not_found', 'The bucket is in another region, or answers at another endpoint.')
  }
  if (status === 413 || code === 'EntityTooLarge')
    return lasting('too_large', 'The object is larger than the store takes.')
  if (status >= 500 || status === 429 || status === 408 || status === 409 || code === 'RequestTimeout') {
    const seconds = Number(answer.headers.get('retry-after'))
    const failure = temporary('unavailable', 'The store takes nothing for now.')
    return seconds > 0 ? { ...failure, retryAfterMs: seconds * 1000 } : failure
  }
  return lasting('rejected', 'The store does not take the object.')
}
