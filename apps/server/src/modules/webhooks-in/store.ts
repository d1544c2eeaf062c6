import type { EventAttempt, EventStatus } from '@koble/contract/webhooks'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Database, Query } from '../../database/client.ts'
import { likePattern } from '../../database/like-pattern.ts'
import type { Tables } from '../../database/tables.ts'
import { firstIdOf, timeOfId } from '../../database/uuid-time.ts'
import { createBodyScratch } from './body-scratch.ts'
import { createRecentEvents } from './recent-events.ts'

/** A verified delivery, ready to be stored. */
export interface NewEvent {
  id: string
  receivedAt: Date
  organizationId: string
  endpointId: string
  integrationId: string
  connectionId: string | null
  provider: string
  eventType: string
  externalEventId: string
  /** Events of one endpoint with the same key keep their order; null where none is kept. */
  orderingKey: string | null
  headers: string
  contentType: string | null
  body: Buffer
}

/** A stored event that is to be worked on. */
export interface OpenEvent {
  id: string
  organization_id: string
  integration_id: string
  endpoint_id: string
  connection_id: string | null
  provider_id: string
  event_type: string
  external_event_id: string
  /** How often it was tried since the last replay. */
  attempts: number
  replays: number
  /** How many attempts its log has. */
  logged: number
  ordering_key: string | null
  received_at: Date
  headers: Record<string, string>
  content_type: string | null
  body: Buffer
}

export interface EventFilter {
  endpointId?: string
  connectionId?: string
  integrationId?: string
  provider?: string
  statuses?: EventStatus[]
  eventType?: string
  /** Received from then on, and until then. */
  from?: string
  to?: string
  /** The provider's id as it is. */
  externalEventId?: string
}

/** How an attempt ended, and what of it is kept. */
export interface AttemptOutcome {
  id: string
  status: 'completed' | 'retrying' | 'failed' | 'unroutable' | 'parked'
  /** How often it was tried since the last replay, this time included. */
  attempts: number
  errorMessage: string | null
  connectionId: string | null
  /** For `retrying`. */
  nextAttemptAt: Date | null
  entry: EventAttempt
}

/** A job that is to look at an event at a certain time. */
export interface LaterLook {
  eventId: string
  organizationId: string
  at: Date
}

/** Of the job, whose whole fails only when the database does; how often one event is tried is the service's affair. */
const jobAttemptsMax = 25

/**
 * Events and the job that processes them, in one statement and so in one transaction. A delivery whose id was seen
 * before adds nothing. All events of a batch share one job: failed ones alone are tried again.
 *
 * The bodies come as one `bytea` that is cut up here, and the headers as one JSON array: as elements of arrays they
 * would be written out as text with every quote escaped, which took a third of the statement's time (64 events of 4 kB:
 * 103 µs of PostgreSQL and 21 µs of Node an event, against 60 and 12).
 */
const insertStatement = (ordered: boolean) => `WITH incoming AS (
    SELECT id, received_at, organization_id, endpoint_id, integration_id, connection_id, provider_id, event_type,
      external_event_id, headers, content_type, substring($14::bytea FROM body_at FOR body_length) AS body${ordered ? ', ordering_key' : ''}
    FROM ROWS FROM (
      unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::int[], $12::int[]),
      jsonb_array_elements($13::jsonb)${ordered ? ', unnest($15::text[])' : ''}
    ) AS t (id, received_at, organization_id, endpoint_id, integration_id, connection_id, provider_id, event_type,
      external_event_id, content_type, body_at, body_length, headers${ordered ? ', ordering_key' : ''})
  ), fresh AS (
    INSERT INTO webhook_event_keys (endpoint_id, external_event_id, organization_id, event_id, received_at)
    SELECT endpoint_id, external_event_id, organization_id, id, received_at FROM incoming
    ON CONFLICT (endpoint_id, external_event_id) DO NOTHING
    RETURNING event_id
  ), stored AS (
    INSERT INTO webhook_events (id, received_at, organization_id, endpoint_id, integration_id, connection_id,
      provider_id, event_type, external_event_id, headers, content_type, body${ordered ? ', ordering_key' : ''})
    SELECT incoming.* FROM incoming JOIN fresh ON fresh.event_id = incoming.id
    RETURNING id, organization_id
  ), ${ordered ? inLineStatement : ''} payload AS (
    SELECT json_agg(json_build_object('eventId', id, 'organizationId', organization_id)) AS items FROM stored
  ), queued AS MATERIALIZED (
    SELECT add_job('webhooks-in.process', items, ${jobAttemptsMax}) FROM payload WHERE items IS NOT NULL
  )
  SELECT stored.id, (SELECT count(*) FROM queued) AS queued FROM stored`

