import { KobleError } from '@koble/core/errors'
import type { Query } from '../../database/client.ts'
import type { EncryptionService } from '../encryption/service.ts'
import { CallerPresence } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { createEndpointSecrets } from '../webhooks-in/service.ts'
import { meaningOfError, registrationFailure } from './judge-answer.ts'
import { createJobs, type Job } from './open-job.ts'
import { checkOf, isDue, nextTry, placedOf, renewalOf, soonest } from './plan.ts'
import type { Created, Registrar, Subject } from './registrar.ts'
import type { Placed, RegistrationChanges, RegistrationRow, RegistrationStore } from './store.ts'
import type { RegistrationNews, Tell } from './tell.ts'
import { createWriteFailure, type WorkOptions } from './write-failure.ts'

/** Does what is due for a row whose lease the caller holds, and gives the lease back. Undefined when it was lost. */
export type Work = (row: RegistrationRow, options?: WorkOptions) => Promise<RegistrationRow | undefined>

/** A piece of work ends by then, well before its lease does. */
const workMs = 90_000
export const leaseMs = 120_000
/** The former secret is accepted for so long beside one that the provider made. */
const secretOverlapMs = 86_400_000

/**
 * Brings a registration and its provider to agree. What is about to be done is written before the provider is called, so
 * that whoever comes after a crash knows that nobody knows: he looks for what was left there, removes it, and begins anew.
 */
