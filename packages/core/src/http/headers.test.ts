import { describe, expect, it } from 'vitest'
import { requestHeaders, responseHeaders } from './headers.ts'

describe('request headers', () => {
  it('keep what belongs to the request', () => {
    const own = {
      accept: 'application/json',
      'content-type': 'text/plain',
      'content-length': '3',
      'idempotency-key': 'k',
      'x-custom': ['a', 'b'],
    }
    expect(requestHeaders(own)).toEqual(own)
  })

  it('leave the caller’s credentials behind', () => {
    expect(
      requestHeaders({
        authorization: 'Bearer koble',
        cookie: 'session=1',
        'proxy-authorization': 'Basic x',
        'koble-connection': 'id',
        'koble-anything': 'x',
      }),
    ).toEqual({})
  })

  it('leave the caller’s way to us behind', () => {
    expect(
      requestHeaders({
        host: 'koble.example',
        forwarded: 'for=1.2.3.4',
        via: '1.1 a',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-anything': 'x',
        'x-real-ip': '1.2.3.4',
      }),
    ).toEqual({})
  })

  it('leave hop-by-hop fields behind, those that Connection names included', () => {
    expect(
      requestHeaders({
        connection: 'keep-alive, X-Hop ,close',
        'x-hop': '1',
        'keep-alive': 'timeout=5',
        te: 'trailers',
        trailer: 'x',
        'transfer-encoding': 'chunked',
        upgrade: 'websocket',
        expect: '100-continue',
        'x-stays': '1',
      }),
    ).toEqual({ 'x-stays': '1' })
  })

  it('drop a length beside a transfer encoding', () => {
    expect(requestHeaders({ 'content-length': '3', 'transfer-encoding': 'chunked' })).toEqual({})
  })

  it('leave behind what the caller of the function names', () => {
    expect(requestHeaders({ 'content-length': '3', accept: '*/*' }, { strip: ['content-length'] })).toEqual({
      accept: '*/*',
    })
  })
})

describe('response headers', () => {
  it('keep what belongs to the answer', () => {
    const own = { 'content-type': 'text/plain', 'content-encoding': 'gzip', etag: '"1"', link: '<x>; rel="next"' }
    expect(responseHeaders({ ...own, connection: 'close', 'keep-alive': 'timeout=5' })).toEqual(own)
  })

  it('give a third party no hold on our own origin', () => {
    expect(
      responseHeaders({
        'set-cookie': ['koble_session=stolen'],
        'strict-transport-security': 'max-age=1',
        'clear-site-data': '"*"',
        'access-control-allow-origin': '*',
        'service-worker-allowed': '/',
        'koble-request': 'spoofed',
        connection: 'x-hop',
        'x-hop': '1',
      }),
    ).toEqual({})
  })
})
