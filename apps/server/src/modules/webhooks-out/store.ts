import { CompiledQuery, sql } from 'kysely'
import { plainArray, textArray, timeArray } from '../../database/array-literal.ts'
import type { Database, Query } from '../../database/client.ts'
import type { DestinationRecord } from '../../database/tables.ts'
import { timeOfId } from '../../database/uuid-time.ts'
import type { MessageSource, OutgoingMessage } from './message.ts'

/** A message to be written, as it is. */
export interface MessageToStore {
  id: string
  createdAt: Date
  organizationId: string
  externalId: string | null
  eventType: string
  eventTypeVersion: number | null
  externalUserId: string | null
  orderingKey: string | null
  source: MessageSource
  event: { id: string; provider: string; connectionId: string | null } | null
  contentType: string
  /** Null where it is that of the event. */
  body: Buffer | null
}

/** A delivery to be written with it. */
export interface DeliveryToStore {
  messageId: string
  destinationId: string
  createdAt: Date
  organizationId: string
  eventType: string
  status: 'pending' | 'filtered' | 'parked'
  /** Until when this node alone may send it; null when anybody may take it. */
  leasedUntil: Date | null
  orderingKey: string | null
}

/** A delivery that was claimed; its message is read by `loadMessages`. */
export interface ClaimedDelivery {
  messageId: string
  destinationId: string
  createdAt: Date
  attempts: number
  step: number
  orderingKey: string | null
  leasedUntil: Date
}

/** What the database tells of one that was claimed; the rest is known to who claims. */
type ClaimedRecord = Omit<ClaimedDelivery, 'createdAt' | 'leasedUntil'>

/** What becomes of a delivery that this node held. */
export interface DeliveryEnd {
  messageId: string
  destinationId: string
  createdAt: Date
  /** Null where that was not found out; an attempt names it. */
  organizationId: string | null
  /** Null gives it back as it was. */
  status: 'delivered' | 'retrying' | 'dead' | 'parked' | null
  step: number
  nextAttemptAt: Date | null
  errorCode: string | null
  errorMessage: string | null
  /** Null when none was made. */
  attempt: {
    id: string
    at: Date
    /** Counted from 1. */
    number: number
    succeeded: boolean
    target: string
    responseStatus: number | null
    responseHeaders: Record<string, string> | null
    responseBody: Buffer | null
    firstByteMs: number | null
    durationMs: number
  } | null
}

/** A destination that has been failing for long when yet another failure came. */
export interface FailingDestination {
  id: string
  failingSince: Date
}

/** A delivery that is leased to somebody. */
export interface LeasedRow {
  messageId: string
  destinationId: string
  createdAt: Date
  leasedUntil: Date
}

export interface DueDestination {
  destinationId: string
  /** Whether it is about messages that go one after the other. */
  keyed: boolean
}

/** PostgreSQL's moment of a column with milliseconds since 1970. */
const momentOf = (column: string) => `'epoch'::timestamptz + ${column} * interval '1 millisecond'`

const isOpen = "status IN ('pending', 'retrying')"

/**
 * Messages and deliveries, and the word to all nodes of those that nobody has leased. The arrays are cut up here; the
 * bodies come as one `bytea`, which takes half the time of an array of them.
 */
