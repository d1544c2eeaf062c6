import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import type { Fault } from './faults.ts'
import type { Sent } from './load.ts'
import type { Arrival } from './receivers.ts'
import type { Scene } from './scene.ts'

/** What a run came to. */
export interface Account {
  /** `delivery delivered`: 4,711. */
  counts: Record<string, number>
  /** Whatever must not be, with ids. */
  violations: string[]
}

interface DeliveryRow {
  message_id: string
  destination_id: string
  status: string
  succeeded: number
}

/** A crash of the database takes commits of the last moment along that nobody waited for: leases, and ends of attempts. */
const lostWithDatabaseMs = 2_000
const shownIds = 20

/** The query that operators are given to see whether everything is accounted for. */
export function reconciliationQuery(): string {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'webhooks-out.md'), 'utf8')
  const [, query] = /```sql\n(WITH fault[\s\S]*?)```/.exec(page) ?? []
  if (query === undefined) throw new Error('docs/webhooks-out.md has no reconciliation query any more.')
  return query
}

/** What is not over yet, by the database. */
export async function countOpen(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT (SELECT count(*) FROM webhook_events WHERE status IN ('pending', 'processing', 'retrying'))::int
       + (SELECT count(*) FROM deliveries WHERE status IN ('pending', 'retrying'))::int AS count`,
  )
  return rows[0]?.count ?? 0
}

/** Holds what was sent and what arrived against what is stored. */
export async function account(
  pool: pg.Pool,
  run: { scene: Scene; sent: Sent[]; faults: Fault[]; refused: ReadonlyMap<number, number> },
): Promise<Account> {
  const counts: Record<string, number> = {}
  const violations: string[] = []
  const add = (what: string, count: number) => {
    counts[what] = (counts[what] ?? 0) + count
  }
  const demandNone = (what: string, ids: readonly string[]) => {
    if (ids.length === 0) return
    const more = ids.length > shownIds ? `, and ${ids.length - shownIds} more` : ''
    violations.push(`${ids.length} ${what}: ${ids.slice(0, shownIds).join(', ')}${more}`)
  }

  const reconciled = await pool.query<{ what: string; state: string; count: string; ids: string[] | null }>(
    reconciliationQuery(),
  )
  for (const { what, state, count, ids } of reconciled.rows) {
    counts[`${what} ${state}`] = Number(count)
    if (ids !== null) violations.push(`${count} ${what}: ${ids.join(', ')}`)
  }
  for (const status of run.refused.keys()) {
    if (status !== 0 && status !== 503) violations.push(`${run.refused.get(status)} answers with status ${status}`)
  }

  const stored = await ownIdsOf(pool)
  const acknowledged = run.sent.filter((one) => one.acknowledged)
  counts['acknowledged'] = acknowledged.length
  demandNone(
    'acknowledged and not stored',
    acknowledged.map(({ id }) => id).filter((id) => !stored.has(id)),
  )
  demandNone(
    'sent and never acknowledged',
    run.sent.filter((one) => !one.acknowledged).map(({ id }) => id),
  )
  demandNone('stored more than once', repeated([...stored.values()].flat()))
  const lines = await pool.query<{ id: string }>(
    `SELECT e.id FROM webhook_events AS e LEFT JOIN (
       SELECT details ->> 'eventId' AS id, count(*) AS count FROM activities WHERE action = 'webhook.processed' GROUP BY 1
     ) AS a ON a.id = e.id::text WHERE e.status = 'completed' AND a.count IS DISTINCT FROM 1`,
  )
  demandNone(
    'completed events without exactly one line in the activity',
    lines.rows.map(({ id }) => id),
  )

  const deliveries = await deliveriesOf(pool)
  for (const { receiver, destinationId, ordered } of run.scene.receivers) {
    const own = deliveries.get(destinationId) ?? new Map<string, DeliveryRow>()
    const arrivals = Map.groupBy(receiver.arrivals, ({ messageId }) => messageId)
    const at = `at "${receiver.name}"`
    const well = (id: string) => (arrivals.get(id) ?? []).filter(({ answered }) => isSuccess(answered))
    demandNone(
      `delivered and never arrived ${at}`,
      [...own.values()].filter((row) => row.status === 'delivered' && !well(row.message_id).length).map(idOf),
    )
    demandNone(
      `arrived ${at} and stored nowhere`,
      [...arrivals.keys()].filter((id) => !own.has(id)),
    )
    demandNone(`arrived ${at} under several ids`, severalOf(receiver.arrivals))
    for (const row of own.values()) {
      const answers = well(row.message_id)
      if (answers.length < 2) continue
      add('duplicates', answers.length - 1)
      if (row.succeeded < answers.length) add('duplicates whose first outcome was lost', answers.length - 1)
      else if (wasDatabaseLost(run.faults, answers)) add('duplicates whose lease was lost', answers.length - 1)
      else demandNone(`sent again ${at} though its delivery was known`, [row.message_id])
    }
    if (ordered) demandNone(`out of order ${at}`, outOfOrder(receiver.arrivals, run.sent))
  }
  return { counts, violations }
}

/** Each of ours, with the ids under which it is stored. */
async function ownIdsOf(pool: pg.Pool): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ own: string; id: string }>(
    `SELECT external_event_id AS own, id FROM webhook_events
     UNION ALL SELECT external_id, id FROM messages WHERE external_id IS NOT NULL`,
  )
  const ids = new Map<string, string[]>()
  for (const { own } of rows) ids.set(own, [...(ids.get(own) ?? []), own])
  return ids
}

async function deliveriesOf(pool: pg.Pool): Promise<Map<string, Map<string, DeliveryRow>>> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT d.message_id, d.destination_id, d.status, coalesce(a.succeeded, 0)::int AS succeeded
     FROM deliveries AS d LEFT JOIN (
       SELECT message_id, destination_id, count(*) FILTER (WHERE succeeded) AS succeeded FROM attempts GROUP BY 1, 2
     ) AS a USING (message_id, destination_id)`,
  )
  const byDestination = Map.groupBy(rows, ({ destination_id: id }) => id)
  return new Map(
    [...byDestination].map(([id, some]) => [id, new Map(some.map((row) => [row.message_id, row] as const))]),
  )
}

