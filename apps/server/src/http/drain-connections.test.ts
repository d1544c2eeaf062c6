import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLocalServer } from '@koble/core/testing'
import { expect, test } from 'vitest'
import { createKeyConnection } from '../testing/tenant.ts'
import { startTestKoble } from '../testing/test-koble.ts'

test('a stop waits for the call under way, and not for a connection that a browser only opened', async () => {
  const koble = await startTestKoble({ jobs: false })
  const slow = await startLocalServer(async (_request, reply) => {
    await sleep(500)
    reply.end('done')
  })
  const connectionId = await createKeyConnection(koble, slow.origin)
  const unused = connect(Number(new URL(koble.url).port), '127.0.0.1')
  await once(unused, 'connect')
  const underWay = koble.request('GET', '/api/proxy/x', { headers: { 'koble-connection': connectionId } })
  await sleep(100)
  const startedAt = performance.now()
  await koble.app.close()
  expect(performance.now() - startedAt).toBeLessThan(3000)
  expect(await underWay).toMatchObject({ status: 200, body: 'done' })
  await koble.stop()
  await slow.close()
})