/** Ordered events take their place in the queue with the commit they are acknowledged after. */
const inLineStatement = `in_line AS (
    INSERT INTO webhook_event_queue (event_id, received_at, organization_id, endpoint_id, ordering_key)
    SELECT incoming.id, received_at, incoming.organization_id, endpoint_id, ordering_key
    FROM incoming JOIN stored ON stored.id = incoming.id
    WHERE ordering_key IS NOT NULL ORDER BY incoming.id
  ),`
const insertPlain = insertStatement(false)
const insertOrdered = insertStatement(true)

/** The log of an event keeps so many attempts. */
const logMax = 50

/** Of the events whose ids are looked through for one page of a search; it takes some 10 ms. */
const searchedAtOnce = 5_000

export function createWebhookStore(database: Database) {
  const recent = createRecentEvents()
  const join = createBodyScratch()

  return {
    /** Stores a batch across endpoints and organizations; returns the ids that were new. */
    async insertEvents(events: NewEvent[]): Promise<Set<string>> {
      const bodies = events.map((event) => event.body)
      const isOrdered = events.some((event) => event.orderingKey !== null)
      const { rows } = await join(bodies, (joined) =>
        database.systemPool.query<{ id: string }>({
          name: isOrdered ? 'insert-ordered-events' : 'insert-events',
          text: isOrdered ? insertOrdered : insertPlain,
          values: [
            events.map((event) => event.id),
            events.map((event) => event.receivedAt),
            events.map((event) => event.organizationId),
            events.map((event) => event.endpointId),
            events.map((event) => event.integrationId),
            events.map((event) => event.connectionId),
            events.map((event) => event.provider),
            events.map((event) => event.eventType),
            events.map((event) => event.externalEventId),
            events.map((event) => event.contentType),
            beginningsOf(bodies),
            bodies.map((body) => body.length),
            `[${events.map((event) => event.headers).join(',')}]`,
            // The bulk comes last: pg's write buffer grows once for it, and not again for what would follow.
            joined,
            ...(isOrdered ? [events.map((event) => event.orderingKey)] : []),
          ],
        }),
      )
      const stored = new Set(rows.map((row) => row.id))
      recent.remember(events.filter((event) => stored.has(event.id)))
      return stored
    },

    async listEvents(organizationId: string, filter: EventFilter, page: { limit: number; after: string | null }) {
      return await database.tenant(organizationId, async (transaction) => {
        const rows: EventRecord[] = []
        for (const statuses of oneByOne(filter.statuses)) {
          const conditions = eventConditions(organizationId, { ...filter, statuses })
          if (page.after !== null) conditions.push(sql`id < ${page.after}::uuid`)
          const found = await sql<EventRecord>`SELECT ${sql.raw(eventColumns.join(', '))} FROM webhook_events
            WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id DESC LIMIT ${page.limit}`.execute(transaction)
          rows.push(...found.rows)
        }
        return rows.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit)
      })
    },
    /**
     * Events whose id at the sender has a text in it. No index knows that, so a page is what stands in the next five
     * thousand events that the filter lets through; `searchedTo` is the last of them, null when there are no more.
     */
    async searchEvents(
      organizationId: string,
      filter: EventFilter,
      page: { limit: number; after: string | null; search: string },
    ): Promise<{ rows: EventRecord[]; searchedTo: string | null }> {
      return await database.tenant(organizationId, async (transaction) => {
        const conditions = eventConditions(organizationId, filter)
        if (page.after !== null) conditions.push(sql`id < ${page.after}::uuid`)
        const looked = await sql<{ ids: string[]; searched_to: string | null }>`WITH looked AS MATERIALIZED (
            SELECT id, external_event_id FROM webhook_events
            WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id DESC LIMIT ${searchedAtOnce}
          )
          SELECT ARRAY(SELECT id FROM looked WHERE external_event_id ILIKE ${likePattern(page.search)}
              ORDER BY id DESC LIMIT ${page.limit}) AS ids,
            CASE WHEN (SELECT count(*) FROM looked) = ${searchedAtOnce}
              THEN (SELECT id FROM looked ORDER BY id LIMIT 1) END AS searched_to`.execute(transaction)
        const { ids = [], searched_to: searchedTo = null } = looked.rows[0] ?? {}
        const { rows } = await sql<EventRecord>`SELECT ${sql.raw(eventColumns.join(', '))} FROM webhook_events
          WHERE organization_id = ${organizationId}::uuid AND id = ANY(${ids}::uuid[])
            AND received_at = ANY(${timesOf(ids)}::timestamptz[]) ORDER BY id DESC`.execute(transaction)
        return { rows, searchedTo }
      })
    },
    /** Oldest first, with their bodies, from an id on. */
    async listArrivals(organizationId: string, filter: EventFilter, page: { limit: number; after: string }) {
      return await database.tenant(organizationId, async (transaction) => {
        const conditions = [...eventConditions(organizationId, filter), sql`id > ${page.after}::uuid`]
        conditions.push(sql`received_at >= ${timeOfId(page.after)}::timestamptz`)
        const { rows } = await sql<EventDetailRecord>`SELECT ${sql.raw(eventDetailColumns.join(', '))}
          FROM webhook_events WHERE ${sql.join(conditions, sql` AND `)}
          ORDER BY id LIMIT ${page.limit}`.execute(transaction)
        return rows
      })
    },
    async findEvent(organizationId: string, id: string): Promise<EventDetailRecord | undefined> {
      return await database.tenant(organizationId, (transaction) =>
        transaction
          .selectFrom('webhook_events')
          .select(eventDetailColumns)
          .where('id', '=', id)
          .where('received_at', '=', timeOfId(id))
          .executeTakeFirst(),
      )
    },

    /**
     * What there is to work on: leaves out what is gone (retention) or was finished already. Events that were looked at
     * before (`again`) are read as they are now, and not as they came in.
     */
    async listOpen(ids: string[], again: ReadonlySet<string> = new Set()): Promise<OpenEvent[]> {
      const atHand = recent.take(ids.filter((id) => !again.has(id)))
      if (atHand.length === ids.length) return atHand
      const found = new Set(atHand.map((event) => event.id))
      const missing = ids.filter((id) => !found.has(id))
      const read = await database.system
        .selectFrom('webhook_events')
        .select(['id', 'organization_id', 'integration_id', 'endpoint_id', 'connection_id', 'provider_id'])
        .select(['event_type', 'external_event_id', 'attempts', 'replays', 'ordering_key', 'received_at'])
        .select(['headers', 'content_type', 'body', sql<number>`jsonb_array_length(attempt_log)`.as('logged')])
        .where(sql<boolean>`id = ANY(${missing}::uuid[]) AND received_at = ANY(${timesOf(missing)}::timestamptz[])`)
        .where('status', 'in', ['pending', 'processing', 'retrying'])
        .execute()
      return [...atHand, ...read]
    },
    /** Runs in one transaction. */
    async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
      return await database.system.transaction().execute(work)
    },
    /**
     * Ends attempts, counts them and adds the jobs that try again, in one statement; says whose attempt this was. A job may
     * run twice, on two nodes at once, when a crash of the database takes its lock along: the second one to come here
     * finds the attempt made, and has to bring nothing about. It is the only write to the event that an attempt makes: each
     * is a new version of the row in every index, so one that began the attempt as well would double the cost of
     * processing. The commit has to be on disk before the job ends and before anything is sent: a job's end that is told
     * to the database after a crash would leave events behind that nobody looks at any more, and a message that a crash
     * takes along would be sent a second time under another id.
     */
    async endAttempts(outcomes: AttemptOutcome[], later: LaterLook[], query: Query): Promise<Set<string>> {
      const column = <Key extends keyof AttemptOutcome>(key: Key) => outcomes.map((outcome) => outcome[key])
      const payloads = later.map(payloadOf)
      const { rows } = await sql<{ id: string }>`WITH ended AS (
          UPDATE webhook_events AS e SET status = o.status, attempts = o.attempts, error_message = o.error_message,
            connection_id = CASE WHEN o.status IN ('completed', 'unroutable') THEN o.connection_id
              ELSE coalesce(o.connection_id, e.connection_id) END, next_attempt_at = o.next_attempt_at,
            attempt_log = (CASE WHEN jsonb_array_length(e.attempt_log) >= ${logMax} THEN e.attempt_log - 0
              ELSE e.attempt_log END) || o.entry,
            processed_at = CASE WHEN o.status <> 'retrying' THEN now() END
          FROM ROWS FROM (unnest(${column('id')}::uuid[], ${outcomes.map(({ id }) => timeOfId(id))}::timestamptz[],
              ${column('status')}::text[], ${column('attempts')}::int[], ${column('errorMessage')}::text[],
              ${column('connectionId')}::uuid[], ${column('nextAttemptAt')}::timestamptz[]),
            jsonb_array_elements(${JSON.stringify(column('entry'))}::jsonb))
            AS o (id, received_at, status, attempts, error_message, connection_id, next_attempt_at, entry)
          WHERE e.id = o.id AND e.received_at = o.received_at AND e.status IN ('pending', 'processing', 'retrying')
            AND e.attempts = o.attempts - 1 AND e.replays = (o.entry ->> 'replay')::int
          RETURNING e.id, e.organization_id, e.endpoint_id, e.status, e.attempts, e.replays
        ), counted AS (
          INSERT INTO webhook_endpoint_stats AS known (organization_id, endpoint_id, hour, received, completed, failed,
            unroutable)
          SELECT organization_id, endpoint_id, date_trunc('hour', now()),
            count(*) FILTER (WHERE attempts = 1 AND replays = 0), count(*) FILTER (WHERE status = 'completed'),
            count(*) FILTER (WHERE status IN ('failed', 'parked')), count(*) FILTER (WHERE status = 'unroutable')
          FROM ended GROUP BY organization_id, endpoint_id ORDER BY endpoint_id
          ON CONFLICT (endpoint_id, hour) DO UPDATE SET received = known.received + excluded.received,
            completed = known.completed + excluded.completed, failed = known.failed + excluded.failed,
            unroutable = known.unroutable + excluded.unroutable
        ), queued AS MATERIALIZED (
          SELECT add_job('webhooks-in.process', payload::json, ${sql.lit(jobAttemptsMax)}, at)
          FROM unnest(${later.map(({ eventId }) => eventId)}::uuid[], ${payloads}::text[],
            ${later.map(({ at }) => at)}::timestamptz[]) AS l (id, payload, at) JOIN ended USING (id)
        )
        SELECT id, (SELECT count(*) FROM queued) AS queued FROM ended`.execute(query)
      return new Set(rows.map(({ id }) => id))
    },
    /** Adds jobs that look at events at a certain time, whatever becomes of the jobs that they were in. */
    async lookLater(later: LaterLook[]): Promise<void> {
      const payloads = later.map(payloadOf)
      await sql`SELECT add_job('webhooks-in.process', payload::json, ${sql.lit(jobAttemptsMax)}, at)
        FROM unnest(${payloads}::text[], ${later.map(({ at }) => at)}::timestamptz[]) AS l (payload, at)`.execute(
        database.system,
      )
    },
    /** Puts an event back at the start, with its job, in one transaction. */
    async replay(organizationId: string, id: string): Promise<EventRecord | undefined> {
      return await database.tenant(organizationId, async (transaction) => {
        await putBack(organizationId, [id], transaction)
        return await transaction
          .selectFrom('webhook_events')
          .select(eventColumns)
          .where('id', '=', id)
          .where('received_at', '=', timeOfId(id))
          .executeTakeFirst()
      })
    },
  }
}

