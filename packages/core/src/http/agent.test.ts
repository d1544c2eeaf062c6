import type { LookupAddress } from 'node:dns'
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { type AgentOptions, assertHttpUrl, createAgent } from './agent.ts'

let upstream: LocalServer
beforeAll(async () => {
  upstream = await startLocalServer((_request, response) => {
    response.setHeader('connection', 'close')
    response.end('reached')
  })
})
afterAll(() => upstream.close())

/** A resolver that gives one answer after the other, the last one for ever. */
function resolver(...answers: string[][]): LookupFunction & { calls: number } {
  const lookup = (_hostname: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void) => {
    const answer = answers[Math.min(lookup.calls, answers.length - 1)] ?? []
    lookup.calls += 1
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  lookup.calls = 0
  return lookup as unknown as LookupFunction & { calls: number }
}

function agentFor(options: Partial<AgentOptions> = {}) {
  const agent = createAgent({ allowedPrivateNetworks: [`127.0.0.1:${upstream.port}`], ...options })
  onTestFinished(() => agent.destroy())
  return agent
}

async function get(agent: ReturnType<typeof createAgent>, origin: string): Promise<string> {
  const { body } = await agent.request({ origin, path: '/', method: 'GET' })
  return body.text()
}

describe('the agent', () => {
  it('reaches a listed address, written out or by name', async () => {
    const lookup = resolver(['127.0.0.1'])
    const agent = agentFor({ lookup })
    expect(await get(agent, upstream.origin)).toBe('reached')
    expect(lookup.calls).toBe(0)
    expect(await get(agent, `http://somewhere.example:${upstream.port}`)).toBe('reached')
    expect(lookup.calls).toBe(1)
  })

  it('reaches localhost by the system’s resolver when only 127.0.0.1 is listed', async () => {
    expect(await get(agentFor(), `http://localhost:${upstream.port}`)).toBe('reached')
  })

  it('refuses an address that is written out, for which no resolver is asked', async () => {
    const agent = agentFor({ allowedPrivateNetworks: [] })
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '169.254.169.254']) {
      await expect(get(agent, `http://${host}:${upstream.port}`), host).rejects.toMatchObject({
        code: 'private_address',
      })
      await expect(get(agent, `https://${host}:${upstream.port}`), host).rejects.toMatchObject({
        code: 'private_address',
      })
    }
  })

  it('refuses a listed address at a port that is not', async () => {
    const agent = agentFor({ lookup: resolver(['127.0.0.1']) })
    const other = await startLocalServer((_request, response) => response.end('must not be reached'))
    onTestFinished(() => other.close())
    await expect(get(agent, other.origin)).rejects.toMatchObject({ code: 'private_address' })
    await expect(get(agent, `http://name.example:${other.port}`)).rejects.toMatchObject({ code: 'private_address' })
  })

  it('refuses a name with one public and one private address without connecting to either', async () => {
    const agent = agentFor({ lookup: resolver(['8.8.8.8', '10.0.0.1']) })
    await expect(get(agent, 'http://mixed.example')).rejects.toMatchObject({ code: 'private_address' })
  })

  it('refuses a name with only a private IPv6 address', async () => {
    const agent = agentFor({ lookup: resolver(['fd00::1']) })
    await expect(get(agent, 'http://six.example')).rejects.toMatchObject({ code: 'private_address' })
  })

  it('connects to the address it checked: a second answer of the resolver is neither asked for nor used', async () => {
    const lookup = resolver(['127.0.0.1'], ['127.0.0.2'])
    const agent = agentFor({ lookup })
    expect(await get(agent, `http://rebinding.example:${upstream.port}`)).toBe('reached')
    expect(lookup.calls).toBe(1)
  })

  it('checks again on each new connection', async () => {
    const lookup = resolver(['127.0.0.1'], ['127.0.0.2'])
    const agent = agentFor({ lookup })
    const origin = `http://rebinding.example:${upstream.port}`
    expect(await get(agent, origin)).toBe('reached')
    await expect(get(agent, origin)).rejects.toMatchObject({ code: 'private_address' })
    expect(lookup.calls).toBe(2)
  })

  it('gives up on a TLS handshake that does not come', async () => {
    const silent = createTcpServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const agent = agentFor({ allowedPrivateNetworks: ['127.0.0.1'], connectTimeoutMs: 100 })
    await expect(get(agent, `https://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })
  })
})

describe('a URL to call', () => {
  it('is http or https and carries no credentials', () => {
    expect(assertHttpUrl(new URL('https://api.example/x?y')).href).toBe('https://api.example/x?y')
    for (const url of ['ftp://x', 'file:///etc/passwd', 'javascript:1', 'https://user:pass@x', 'https://user@x']) {
      expect(() => assertHttpUrl(new URL(url)), url).toThrowError(expect.objectContaining({ code: 'invalid_request' }))
    }
  })
})
