/**
 * The floor of webhook ingest: bare Fastify, one HMAC, and the very statement, batches and database settings that Koble
 * stores deliveries with. Nothing is looked up, routed or refused but a wrong signature, and no job is worked on.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { createBatcher } from '../../apps/server/src/database/batcher.ts'
import { openDatabase } from '../../apps/server/src/database/client.ts'
import { startEmbeddedDatabase } from '../../apps/server/src/database/embedded.ts'
import { migrate } from '../../apps/server/src/database/migrate.ts'
import { timedId } from '../../apps/server/src/database/uuid-time.ts'
import { eventBatches } from '../../apps/server/src/modules/webhooks-in/ingest.ts'
import { createWebhookStore, type NewEvent } from '../../apps/server/src/modules/webhooks-in/store.ts'
import { serve } from '../measure/serve.ts'

const [dataDir = '', secret = ''] = process.argv.slice(2)
const embedded = await startEmbeddedDatabase(dataDir)
const database = openDatabase(embedded.url, (error) => console.error(error))
await migrate(database.ownerPool)

const store = createWebhookStore(database)
const batcher = createBatcher<NewEvent, boolean>(async (events) => {
  const stored = await store.insertEvents(events)
  return events.map((event) => stored.has(event.id))
}, eventBatches)
const [organizationId, endpointId, integrationId] = [uuidv7(), uuidv7(), uuidv7()]

const app = Fastify({ forceCloseConnections: true })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post<{ Body: Buffer }>('/webhooks', async ({ headers, body }, reply) => {
  const signature = Buffer.from(String(headers['x-hub-signature-256']))
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return reply.status(401).send()
  const { id, at } = timedId()
  const isNew = await batcher.add({
    id,
    receivedAt: at,
    organizationId,
    endpointId,
    integrationId,
    connectionId: null,
    provider: 'github',
    eventType: String(headers['x-github-event']),
    externalEventId: String(headers['x-github-delivery']),
    headers: JSON.stringify(headers),
    contentType: headers['content-type'] ?? null,
    body,
  })
  return { status: isNew ? 'accepted' : 'duplicate', eventId: id }
})
const address = await app.listen({ host: '127.0.0.1', port: 0 })

serve(address, async () => {
  await app.close()
  await database.close()
  await embedded.stop()
})
