import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { signAwsRequest } from './sign-aws-request.ts'

const signatureIn = (headers: Record<string, string>) => /Signature=(\w+)/.exec(headers['authorization'] ?? '')?.[1]

// The vectors of AWS's Signature Version 4 test suite: get-vanilla, get-vanilla-query-order-key-case, post-vanilla.
const suite = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
  service: 'service',
  region: 'us-east-1',
}
test.each([
  ['GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['GET', '/?Param2=value2&Param1=value1', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
  ['POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
])('%s %s is signed as in the test suite of AWS', async (method, path, signature) => {
  const call = { method, url: new URL(path, 'https://example.amazonaws.com'), headers: {}, body: null }
  const headers = await signAwsRequest(call, suite, '20150830T123600Z')
  expect(Object.keys(headers).sort()).toEqual(['authorization', 'x-amz-date'])
  expect(signatureIn(headers)).toBe(signature)
})

const s3 = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
  service: 's3',
  region: 'us-east-1',
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Bucket Lifecycle"
test('a request to S3 is signed as in its documentation', async () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/?lifecycle')
  const headers = await signAwsRequest({ method: 'GET', url, headers: {}, body: null }, s3, '20130524T000000Z')
  expect(signatureIn(headers)).toBe('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543')
})

test('a body changes the signature, and a stream to S3 says that it is not covered', async () => {
  const call = { method: 'PUT', url: new URL('https://b.s3.amazonaws.com/key'), headers: {} }
  const sign = (body: Buffer | Readable) => signAwsRequest({ ...call, body }, s3, '20130524T000000Z')
  const [one, two, stream] = [
    await sign(Buffer.from('a')),
    await sign(Buffer.from('b')),
    await sign(Readable.from('a')),
  ]
  expect(signatureIn(one)).not.toBe(signatureIn(two))
  expect(stream['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
})

test('a stream to any other service is refused, since the signature would have to cover it', async () => {
  const call = { method: 'POST', url: new URL('https://example.amazonaws.com/'), headers: {}, body: Readable.from('a') }
  await expect(signAwsRequest(call, suite)).rejects.toMatchObject({ code: 'invalid_request' })
})

test("the caller's own amz headers and the session token are covered", async () => {
  const call = {
    method: 'GET',
    url: new URL('https://b.s3.amazonaws.com/'),
    headers: { 'x-amz-acl': 'private' },
    body: null,
  }
  const headers = await signAwsRequest(call, { ...s3, sessionToken: 'session' }, '20130524T000000Z')
  expect(headers['x-amz-security-token']).toBe('session')
  expect(headers).not.toHaveProperty('x-amz-acl')
  expect(headers['authorization']).toContain(
    'SignedHeaders=host;x-amz-acl;x-amz-content-sha256;x-amz-date;x-amz-security-token',
  )
})
