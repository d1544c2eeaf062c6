import { setTimeout as sleep } from 'node:timers/promises'
import type { Chaos, Subject } from './start-chaos.ts'
import type { Fate } from './token-proxy.ts'

/** The moments of a refresh at which a node can die. */
export const moments = ['before the request', 'during', 'after the answer', 'after storing'] as const
export type Moment = (typeof moments)[number]

/** Tells when something was reached, and lets it go on. */
export function gate() {
  const reached = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    release: release.resolve,
    fate: { reached: reached.resolve, release: release.promise },
  }
}

/**
 * Lets the token run out and so many call at once. A node that has not heard of it yet goes on with a token that is in
 * truth still good, so they call until one has. Returns the answers of the last crowd.
 */
export async function crowdAtExpiry(chaos: Chaos, subject: Subject, callers: number): Promise<Record<number, number>> {
  const { version } = await chaos.row(subject)
  await chaos.expire(subject)
  for (;;) {
    const answers = await chaos.callMany(subject, callers)
    if ((await chaos.row(subject)).version > version || answers[200] !== callers) return answers
  }
}

/** Kills the node that refreshes, at that moment; all the others are calling by then. Returns how their calls ended. */
export async function killAt(chaos: Chaos, subject: Subject, moment: Moment, callers: number) {
  const { lane } = subject
  const stop = gate()
  const victim = 0
  const before = await chaos.row(subject)
  const locker = await chaos.database.connect()
  try {
    const kind = moment === 'before the request' ? 'hold-request' : 'hold-answer'
    if (moment !== 'after storing') lane.fates.push({ kind, ...stop.fate } as Fate)
    await chaos.expire(subject)
    // The one that comes first refreshes; what becomes of its own call is not the question.
    const first = chaos.callThrough(victim, subject).catch(() => null)
    if (moment === 'after storing') await until(async () => (await chaos.row(subject)).version > before.version)
    else await stop.reached
    if (moment === 'after the answer') {
      // The row is locked, so that the node gets the answer and waits with the storing.
      await locker.query('BEGIN')
      await locker.query('SELECT 1 FROM connections WHERE id = $1 FOR UPDATE', [subject.id])
      stop.release()
      const storing = await until(async () => {
        const { rows } = await chaos.database.query(
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE connections SET credentials%'",
        )
        return rows[0]?.pid
      })
      const revive = await chaos.kill(victim)
      // Its statement would be carried out when the lock is free, although nobody waits for it any more.
      await chaos.database.query('SELECT pg_terminate_backend($1)', [storing])
      await locker.query('COMMIT')
      return await afterwards(revive)
    }
    const revive = await chaos.kill(victim)
    stop.release()
    await first
    return await afterwards(revive)
  } finally {
    locker.release()
  }

  async function afterwards(revive: () => Promise<void>) {
    const calls = chaos.callMany(subject, callers)
    await chaos.endLease(subject)
    const revived = revive()
    const answers = await calls
    await revived
    return answers
  }
}

/** Waits for what becomes true, or throws after half a minute. */
export async function until<Result>(look: () => Promise<Result>): Promise<NonNullable<Result>> {
  for (let tries = 0; tries < 1500; tries += 1) {
    const found = await look()
    if (found) return found
    await sleep(20)
  }
  throw new Error('What was waited for did not come')
}