export function createWork(parts: {
  store: RegistrationStore
  registrar: Registrar
  integrations: IntegrationService
  encryption: EncryptionService
  secrets: ReturnType<typeof createEndpointSecrets>
  tell: Tell
  log: { warn(details: object, message: string): void }
}): Work {
  const { store, registrar, secrets, tell } = parts
  const jobs = createJobs(parts)
  const fail = createWriteFailure(parts)

  /** Writes that it is there and works, with what is planned next. */
  async function keep(
    job: Job,
    changes: RegistrationChanges & { expires_at: Date | null },
    news: RegistrationNews | null,
    also?: (query: Query) => Promise<void>,
  ) {
    const { row, lease, subject } = job
    const { target } = subject
    const renewAt = 'renew_at' in changes ? (changes.renew_at ?? null) : renewalOf(target, changes.expires_at)
    const checkAt = changes.check_at === undefined ? checkOf(target) : changes.check_at
    const isLeft = changes.stale !== undefined ? changes.stale !== '[]' : row.stale.length > 0
    const whole: RegistrationChanges = {
      status: 'active',
      todo: null,
      error_code: null,
      error_message: null,
      attempts: 0,
      told: false,
      ...changes,
      renew_at: renewAt,
      check_at: checkAt,
      next_at: isLeft ? nextTry(1) : soonest(renewAt, checkAt),
    }
    return await store.write(row, lease, whole, {
      async also(query) {
        await also?.(query)
        if (news) await tell(row, row.told ? 'recovered' : news, null, query)
      },
    })
  }

  /** Removes what was replaced; what fails stays on the list. */
  async function sweep({ subject, row }: Job, stale: Placed[]): Promise<Placed[]> {
    const left: Placed[] = []
    for (const placed of stale) {
      if (row.external_ids.some((id) => placed.externalIds.includes(id))) continue
      await registrar.remove(subject, placed).catch(() => left.push(placed))
    }
    return left
  }

  async function create(given: Job, { isNew = false }: WorkOptions, news: RegistrationNews) {
    let job = given
    const { row, subject, secret } = given
    const needsSecret = JSON.stringify(subject.target.create).includes('"{secret}"')
    if (needsSecret && secret === null) {
      throw registrationFailure('secret_missing', 'The endpoint has no secret yet.', 'final')
    }
    const known = placedOf(row)
    const besides = subject.target.replace === 'create_first' ? known.externalIds : []
    if (besides.length === 0) await registrar.remove(subject, known)
    const cleanUp = async () => {
      for (const id of (await registrar.find(subject)) ?? []) {
        if (!besides.includes(id)) await registrar.remove(subject, { externalIds: [id], facts: row.facts })
      }
    }
    if (!isNew) await cleanUp()
    job = { ...job, row: { ...row, stale: await sweep(job, row.stale) } }
    const created = await make(subject).catch(async (error) => {
      if (!isNew || meaningOfError(error) !== 'exists') throw error
      await cleanUp()
      return await make(subject)
    })
    return await settle(job, created, besides.length > 0 ? known : null, news)
  }

  /** All of it or nothing; what could not be taken back stands in the error. */
  async function make(subject: Subject): Promise<Created> {
    return await registrar.create(subject).catch(async (error) => {
      const placed = error instanceof KobleError ? (error.details['placed'] as Placed | undefined) : undefined
      if (placed === undefined) throw error
      const isGone = await registrar.remove(subject, placed).then(
        () => true,
        () => false,
      )
      throw isGone ? registrationFailure(error.code, error.message, meaningOfError(error)) : error
    })
  }

  async function settle(job: Job, created: Created, replaced: Placed | null, news: RegistrationNews) {
    const { row } = job
    const { secret } = created
    const sealed = secret === null ? null : await secrets.seal(row.organization_id, row.endpoint_id, secret)
    const stale = replaced ? [...row.stale, replaced] : row.stale
    const changes = {
      external_ids: created.externalIds,
      in_doubt: false,
      facts: JSON.stringify(created.facts),
      stale: JSON.stringify(stale),
      applied: await jobs.seal(job),
      expires_at: created.expiresAt,
      checked_at: new Date(),
    }
    const kept = await keep(job, changes, news, async (query) => {
      if (sealed !== null) await store.setSecret(query, row.endpoint_id, sealed, new Date(Date.now() + secretOverlapMs))
    })
    return kept && stale.length > 0 ? await clear({ ...job, row: kept }) : kept
  }

  /** After the new one is known, those it replaced. The lease was given back, so it is taken once more. */
  async function clear(job: Job) {
    const { row, lease } = job
    const held = await store.take(row.organization_id, row.id, lease, new Date(Date.now() + leaseMs))
    if (!held) return row
    if (held.status !== 'active') return await store.write(held, lease, {})
    const left = await sweep({ ...job, row: held }, held.stale)
    return await store.write(held, lease, {
      stale: JSON.stringify(left),
      next_at: left.length > 0 ? nextTry(1) : soonest(held.renew_at, held.check_at),
    })
  }

  async function renew(job: Job) {
    const { row, lease, subject } = job
    // Written first: should this node be gone in the middle, it is clear what it was about.
    const begun = await store.write(
      row,
      lease,
      { status: 'renewing', ...(!subject.target.renew && { in_doubt: true }) },
      { goesOn: true },
    )
    if (begun?.status !== 'renewing') return begun && (await store.write(begun, lease, {}))
    if (!subject.target.renew) return await create({ ...job, row: begun }, {}, 'renewed')
    const expiresAt = await registrar.renew(subject, placedOf(row))
    return await keep({ ...job, row: begun }, { expires_at: expiresAt, checked_at: new Date() }, 'renewed')
  }

  async function update(job: Job) {
    const { row, lease, subject } = job
    const unchanged = { expires_at: row.expires_at, renew_at: row.renew_at, check_at: row.check_at }
    if (await jobs.isApplied(job)) return await keep(job, unchanged, null)
    if (!subject.target.update) {
      const begun = await store.write(row, lease, { in_doubt: true }, { goesOn: true })
      if (begun?.status !== row.status) return begun && (await store.write(begun, lease, {}))
      return await create({ ...job, row: begun }, {}, 'updated')
    }
    await registrar.update(subject, placedOf(row))
    return await keep(job, { ...unchanged, applied: await jobs.seal(job) }, 'updated')
  }

  async function check(job: Job) {
    const { row, subject } = job
    const found = await registrar.find(subject)
    const lasting = { expires_at: row.expires_at, renew_at: row.renew_at }
    if (found === null) return await keep(job, lasting, null)
    if (!row.external_ids.every((id) => found.includes(id))) return await createMissing(job)
    const strays = found.filter((id) => !row.external_ids.includes(id))
    for (const id of strays) await registrar.remove(subject, { externalIds: [id], facts: row.facts })
    return await keep(job, { ...lasting, checked_at: new Date() }, null)
  }

  async function createMissing(job: Job) {
    const { row, lease } = job
    const missing: RegistrationChanges = { status: 'missing', todo: null, in_doubt: true }
    const also = (query: Query) => tell(row, 'missing', null, query)
    const written = await store.write(row, lease, missing, { goesOn: true, also })
    // It may be that it is to be removed by now.
    if (written?.status !== 'missing') return written && (await store.write(written, lease, {}))
    return await create({ ...job, row: written }, {}, 'registered')
  }

  async function remove(job: Job) {
    const { row, lease, subject } = job
    await registrar.remove(subject, placedOf(row))
    for (const placed of row.stale) await registrar.remove(subject, placed)
    if (row.in_doubt || row.attempts > 0) {
      for (const id of (await registrar.find(subject)) ?? []) {
        await registrar.remove(subject, { externalIds: [id], facts: row.facts })
      }
    }
    const gone: RegistrationChanges = {
      status: 'removed',
      external_ids: [],
      stale: '[]',
      applied: null,
      error_code: null,
      error_message: null,
      next_at: null,
    }
    return await store.write(row, lease, gone, { also: (query) => tell(row, 'removed', null, query) })
  }

  async function begin(job: Job, options: WorkOptions) {
    const { row, lease } = job
    if (row.in_doubt) return await create(job, options, 'registered')
    const begun = await store.write(row, lease, { in_doubt: true }, { goesOn: true })
    if (begun?.status !== row.status) return begun && (await store.write(begun, lease, {}))
    return await create({ ...job, row: begun }, options, 'registered')
  }

  async function dispatch(job: Job, options: WorkOptions) {
    const { row } = job
    if (row.status === 'removing') return await remove(job)
    if (row.status !== 'active' && row.status !== 'renewing') return await begin(job, options)
    if (row.expires_at !== null && isDue(row.expires_at)) return await createMissing(job)
    if (row.todo === 'recreate') return await createMissing(job)
    if (row.todo === 'update') return await update(job)
    const lasts = row.expires_at !== null
    if (row.status === 'renewing' || row.todo === 'renew' || (lasts && (options.isAsked || isDue(row.renew_at)))) {
      return await renew(job).catch((error) => {
        if (meaningOfError(error) !== 'gone') throw error
        return createMissing(job)
      })
    }
    if (row.stale.length > 0) {
      const left = await sweep(job, row.stale)
      return await keep(job, { ...planned(row), stale: JSON.stringify(left) }, null)
    }
    if (options.isAsked || isDue(row.check_at)) return await check(job)
    return await keep(job, planned(row), null)
  }

  return async (row, options = {}) => {
    const presence = new CallerPresence()
    const deadline = setTimeout(() => presence.leave(), workMs)
    try {
      return await dispatch(await jobs.open(row, presence), options)
    } catch (error) {
      return await fail(row, error, options)
    } finally {
      clearTimeout(deadline)
    }
  }
}

const planned = (row: RegistrationRow) => ({
  expires_at: row.expires_at,
  renew_at: row.renew_at,
  check_at: row.check_at,
})