const publishStatement = `WITH stored AS (
    INSERT INTO messages (id, created_at, organization_id, external_id, event_type, external_user_id, ordering_key,
      source, event_id, provider_id, connection_id, content_type, body, event_type_version)
    SELECT id, created_at, organization_id, external_id, event_type, external_user_id, ordering_key,
      source, event_id, provider_id, connection_id, content_type,
      CASE WHEN body_length >= 0 THEN substring($15::bytea FROM body_at FOR body_length) END, event_type_version
    FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::uuid[], $10::text[], $11::uuid[], $12::text[], $13::int[], $14::int[], $26::int[]) AS m (id, created_at,
      organization_id, external_id, event_type, external_user_id, ordering_key, source, event_id, provider_id,
      connection_id, content_type, body_at, body_length, event_type_version)
  ), fanned AS (
    INSERT INTO deliveries (message_id, destination_id, created_at, organization_id, event_type, status,
      next_attempt_at, lease_owner, leased_until, ordering_key, finished_at)
    SELECT message_id, destination_id, created_at, organization_id, event_type, status,
      CASE WHEN status = 'pending' THEN created_at END, CASE WHEN leased_until IS NOT NULL THEN $24::int END,
      leased_until, ordering_key, CASE WHEN status <> 'pending' THEN created_at END
    FROM unnest($16::uuid[], $17::uuid[], $18::timestamptz[], $19::uuid[], $20::text[], $21::text[],
      $22::timestamptz[], $23::text[]) AS d (message_id, destination_id, created_at, organization_id, event_type, status,
      leased_until, ordering_key)
  )
  SELECT pg_notify('koble_deliveries', id) FROM unnest($25::text[]) AS waiting (id)`

/** Steps from one destination to the next along the index, however many deliveries each has. */
const dueStatement = `WITH RECURSIVE free (id) AS (
    (SELECT destination_id FROM deliveries WHERE ${isOpen} AND ordering_key IS NULL ORDER BY destination_id LIMIT 1)
    UNION ALL
    SELECT (SELECT destination_id FROM deliveries WHERE ${isOpen} AND ordering_key IS NULL AND destination_id > free.id
      ORDER BY destination_id LIMIT 1) FROM free WHERE free.id IS NOT NULL
  ), keyed (id) AS (
    (SELECT destination_id FROM deliveries WHERE ${isOpen} AND ordering_key IS NOT NULL
      ORDER BY destination_id LIMIT 1)
    UNION ALL
    SELECT (SELECT destination_id FROM deliveries WHERE ${isOpen} AND ordering_key IS NOT NULL
      AND destination_id > keyed.id ORDER BY destination_id LIMIT 1) FROM keyed WHERE keyed.id IS NOT NULL
  )
  SELECT id AS "destinationId", false AS keyed FROM free WHERE EXISTS (
    SELECT 1 FROM deliveries WHERE destination_id = free.id AND ${isOpen} AND ordering_key IS NULL
      AND next_attempt_at <= $1 AND (leased_until IS NULL OR leased_until < $1))
  UNION ALL
  SELECT id, true FROM keyed WHERE id IS NOT NULL`

const claimedColumns = `d.message_id AS "messageId", d.destination_id AS "destinationId", d.attempts, d.step,
  d.ordering_key AS "orderingKey"`

/**
 * Leases what was chosen. The lists of ids let PostgreSQL leave out the partitions that have none of it, whatever it
 * thinks of the sizes; the join alone picks the rows.
 */
const leaseChosen = `UPDATE deliveries AS d SET lease_owner = $1, leased_until = chosen.until FROM chosen
  WHERE d.message_id = ANY(ARRAY(SELECT message_id FROM chosen)) AND d.created_at = ANY(ARRAY(SELECT created_at FROM chosen))
    AND d.message_id = chosen.message_id AND d.destination_id = chosen.destination_id AND d.created_at = chosen.created_at
  RETURNING ${claimedColumns}`

const claimStatement = `WITH chosen AS MATERIALIZED (
    SELECT due.*, wanted.until FROM unnest($3::uuid[], $4::int[], $5::timestamptz[]) AS wanted (id, room, until)
    CROSS JOIN LATERAL (
      SELECT message_id, destination_id, created_at FROM deliveries
      WHERE destination_id = wanted.id AND ${isOpen} AND ordering_key IS NULL
        AND next_attempt_at <= $2 AND (leased_until IS NULL OR leased_until < $2)
      ORDER BY next_attempt_at LIMIT wanted.room FOR UPDATE SKIP LOCKED
    ) AS due
  ) ${leaseChosen}`

/**
 * The first open delivery of each ordering key, from one key on. Only these may be claimed, and only while none of the
 * same key is under way: one with a lower position may appear late, from a transaction that took longer.
 */