/**
 * Puts events back at the start, with their job. An ordered one that is parked goes on from where it stands; one that
 * was over comes to the end of its lane.
 */
export async function putBack(organizationId: string, ids: string[], query: Query): Promise<void> {
  await sql`WITH chosen AS (
      UPDATE webhook_events AS e SET status = 'pending', attempts = 0, replays = replays + 1, error_message = NULL,
        processed_at = NULL, next_attempt_at = NULL
      WHERE id = ANY(${ids}::uuid[]) AND received_at = ANY(${timesOf(ids)}::timestamptz[])
        AND organization_id = ${organizationId}::uuid
      RETURNING id, received_at, organization_id, endpoint_id, ordering_key
    ), in_line AS (
      INSERT INTO webhook_event_queue (event_id, received_at, organization_id, endpoint_id, ordering_key)
      SELECT id, received_at, organization_id, endpoint_id, ordering_key FROM chosen
      WHERE ordering_key IS NOT NULL ORDER BY id
      ON CONFLICT (event_id) DO UPDATE SET parked = false, not_before = NULL
    ), payload AS (
      SELECT json_agg(json_build_object('eventId', id, 'organizationId', organization_id, 'again', true) ORDER BY id)
        AS items
      FROM chosen
    )
    SELECT add_job('webhooks-in.process', items, ${sql.lit(jobAttemptsMax)}) FROM payload
    WHERE items IS NOT NULL`.execute(query)
}