const idOf = (row: DeliveryRow) => row.message_id
const isSuccess = (status: number | null) => status !== null && status >= 200 && status < 300

function repeated(ids: string[]): string[] {
  const seen = new Set<string>()
  return ids.filter((id) => seen.has(id) || !seen.add(id))
}

/** Whoever knows a message by its id would take it for several. */
function severalOf(arrivals: Arrival[]): string[] {
  const byOwnId = Map.groupBy(arrivals, ({ ownId }) => ownId)
  return [...byOwnId].flatMap(([ownId, some]) =>
    new Set(some.map(({ messageId }) => messageId)).size > 1 ? ownId : [],
  )
}

/** Whether a crash of the database may have taken along who was sending it. */
function wasDatabaseLost(faults: Fault[], answers: Arrival[]): boolean {
  const first = Math.min(...answers.map(({ atMs }) => atMs))
  const last = Math.max(...answers.map(({ atMs }) => atMs))
  const crashes = faults.filter(({ what }) => what.startsWith('database'))
  return crashes.some(({ fromMs, toMs }) => first < toMs + lostWithDatabaseMs && fromMs < last + lostWithDatabaseMs)
}

/** Of each key what came for the first time after something that was sent later. */
function outOfOrder(arrivals: Arrival[], sent: Sent[]): string[] {
  const place = new Map(sent.map(({ id }, index) => [id, index]))
  const keyOf = new Map(sent.map(({ id, key }) => [id, key]))
  const seen = new Set<string>()
  const latest = new Map<string, number>()
  const wrong: string[] = []
  for (const { ownId } of arrivals) {
    if (seen.has(ownId)) continue
    seen.add(ownId)
    const key = keyOf.get(ownId) ?? ''
    const at = place.get(ownId) ?? -1
    if (at < (latest.get(key) ?? -1)) wrong.push(ownId)
    else latest.set(key, at)
  }
  return wrong
}