const claimKeyedStatement = `WITH RECURSIVE head AS (
    (SELECT message_id, destination_id, created_at, ordering_key, position, next_attempt_at, leased_until FROM deliveries
     WHERE destination_id = $3 AND ${isOpen} AND ordering_key > $5 ORDER BY ordering_key, position LIMIT 1)
    UNION ALL
    SELECT following.* FROM head CROSS JOIN LATERAL (
      SELECT message_id, destination_id, created_at, ordering_key, position, next_attempt_at, leased_until FROM deliveries
      WHERE destination_id = $3 AND ${isOpen} AND ordering_key > head.ordering_key
      ORDER BY ordering_key, position LIMIT 1
    ) AS following
  ), chosen AS MATERIALIZED (
    SELECT message_id, destination_id, created_at, $6::timestamptz AS until FROM head
    WHERE next_attempt_at <= $2 AND (leased_until IS NULL OR leased_until < $2) AND NOT EXISTS (
      SELECT 1 FROM (
        SELECT leased_until FROM deliveries AS later WHERE destination_id = $3 AND ${isOpen}
          AND ordering_key = head.ordering_key AND position > head.position ORDER BY position LIMIT 50
      ) AS later WHERE leased_until >= $2)
    LIMIT $4
  ) ${leaseChosen}`

/**
 * The end of attempts: what became of the deliveries, the attempts themselves, and since when a destination has been
 * failing. A delivery that is no longer this node's is left alone, unless it was delivered: that is true whoever has it
 * now. Answers with the destinations that have been failing since before $22. Between $23 and $24 all messages were made.
 */
const endStatement = `WITH ended AS MATERIALIZED (
    SELECT message_id, destination_id, ${momentOf('created_ms')} AS created_at, organization_id, status, step,
      ${momentOf('next_attempt_ms')} AS next_attempt_at, error_code, error_message, attempt_id,
      ${momentOf('at_ms')} AS at, number, succeeded, target, response_status, response_headers::jsonb,
      decode(response_body, 'base64') AS response_body, first_byte_ms, duration_ms
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::int[], $7::bigint[], $8::text[],
      $9::text[], $10::uuid[], $11::bigint[], $12::int[], $13::bool[], $14::text[], $15::int[], $16::text[],
      $17::text[], $18::float8[], $19::float8[]) AS e (message_id, destination_id, created_ms, organization_id, status,
      step, next_attempt_ms, error_code, error_message, attempt_id, at_ms, number, succeeded, target, response_status,
      response_headers, response_body, first_byte_ms, duration_ms)
  ), changed AS (
    UPDATE deliveries AS d SET status = coalesce(e.status, d.status), lease_owner = NULL, leased_until = NULL,
      attempts = coalesce(e.number, d.attempts),
      step = CASE WHEN e.status IS NULL THEN d.step ELSE e.step END,
      next_attempt_at = CASE WHEN e.status IS NULL THEN d.next_attempt_at ELSE e.next_attempt_at END,
      response_status = CASE WHEN e.number IS NULL THEN d.response_status ELSE e.response_status END,
      error_code = CASE WHEN e.status IS NULL THEN d.error_code ELSE e.error_code END,
      error_message = CASE WHEN e.status IS NULL THEN d.error_message ELSE e.error_message END,
      finished_at = CASE WHEN e.status IN ('delivered', 'dead', 'parked') THEN coalesce(e.at, $20::timestamptz) END
    FROM ended AS e
    WHERE d.message_id = ANY($1::uuid[]) AND d.created_at BETWEEN $23 AND $24
      AND d.message_id = e.message_id AND d.destination_id = e.destination_id AND d.created_at = e.created_at
      AND CASE WHEN e.status = 'delivered' THEN d.status IN ('pending', 'retrying', 'parked')
        ELSE d.${isOpen} AND d.lease_owner = $21 END
  ), noted AS (
    INSERT INTO attempts (id, at, organization_id, message_id, destination_id, number, succeeded, target,
      response_status, response_headers, response_body, error_code, error_message, first_byte_ms, duration_ms)
    SELECT attempt_id, at, organization_id, message_id, destination_id, number, succeeded, target, response_status,
      response_headers, response_body, error_code, error_message, first_byte_ms, duration_ms
    FROM ended WHERE attempt_id IS NOT NULL
  ), fortune AS (
    SELECT destination_id AS id, bool_or(succeeded) AS lucky, min(at) AS at FROM ended
    WHERE succeeded IS NOT NULL GROUP BY destination_id
  ), turned AS (
    UPDATE destinations AS t SET failing_since = CASE WHEN lucky THEN NULL ELSE fortune.at END
    FROM fortune WHERE t.id = fortune.id AND (t.failing_since IS NULL) <> lucky
  )
  SELECT t.id, t.failing_since AS "failingSince" FROM fortune JOIN destinations AS t ON t.id = fortune.id
  WHERE NOT lucky AND t.status = 'enabled' AND t.failing_since <= $22`