/** What a filter means, for this organization. */
export function eventConditions(organizationId: string, filter: EventFilter): RawBuilder<unknown>[] {
  // Said outright as well as by row-level security: so the planner takes the index of this tenant.
  const all = [sql`organization_id = ${organizationId}::uuid`]
  if (filter.endpointId) all.push(sql`endpoint_id = ${filter.endpointId}::uuid`)
  if (filter.connectionId) all.push(sql`connection_id = ${filter.connectionId}::uuid`)
  if (filter.integrationId) all.push(sql`integration_id = ${filter.integrationId}::uuid`)
  if (filter.provider) all.push(sql`provider_id = ${filter.provider}`)
  if (filter.eventType) all.push(sql`event_type = ${filter.eventType}`)
  if (filter.statuses) all.push(statusCondition(filter.statuses))
  if (filter.from) {
    const from = new Date(filter.from)
    all.push(sql`received_at >= ${from} AND id >= ${firstIdOf(from)}::uuid`)
  }
  if (filter.to) {
    const to = new Date(filter.to)
    all.push(sql`received_at <= ${to} AND id < ${firstIdOf(new Date(to.getTime() + 1))}::uuid`)
  }
  if (filter.externalEventId) {
    // By the key of each endpoint, which needs no index more.
    all.push(sql`id = ANY(ARRAY(SELECT k.event_id FROM webhook_endpoints w JOIN webhook_event_keys k
      ON k.endpoint_id = w.id AND k.external_event_id = ${filter.externalEventId}))`)
  }
  return all
}

