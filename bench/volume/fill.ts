import type pg from 'pg'

/** Whose rows these are: some of everything that lists filter by. */
export interface Owners {
  organizationId: string
  endpointIds: string[]
  integrationId: string
  connectionIds: string[]
  destinationId: string
}

/** Rows are spread over so many days, today's partition being the last. */
export const days = 30
/** One event in so many became a message that was delivered. */
const eventsPerMessage = 10

/**
 * Fills the tables of inbound events as months of work would have: events of the last days with their keys and their
 * lines in the activity, and for each tenth a message, its delivery and its attempt. The server makes the rows, a day at
 * a time. Two events in a hundred failed or belong nowhere; a fifth of all belong to another organization.
 */
export async function fill(pool: pg.Pool, owners: Owners, rows: number, tell: (text: string) => void): Promise<void> {
  await pool.query("SELECT make_partitions((now() AT TIME ZONE 'UTC')::date - $1::int, $1::int)", [days - 1])
  const perDay = Math.ceil(rows / days)
  for (let day = days - 1; day >= 0; day -= 1) {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      // What a crash would take along is made again with the rest.
      await client.query('SET LOCAL synchronous_commit = off')
      await client.query(
        `CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
         SELECT n, ${idOf('at', 'n')} AS id, at,
           CASE WHEN n % 5 = 0 THEN '00000000-0000-7000-8000-000000000001'::uuid ELSE $1::uuid END AS organization_id,
           ($2::uuid[])[1 + n % cardinality($2::uuid[])] AS endpoint_id,
           CASE WHEN n % 3 = 0 THEN ($3::uuid[])[1 + n % cardinality($3::uuid[])] END AS connection_id,
           'order.' || (ARRAY['created', 'paid', 'sent', 'returned', 'closed', 'refunded', 'held'])[1 + n % 7] AS type,
           'evt_' || to_char(at, 'YYMMDD') || '_' || lpad(to_hex(n), 9, '0') AS external_id,
           CASE WHEN n % 100 = 1 THEN 'failed' WHEN n % 100 = 2 THEN 'unroutable' ELSE 'completed' END AS status
         FROM generate_series($4::bigint, $5::bigint) AS n,
           LATERAL (SELECT date_trunc('milliseconds', least(now() - interval '1 minute',
             date_trunc('day', now()) - make_interval(days => $6::int))
               + make_interval(secs => CASE WHEN $6::int = 0 THEN 0 ELSE 86399.0 * (n - $4::bigint) / $7::int END)) AS at) AS t`,
        [
          owners.organizationId,
          owners.endpointIds,
          owners.connectionIds,
          (days - day) * perDay,
          (days - day) * perDay + perDay - 1,
          day,
          perDay,
        ],
      )
      for (const statement of statements) await client.query(statement, valuesFor(statement, owners))
      await client.query('COMMIT')
      tell(`${(days - day) * perDay} of ${rows} events`)
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      throw error
    } finally {
      client.release()
    }
  }
  // Otherwise the database would do so by itself, while it is measured.
  await pool.query('VACUUM (ANALYZE)')
  await pool.query('CHECKPOINT')
}

/** A UUIDv7 of a moment (RFC 9562, section 5.7), with a number in its random part. */
function idOf(at: string, number: string): string {
  const ms = `lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0')`
  return `(${ms} || '7' || substr(md5(${number}::text), 1, 3) || '8' || substr(md5(${number}::text), 4, 15))::uuid`
}

/** None of the other organization's, which are those whose number five divides. */
const isMessage = `n % ${eventsPerMessage} = 3`
const statements = [
  `INSERT INTO webhook_event_keys (endpoint_id, external_event_id, organization_id, event_id, received_at)
   SELECT endpoint_id, external_id, organization_id, id, at FROM fresh`,
  `INSERT INTO webhook_events (id, received_at, organization_id, endpoint_id, integration_id, connection_id, provider_id,
     event_type, external_event_id, headers, content_type, body, status, attempts, processed_at, attempt_log)
   SELECT id, at, organization_id, endpoint_id, $1, connection_id, 'api-key', type, external_id,
     '{"content-type": "application/json", "user-agent": "shop/1.0"}', 'application/json',
     convert_to('{"id": "' || external_id || '", "type": "' || type || '", "note": "' || repeat('x', 200) || '"}', 'UTF8'),
     status, 1, at, '[{"number": 1, "replay": 0, "outcome": "completed", "error": null}]'
   FROM fresh`,
  `INSERT INTO activities (id, at, organization_id, integration_id, connection_id, provider_id, type, action, status,
     summary, details, duration_ms)
   SELECT id, at, organization_id, $1, connection_id, 'api-key', 'webhook',
     CASE status WHEN 'completed' THEN 'webhook.processed' ELSE 'webhook.' || status END,
     CASE status WHEN 'completed' THEN 'success' ELSE 'failure' END, 'Event ' || type || ' was received',
     jsonb_build_object('eventId', id, 'eventType', type, 'externalEventId', external_id), 12
   FROM fresh`,
  `INSERT INTO messages (id, created_at, organization_id, event_type, source, event_id, provider_id, connection_id)
   SELECT id, at, organization_id, 'api-key.' || type, 'webhook', id, 'api-key', connection_id FROM fresh
   WHERE ${isMessage}`,
  `INSERT INTO deliveries (message_id, destination_id, created_at, organization_id, event_type, status, attempts,
     response_status, finished_at)
   SELECT id, $1, at, organization_id, 'api-key.' || type, 'delivered', 1, 200, at FROM fresh WHERE ${isMessage}`,
  `INSERT INTO attempts (id, at, organization_id, message_id, destination_id, number, succeeded, target, response_status,
     duration_ms)
   SELECT id, at, organization_id, id, $1, 1, true, 'https://shop.example.com/hook', 200, 20 FROM fresh
   WHERE ${isMessage}`,
]

function valuesFor(statement: string, { integrationId, destinationId }: Owners): string[] {
  if (/^INSERT INTO (deliveries|attempts)/.test(statement)) return [destinationId]
  return /^INSERT INTO (webhook_events|activities)/.test(statement) ? [integrationId] : []
}