/** All SQL of what is sent. Times come from the caller's clock. */
export function createOutboundStore(database: Database) {
  const { systemPool, deliveryPool } = database
  return {
    /** The organization's destinations, for matching. */
    async listDestinations(organizationId: string): Promise<DestinationRecord[]> {
      return await database.system
        .selectFrom('destinations')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('id')
        .execute()
    },
    async findDestination(id: string): Promise<DestinationRecord | undefined> {
      return await database.system.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst()
    },

    /** In the caller's transaction, in one statement. `waiting` are destinations with work that nobody has leased. */
    async publish(
      messages: MessageToStore[],
      deliveries: DeliveryToStore[],
      options: { node: number | null; waiting: string[] },
      query: Query,
    ): Promise<void> {
      const bodies = messages.map(({ body }) => body ?? Buffer.alloc(0))
      const ofMessages = <Value>(read: (message: MessageToStore) => Value) => messages.map(read)
      const ofDeliveries = <Value>(read: (delivery: DeliveryToStore) => Value) => deliveries.map(read)
      await query.executeQuery(
        CompiledQuery.raw(publishStatement, [
          ofMessages(({ id }) => id),
          ofMessages(({ createdAt }) => createdAt),
          ofMessages(({ organizationId }) => organizationId),
          ofMessages(({ externalId }) => externalId),
          ofMessages(({ eventType }) => eventType),
          ofMessages(({ externalUserId }) => externalUserId),
          ofMessages(({ orderingKey }) => orderingKey),
          ofMessages(({ source }) => source),
          ofMessages(({ event }) => event?.id ?? null),
          ofMessages(({ event }) => event?.provider ?? null),
          ofMessages(({ event }) => event?.connectionId ?? null),
          ofMessages(({ contentType }) => contentType),
          beginningsOf(bodies),
          ofMessages(({ body }) => body?.length ?? -1),
          bodies.length === 1 ? bodies[0] : Buffer.concat(bodies),
          ofDeliveries(({ messageId }) => messageId),
          ofDeliveries(({ destinationId }) => destinationId),
          ofDeliveries(({ createdAt }) => createdAt),
          ofDeliveries(({ organizationId }) => organizationId),
          ofDeliveries(({ eventType }) => eventType),
          ofDeliveries(({ status }) => status),
          ofDeliveries(({ leasedUntil }) => leasedUntil),
          ofDeliveries(({ orderingKey }) => orderingKey),
          options.node,
          options.waiting,
          ofMessages(({ eventTypeVersion }) => eventTypeVersion),
        ]),
      )
    },

    /** Which destinations have something that is due. */
    async listDue(now: Date): Promise<DueDestination[]> {
      return (await deliveryPool.query<DueDestination>({ name: 'due', text: dueStatement, values: [now] })).rows
    },
    /** Leases what is due, oldest first, for each destination as much as there is room for. */
    async claim(
      wanted: { destinationId: string; room: number; leasedUntil: Date }[],
      node: number,
      now: Date,
    ): Promise<ClaimedDelivery[]> {
      const { rows } = await deliveryPool.query<ClaimedRecord>({
        name: 'claim',
        text: claimStatement,
        values: [
          node,
          now,
          wanted.map(({ destinationId }) => destinationId),
          wanted.map(({ room }) => room),
          wanted.map(({ leasedUntil }) => leasedUntil),
        ],
      })
      const until = new Map(wanted.map(({ destinationId, leasedUntil }) => [destinationId, leasedUntil]))
      return rows.map((row) => toClaimed(row, until.get(row.destinationId) ?? now))
    },
    /**
     * Leases what may go of the messages with an ordering key, from a key on. Who claims for a destination does so
     * alone, and sees what the one before did: otherwise two nodes could each take one of the same key.
     */
    async claimKeyed(
      wanted: { destinationId: string; room: number; leasedUntil: Date; afterKey: string },
      node: number,
      now: Date,
    ): Promise<ClaimedDelivery[]> {
      const { destinationId, room, leasedUntil, afterKey } = wanted
      const client = await deliveryPool.connect()
      let broken: Error | undefined
      try {
        await client.query('BEGIN')
        await client.query("SELECT pg_advisory_xact_lock(hashtextextended('koble-ordered/' || $1, 0))", [destinationId])
        const values = [node, now, destinationId, room, afterKey, leasedUntil]
        const { rows } = await client.query<ClaimedRecord>({ name: 'claim-keyed', text: claimKeyedStatement, values })
        await client.query('COMMIT')
        return rows.map((row) => toClaimed(row, leasedUntil))
      } catch (error) {
        broken = error as Error
        throw error
      } finally {
        // A client in the middle of a transaction is of no use to the next.
        client.release(broken)
      }
    },
    /** Messages by id, with the bodies of the events they pass on; without those whose body is gone. */
    async loadMessages(ids: string[]): Promise<Map<string, OutgoingMessage>> {
      const { rows } = await deliveryPool.query<MessageRecord>({
        name: 'load-messages',
        text: `SELECT id, organization_id, event_type, external_user_id, ordering_key, source, event_id,
            provider_id, connection_id, content_type, body
          FROM messages WHERE id = ANY($1::uuid[]) AND created_at BETWEEN $2 AND $3`,
        values: [plainArray(ids), ...spanOf(ids.map(timeOfId))],
      })
      const eventIds = [
        ...new Set(rows.flatMap(({ body, event_id: id }) => (body === null && id !== null ? [id] : []))),
      ]
      const events = new Map<string, Buffer>()
      if (eventIds.length > 0) {
        const read = await deliveryPool.query<{ id: string; body: Buffer }>({
          name: 'load-events',
          text: 'SELECT id, body FROM webhook_events WHERE id = ANY($1::uuid[]) AND received_at BETWEEN $2 AND $3',
          values: [plainArray(eventIds), ...spanOf(eventIds.map(timeOfId))],
        })
        for (const { id, body } of read.rows) events.set(id, body)
      }
      const messages = new Map<string, OutgoingMessage>()
      for (const row of rows) {
        const body = row.body ?? events.get(row.event_id ?? '')
        if (body !== undefined) messages.set(row.id, toMessage(row, body))
      }
      return messages
    },

    /** Writes what became of deliveries that this node held. */
    async end(
      ends: DeliveryEnd[],
      options: { node: number; now: Date; failingBefore: Date },
    ): Promise<FailingDestination[]> {
      const { rows } = await deliveryPool.query<FailingDestination>({
        name: 'end',
        text: endStatement,
        values: endValues(ends, options),
      })
      return rows
    },
    /** What is leased to a node. */
    async listLeased(node: number): Promise<LeasedRow[]> {
      const { rows } = await systemPool.query<LeasedRow>(
        `SELECT message_id AS "messageId", destination_id AS "destinationId", created_at AS "createdAt",
           leased_until AS "leasedUntil"
         FROM deliveries WHERE lease_owner = $1 AND ${isOpen}`,
        [node],
      )
      return rows
    },
    /** Gives these back, unless the lease is another one by now. */
    async giveBack(node: number, leased: LeasedRow[]): Promise<void> {
      await systemPool.query(
        `WITH freed AS (
           UPDATE deliveries AS d SET lease_owner = NULL, leased_until = NULL
           FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
             AS s (message_id, destination_id, created_at, leased_until)
           WHERE d.message_id = s.message_id AND d.destination_id = s.destination_id AND d.created_at = s.created_at
             AND d.lease_owner = $1 AND d.leased_until = s.leased_until AND d.${isOpen}
           RETURNING d.destination_id
         ) SELECT pg_notify('koble_deliveries', destination_id::text) FROM (SELECT DISTINCT destination_id FROM freed) AS d`,
        [
          node,
          leased.map(({ messageId }) => messageId),
          leased.map(({ destinationId }) => destinationId),
          leased.map(({ createdAt }) => createdAt),
          leased.map(({ leasedUntil }) => leasedUntil),
        ],
      )
    },
    /** Gives back whatever a node held. */
    async giveBackAllOf(node: number): Promise<void> {
      await systemPool.query(
        `WITH freed AS (
           UPDATE deliveries SET lease_owner = NULL, leased_until = NULL WHERE lease_owner = $1 AND ${isOpen}
           RETURNING destination_id
         ) SELECT pg_notify('koble_deliveries', destination_id::text) FROM (SELECT DISTINCT destination_id FROM freed) AS d`,
        [node],
      )
    },

    /** Switches a destination off, unless it is already; `alsoWrite` shares the transaction. */
    async disable(
      id: string,
      reason: 'gone' | 'failing',
      now: Date,
      alsoWrite: (row: DestinationRecord, query: Query) => Promise<void>,
    ): Promise<boolean> {
      return await database.system.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable('destinations')
          .set({ status: 'disabled', disabled_reason: reason, disabled_at: now, updated_at: now })
          .where('id', '=', id)
          .where('status', '=', 'enabled')
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) return false
        await alsoWrite(row, transaction)
        return true
      })
    },
    /** Parks open deliveries of a destination that is disabled, `limit` at a time; says how many there were. */
    async parkOpen(destinationId: string, now: Date, limit: number): Promise<number> {
      const { rows } = await systemPool.query<{ count: number }>(
        `WITH chosen AS MATERIALIZED (
           SELECT d.message_id, d.destination_id, d.created_at FROM deliveries AS d
           JOIN destinations ON destinations.id = d.destination_id AND destinations.status = 'disabled'
           WHERE d.destination_id = $1 AND d.${isOpen} LIMIT $3 FOR UPDATE OF d SKIP LOCKED
         ), parked AS (
           UPDATE deliveries AS d SET status = 'parked', lease_owner = NULL, leased_until = NULL,
             next_attempt_at = NULL, finished_at = $2
           FROM chosen WHERE d.message_id = ANY(ARRAY(SELECT message_id FROM chosen))
             AND d.created_at = ANY(ARRAY(SELECT created_at FROM chosen)) AND d.message_id = chosen.message_id
             AND d.destination_id = chosen.destination_id AND d.created_at = chosen.created_at
           RETURNING 1
         ) SELECT count(*)::int AS count FROM parked`,
        [destinationId, now, limit],
      )
      return rows[0]?.count ?? 0
    },

    /** How many deliveries there are in each state, of messages since a time; and how many there should be. */
    async reconcile(organizationId: string, since: Date) {
      return await database.tenant(organizationId, async (transaction) => {
        const { rows } = await sql<{ status: string; count: number }>`
          SELECT status, count(*)::bigint AS count FROM deliveries
          WHERE organization_id = ${organizationId} AND created_at >= ${since} GROUP BY status`.execute(transaction)
        const strays = await sql<{ without_message: number; overdue: number }>`
          SELECT count(*) FILTER (WHERE m.id IS NULL)::bigint AS without_message,
            count(*) FILTER (WHERE d.status IN ('pending', 'retrying') AND d.next_attempt_at IS NULL)::bigint AS overdue
          FROM deliveries AS d LEFT JOIN messages AS m ON m.id = d.message_id AND m.created_at = d.created_at
          WHERE d.organization_id = ${organizationId} AND d.created_at >= ${since}`.execute(transaction)
        return { counts: rows, strays: strays.rows[0] as { without_message: number; overdue: number } }
      })
    },
    /** Deliveries that are neither finished nor parked, over all organizations, and how old the oldest that is due is. */
    async countOpen(now: Date) {
      const { rows } = await systemPool.query<{ status: string; count: number; oldest_seconds: number }>(
        `SELECT status, count(*)::int AS count,
           coalesce(extract(epoch FROM $1 - min(next_attempt_at)), 0)::float8 AS oldest_seconds
         FROM deliveries WHERE ${isOpen} GROUP BY status`,
        [now],
      )
      return rows
    },
  }
}