/**
 * Those in the index of events that are stuck, each by itself: the index gives one status in order, but of several only
 * all that there are.
 */
function oneByOne(statuses: EventStatus[] | undefined): (EventStatus[] | undefined)[] {
  const isStuck = (status: EventStatus) => ['retrying', 'failed', 'unroutable', 'parked'].includes(status)
  return statuses?.every(isStuck) ? [...new Set(statuses)].map((status) => [status]) : [statuses]
}

/** Written out, so that the planner sees when the index of those that are stuck will do. */
function statusCondition(statuses: EventStatus[]): RawBuilder<unknown> {
  return sql`status IN (${sql.join(statuses.map((status) => sql.lit(status)))})`
}

/** What its job is told: the event was looked at before. */
function payloadOf(look: LaterLook): string {
  return JSON.stringify([{ ...look, at: undefined, again: true }])
}

/** Where each body begins among all of them, counted from one as PostgreSQL does. */
function beginningsOf(bodies: Buffer[]): number[] {
  let next = 1
  return bodies.map((body) => {
    const beginning = next
    next += body.length
    return beginning
  })
}

/** The partitions to look in, by the moments of the events, each once. */
function timesOf(ids: string[]): Date[] {
  return [...new Set(ids.map((id) => timeOfId(id).getTime()))].map((time) => new Date(time))
}

const eventColumns = [
  'id',
  'provider_id',
  'integration_id',
  'endpoint_id',
  'connection_id',
  'event_type',
  'external_event_id',
  'status',
  'attempts',
  'received_at',
  'processed_at',
  'error_message',
  'ordering_key',
  'replays',
  'next_attempt_at',
] as const
const eventDetailColumns = [...eventColumns, 'headers', 'content_type', 'body', 'attempt_log'] as const

export type WebhookStore = ReturnType<typeof createWebhookStore>
export type EventRecord = Pick<Selectable<Tables['webhook_events']>, (typeof eventColumns)[number]>
export type EventDetailRecord = Pick<Selectable<Tables['webhook_events']>, (typeof eventDetailColumns)[number]>
