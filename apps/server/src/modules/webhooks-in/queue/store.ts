import type { EventStatus } from '@koble/contract/webhooks'
import { sql } from 'kysely'
import type { Database, Query } from '../../../database/client.ts'
import type { OpenEvent } from '../store.ts'

/** The events of an endpoint that share a key, and are processed one after the other. */
export interface Lane {
  endpointId: string
  key: string
}

/** A place in the queue; `event` is null where retention took the event away. */
export interface QueuedEvent extends Lane {
  id: string
  /** It is not its time yet; a job comes when it is. */
  waits: boolean
  parked: boolean
  event: (OpenEvent & { status: EventStatus }) | null
}

/** So many events of one lane are worked on in one transaction. */
export const lanePage = 50
const eventColumns = sql.raw(
  `e.id, e.organization_id, e.integration_id, e.endpoint_id, e.connection_id, e.provider_id, e.event_type,
   e.external_event_id, e.attempts, e.replays, e.ordering_key, e.received_at, e.headers, e.content_type, e.body,
   e.status, jsonb_array_length(e.attempt_log) AS logged`,
)

/** Events that may not be processed at once: ordered ones, and those of paused endpoints. */
export function createQueueStore(database: Database) {
  return {
    /**
     * Has the lanes for this transaction alone. Waits for whoever has them: that one may have looked before our event
     * was there. Always in the same order, so that two never wait for one another.
     */
    async lockLanes(lanes: Lane[], query: Query): Promise<void> {
      const names = lanes.map(({ endpointId, key }) => `${endpointId} ${key}`).sort()
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(name, 4711))
        FROM (SELECT name FROM unnest(${names}::text[]) WITH ORDINALITY AS n (name, number) ORDER BY number) AS ordered`.execute(
        query,
      )
    },

    /** What stands first in each lane, in order; `limit` of each at most. */
    async listHeads(lanes: Lane[], query: Query, limit: number = lanePage): Promise<QueuedEvent[]> {
      const { rows } =
        await sql<QueueRow>`SELECT q.event_id AS queued_id, q.endpoint_id AS lane_endpoint, q.ordering_key AS lane_key,
          coalesce(q.not_before > now(), false) AS waits, q.parked, ${eventColumns}
        FROM unnest(${lanes.map(({ endpointId }) => endpointId)}::uuid[], ${lanes.map(({ key }) => key)}::text[])
          WITH ORDINALITY AS lane (endpoint_id, ordering_key, number)
        CROSS JOIN LATERAL (
          SELECT * FROM webhook_event_queue w
          WHERE w.endpoint_id = lane.endpoint_id AND w.ordering_key = lane.ordering_key
          ORDER BY w.position LIMIT ${limit}
        ) AS q
        LEFT JOIN webhook_events e ON e.id = q.event_id AND e.received_at = q.received_at
        ORDER BY lane.number, q.position`.execute(query)
      return rows.map(toQueuedEvent)
    },
    /** The first of those that wait only for their endpoint, in the order of their arrival. */
    async listHeld(endpointId: string, limit: number, query: Query): Promise<QueuedEvent[]> {
      const { rows } = await sql<QueueRow>`SELECT q.event_id AS queued_id, q.endpoint_id AS lane_endpoint,
          '' AS lane_key, false AS waits, q.parked, ${eventColumns}
        FROM (SELECT * FROM webhook_event_queue
          WHERE endpoint_id = ${endpointId}::uuid AND ordering_key IS NULL ORDER BY event_id LIMIT ${limit}) AS q
        LEFT JOIN webhook_events e ON e.id = q.event_id AND e.received_at = q.received_at
        ORDER BY q.event_id`.execute(query)
      return rows.map(toQueuedEvent)
    },

    /** Takes events out that are over. */
    async remove(ids: string[], query: Query): Promise<void> {
      if (ids.length === 0) return
      await sql`DELETE FROM webhook_event_queue WHERE event_id = ANY(${ids}::uuid[])`.execute(query)
    },

    /** Leaves an event where it stands, until then or until it is replayed. */
    async delay(id: string, until: Date | null, query: Query): Promise<void> {
      await sql`UPDATE webhook_event_queue SET not_before = ${until}, parked = ${until === null}
        WHERE event_id = ${id}::uuid`.execute(query)
    },

    /** Has events wait until their endpoint is resumed; those that wait already stay where they are. */
    async hold(events: OpenEvent[]): Promise<void> {
      await sql`INSERT INTO webhook_event_queue (event_id, received_at, organization_id, endpoint_id)
        SELECT * FROM unnest(${events.map((event) => event.id)}::uuid[],
          ${events.map((event) => event.received_at)}::timestamptz[],
          ${events.map((event) => event.organization_id)}::uuid[], ${events.map((event) => event.endpoint_id)}::uuid[])
        ON CONFLICT (event_id) DO NOTHING`.execute(database.system)
    },

    /** The lanes of an endpoint, by their keys, a page at a time. */
    async listLanes(endpointId: string, after: string | null, limit: number): Promise<string[]> {
      const { rows } = await sql<{ ordering_key: string }>`
        SELECT DISTINCT ordering_key FROM webhook_event_queue
        WHERE endpoint_id = ${endpointId}::uuid AND ordering_key > ${after ?? ''}
        ORDER BY ordering_key LIMIT ${limit}`.execute(database.system)
      return rows.map((row) => row.ordering_key)
    },

    async isPaused(endpointId: string): Promise<boolean> {
      const row = await database.system
        .selectFrom('webhook_endpoints')
        .select('processing')
        .where('id', '=', endpointId)
        .executeTakeFirst()
      return row?.processing === 'paused'
    },
    /** Ends a resumption, unless the endpoint was paused again; false when there is more to work off first. */
    async endResume(endpointId: string): Promise<boolean> {
      const { rows } = await sql<{ open: boolean }>`
        WITH rest AS (
          SELECT EXISTS (SELECT FROM webhook_event_queue WHERE endpoint_id = ${endpointId}::uuid
            AND ordering_key IS NULL) AS open
        ), ended AS (
          UPDATE webhook_endpoints SET processing = 'running' FROM rest
          WHERE id = ${endpointId}::uuid AND processing = 'resuming' AND NOT rest.open
        ) SELECT open FROM rest`.execute(database.system)
      return rows[0]?.open !== true
    },

    /** Adds jobs that go on with lanes, or work off what waited for an endpoint. */
    async addLaneJobs(lanes: (Lane & { organizationId: string })[], query: Query): Promise<void> {
      for (const lane of lanes) await addJob('webhooks-in.lane', lane, query)
    },
    async addResumeJobs(endpoints: { organizationId: string; endpointId: string }[]): Promise<void> {
      for (const endpoint of endpoints) await addJob('webhooks-in.resume', endpoint, database.system)
    },

    /** Endpoints that are not paused, or no longer there, and have events that wait for nothing. */
    async listForgotten(): Promise<{ endpointId: string; organizationId: string }[]> {
      const { rows } = await sql<{ endpoint_id: string; organization_id: string }>`
        SELECT DISTINCT q.endpoint_id, q.organization_id FROM webhook_event_queue q
        LEFT JOIN webhook_endpoints w ON w.id = q.endpoint_id
        WHERE (w.id IS NULL OR w.processing <> 'paused') AND NOT q.parked
          AND (q.not_before IS NULL OR q.not_before < now() - interval '1 minute')
        LIMIT 1000`.execute(database.system)
      return rows.map((row) => ({ endpointId: row.endpoint_id, organizationId: row.organization_id }))
    },
  }
}

type QueueRow = {
  queued_id: string
  lane_endpoint: string
  lane_key: string
  waits: boolean
  parked: boolean
  id: string | null
}

const toQueuedEvent = (row: QueueRow): QueuedEvent => ({
  id: row.queued_id,
  endpointId: row.lane_endpoint,
  key: row.lane_key,
  waits: row.waits,
  parked: row.parked,
  event: row.id === null ? null : (row as unknown as OpenEvent & { status: EventStatus }),
})

async function addJob(task: string, payload: object, query: Query): Promise<void> {
  await sql`SELECT add_job(${task}, ${JSON.stringify(payload)}::json, 25)`.execute(query)
}

export type QueueStore = ReturnType<typeof createQueueStore>