export type OutboundStore = ReturnType<typeof createOutboundStore>

const toClaimed = (row: ClaimedRecord, leasedUntil: Date): ClaimedDelivery =>
  Object.assign(row, { createdAt: timeOfId(row.messageId), leasedUntil })

interface MessageRecord {
  id: string
  organization_id: string
  event_type: string
  external_user_id: string | null
  ordering_key: string | null
  source: MessageSource
  event_id: string | null
  provider_id: string | null
  connection_id: string | null
  content_type: string
  body: Buffer | null
}

function toMessage(row: MessageRecord, body: Buffer): OutgoingMessage {
  const { event_id: eventId, provider_id: provider, connection_id: connectionId } = row
  return {
    id: row.id,
    organizationId: row.organization_id,
    createdAt: timeOfId(row.id),
    eventType: row.event_type,
    externalUserId: row.external_user_id,
    orderingKey: row.ordering_key,
    source: row.source,
    contentType: row.content_type,
    body,
    event: eventId === null ? null : { id: eventId, provider: provider ?? '', connectionId },
  }
}

function endValues(ends: DeliveryEnd[], options: { node: number; now: Date; failingBefore: Date }): unknown[] {
  type Attempt = NonNullable<DeliveryEnd['attempt']>
  const plain = (read: (end: DeliveryEnd) => string | number | null) => plainArray(ends.map(read))
  const text = (read: (end: DeliveryEnd) => string | null) => textArray(ends.map(read))
  const ofAttempts = <Value>(read: (attempt: Attempt) => Value) =>
    ends.map(({ attempt }) => (attempt === null ? null : read(attempt)))
  const times = ends.map(({ createdAt }) => createdAt)
  return [
    plain((end) => end.messageId),
    plain((end) => end.destinationId),
    timeArray(times),
    plain((end) => end.organizationId),
    plain((end) => end.status),
    plain((end) => end.step),
    timeArray(ends.map((end) => end.nextAttemptAt)),
    text((end) => end.errorCode),
    text((end) => end.errorMessage),
    plainArray(ofAttempts(({ id }) => id)),
    timeArray(ofAttempts(({ at }) => at)),
    plainArray(ofAttempts(({ number }) => number)),
    plainArray(ofAttempts(({ succeeded }) => succeeded)),
    textArray(ofAttempts(({ target }) => target)),
    plainArray(ofAttempts(({ responseStatus }) => responseStatus)),
    textArray(ofAttempts(({ responseHeaders }) => (responseHeaders === null ? null : JSON.stringify(responseHeaders)))),
    textArray(ofAttempts(({ responseBody }) => responseBody?.toString('base64') ?? null)),
    plainArray(ofAttempts(({ firstByteMs }) => firstByteMs)),
    plainArray(ofAttempts(({ durationMs }) => durationMs)),
    options.now,
    options.node,
    options.failingBefore,
    ...spanOf(times),
  ]
}

/** The first moment and the last: PostgreSQL looks only into the partitions between. */
function spanOf(times: Date[]): [first: Date, last: Date] {
  const numbers = times.map((time) => time.getTime())
  return [new Date(Math.min(...numbers)), new Date(Math.max(...numbers))]
}

/** Where each begins when they are joined, counted from 1. */
function beginningsOf(bodies: Buffer[]): number[] {
  let at = 1
  return bodies.map((body) => {
    const begins = at
    at += body.length
    return begins
  })
}
