import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KobleError } from '../errors/errors.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { BaseIntegrationClient, type IntegrationClientOptions } from './base-integration-client.ts'
import { IntegrationError } from './integration-error.ts'

let upstream: LocalServer
let failures = 0
let requests = 0

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests += 1
  if (failures > 0) {
    failures -= 1
    response.writeHead(503, { 'retry-after': '0' }).end('{}')
  } else if (request.url === '/silent') request.resume()
  else if (request.url?.startsWith('/missing')) {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such user"}')
  } else {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ authorization: request.headers.authorization }))
  }
}

beforeAll(async () => {
  upstream = await startLocalServer(answer)
})
afterAll(() => upstream.close())

const allowedPrivateNetworks = ['127.0.0.1']

class MyServiceClient extends BaseIntegrationClient {
  constructor(options: IntegrationClientOptions = {}) {
    super('my-service', { allowedPrivateNetworks, baseUrl: upstream.origin, ...options })
  }

  async getUserProfile(accessToken: string) {
    return this.request<{ authorization: string }>({
      url: `${upstream.origin}/user/profile`,
      method: 'GET',
      headers: { Authorization: `Bearer ${accessToken}` },
    })
  }
}

class FieldsClient extends BaseIntegrationClient {
  protected override serviceName = 'fields'
  protected override baseUrl = upstream.origin
}

describe('a client on BaseIntegrationClient', () => {
  it('makes calls, tried again where that is safe', async () => {
    failures = 1
    requests = 0
    const client = new MyServiceClient()
    expect(await client.getUserProfile('t')).toEqual({ authorization: 'Bearer t' })
    expect(requests).toBe(2)
    failures = 1
    await expect(client.request({ url: '/x', method: 'POST', body: { a: 1 } })).rejects.toBeInstanceOf(IntegrationError)
    expect(requests).toBe(3)
  })

  it('fails with an IntegrationError that says where, with the status and the body, and no secret', async () => {
    const client = new MyServiceClient()
    const error: IntegrationError = await client.request({ url: '/missing?token=hunter2' }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(IntegrationError)
    expect(error).toBeInstanceOf(KobleError)
    expect(error).toMatchObject({
      name: 'IntegrationError',
      integration: 'my-service',
      operation: 'GET /missing',
      statusCode: 404,
      response: { message: 'no such user' },
      retryable: false,
      code: 'provider_rejected',
    })
    expect(error.cause).toBeInstanceOf(KobleError)
    expect(error.message + error.stack).not.toContain('hunter2')

    const silent = await client.request({ url: '/silent', timeout: 100 }).catch((thrown) => thrown)
    expect(silent).toBeInstanceOf(IntegrationError)
    expect(silent).toMatchObject({ code: 'provider_timeout', retryable: true, statusCode: undefined })
  })

  it('stops calling a third party that fails', async () => {
    const client = new MyServiceClient({ retryConfig: false, circuitBreakerConfig: { threshold: 2, timeout: 60_000 } })
    failures = 2
    for (let call = 0; call < 2; call += 1) {
      await expect(client.getUserProfile('t')).rejects.toMatchObject({ statusCode: 503, retryable: true })
    }
    await expect(client.getUserProfile('t')).rejects.toMatchObject({ code: 'circuit_open', integration: 'my-service' })
  })

  it('takes its name and address from fields, too', async () => {
    const client = new FieldsClient('', { allowedPrivateNetworks })
    expect(await client.request({ url: '/x' })).toEqual({})
    await expect(client.request({ url: '/missing' })).rejects.toMatchObject({ integration: 'fields' })
  })

  it('tells whether the third party answers', async () => {
    expect(await new MyServiceClient().healthCheck()).toMatchObject({ status: 'healthy', timestamp: expect.any(Date) })
    expect(await new MyServiceClient({ baseUrl: `${upstream.origin}/missing` }).healthCheck()).toMatchObject({
      status: 'healthy',
    })
    failures = 1
    expect(await new MyServiceClient({ retryConfig: false }).healthCheck()).toMatchObject({
      status: 'unhealthy',
      error: expect.stringContaining('503'),
    })
    expect(await new MyServiceClient({ baseUrl: undefined }).healthCheck()).toMatchObject({ status: 'unhealthy' })
  })
})
