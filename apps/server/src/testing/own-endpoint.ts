import type { CreatedEndpoint, Event, EventDetail, EventStatus } from '@koble/contract/webhooks'
import { expect, vi } from 'vitest'
import { type Answer, call } from './http-call.ts'
import type { TestKoble } from './test-koble.ts'

type Koble = Pick<TestKoble, 'request'>

/** Deliveries carry the secret in a header, and all there is to know in their body. */
export const ownVerification = {
  signature: { type: 'token', header: 'x-token' },
  eventType: { field: 'type' },
  eventId: { field: 'id' },
  account: { field: 'account' },
}

/** What the receipt of a delivery says. */
export interface OwnReceipt {
  status?: string
  eventId?: string
  code?: string
}

/** An integration of a service of one's own. */
export async function openOwnIntegration(koble: Koble, key?: string): Promise<string> {
  const body = { provider: 'api-key', config: { apiUrl: 'http://127.0.0.1:1' } }
  const { body: integration } = await koble.request<{ id: string }>('POST', '/api/integrations', { body, key })
  return integration.id
}

/** An endpoint of such a service. */
export async function openOwnEndpoint(
  koble: Koble,
  input: object = {},
  integrationId?: string,
): Promise<CreatedEndpoint> {
  const path = `/api/integrations/${integrationId ?? (await openOwnIntegration(koble))}/webhooks`
  const body = { verification: ownVerification, ...input }
  const answer = await koble.request<CreatedEndpoint>('POST', path, { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

/** One delivery to it. */
export async function sendOwn(
  endpoint: { url: string; secret: string | null },
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer<OwnReceipt>> {
  return await call('POST', endpoint.url, { body, headers: { 'x-token': endpoint.secret ?? '', ...headers } })
}

/** The same, which is taken in; says the id of the event. */
export async function takenIn(endpoint: { url: string; secret: string | null }, body: object): Promise<string> {
  const answer = await sendOwn(endpoint, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body.eventId ?? ''
}

/** An event once it is in one of these states. */
export async function eventIn(koble: Koble, id: string, ...statuses: EventStatus[]): Promise<EventDetail> {
  return await vi.waitFor(
    async () => {
      const { body } = await koble.request<EventDetail>('GET', `/api/events/${id}`)
      expect(statuses).toContain(body.status)
      return body
    },
    { timeout: 15_000, interval: 20 },
  )
}

/** The events of an endpoint by the sender's id, with their state. */
export async function statesOf(koble: Koble, endpointId: string): Promise<Record<string, EventStatus>> {
  const { body } = await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpointId}&limit=200`)
  return Object.fromEntries(body.data.map((event) => [event.externalEventId, event.status]))
}

/**
 * Makes what events bring about fail in the database, for the sender's ids named in `webhook_test_failures`; `processed`
 * notes in which order the others got through.
 */
export async function installFailures({ testDatabase }: Pick<TestKoble, 'testDatabase'>) {
  await testDatabase.query('CREATE TABLE webhook_test_failures (id text PRIMARY KEY)')
  await testDatabase.query('GRANT ALL ON webhook_test_failures TO PUBLIC')
  await testDatabase.query(`CREATE FUNCTION fail_as_told() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.action = 'webhook.processed' AND EXISTS (
        SELECT FROM webhook_test_failures WHERE id = NEW.details ->> 'externalEventId') THEN
        RAISE EXCEPTION 'This one is doomed';
      END IF;
      RETURN NEW;
    END $$`)
  await testDatabase.query(
    'CREATE TRIGGER doomed BEFORE INSERT ON activities FOR EACH ROW EXECUTE FUNCTION fail_as_told()',
  )
  return {
    doom: (id: string) => testDatabase.query('INSERT INTO webhook_test_failures VALUES ($1)', [id]),
    spare: (id: string) => testDatabase.query('DELETE FROM webhook_test_failures WHERE id = $1', [id]),
    /** The sender's ids of what an endpoint's events brought about, in the order in which they did. */
    async processed(endpointId: string): Promise<string[]> {
      const rows = await testDatabase.query<{ id: string }>(
        `SELECT details ->> 'externalEventId' AS id FROM activities a
         WHERE action = 'webhook.processed' AND EXISTS (
           SELECT FROM webhook_events e WHERE e.id = (a.details ->> 'eventId')::uuid AND e.endpoint_id = $1)
         ORDER BY a.id`,
        [endpointId],
      )
      return rows.map((row) => row.id)
    },
  }
}
