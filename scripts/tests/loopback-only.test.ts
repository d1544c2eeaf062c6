import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { expect, test } from 'vitest'

test('refuses an address outside this machine, as a machine without a network would', async () => {
  const [error] = await once(connect(443, '192.0.2.1'), 'error', { signal: AbortSignal.timeout(2000) }).catch((e) => [
    e,
  ])
  expect(error).toMatchObject({ code: 'ENETUNREACH' })
})

test('refuses a name outside this machine without asking for its address', async () => {
  await expect(fetch('https://koble.example/')).rejects.toMatchObject({ cause: { code: 'ENOTFOUND' } })
})

test.each(['127.0.0.1', 'localhost'])('lets %s through', async (host) => {
  const server = createServer((_request, reply) => reply.end('here')).listen(0)
  await once(server, 'listening')
  try {
    const reply = await fetch(`http://${host}:${(server.address() as AddressInfo).port}/`)
    expect(await reply.text()).toBe('here')
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
