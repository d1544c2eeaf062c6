import type { KeyStatus } from '@koble/contract/keys'
import { rewrap } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../http/actor.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import { instanceContext, sessionSecretName } from './instance-keys.ts'
import type { KeyProviders } from './key-providers.ts'
import { type KeyRing, wrapContext } from './key-ring.ts'
import { nameOfColumn, type SealedColumn, sealedColumns } from './sealed-columns.ts'
import type { EncryptionService } from './service.ts'
import type { EncryptionStore, RotationRecord, Wrap } from './store.ts'

export interface KeyRotationService {
  status(organizationId: string): Promise<KeyStatus>
  /** Begins a rotation that a worker carries out; one that is running already goes on. */
  request(actor: Actor, origin: Origin, options: { rewrapOnly: boolean }): Promise<KeyStatus>
  /**
   * Rotates the keys of an organization here and now, or goes on where a killed rotation stopped. `busy` when another
   * process is at it.
   */
  rotate(organizationId: string, options: { rewrapOnly: boolean }): Promise<KeyStatus | 'busy'>
  /**
   * `rotate` for every organization, and the instance's own secret. When an earlier run was cut short, organizations
   * that it had finished are left alone. Returns the wrapping keys that are still needed.
   */
  rotateAll(
    options: { rewrapOnly: boolean },
    report: (organization: { id: string; name: string }, status: KeyStatus | 'busy' | 'done before') => void,
  ): Promise<string[]>
  /** Goes on with the rotation that is running, if there is one. */
  resume(organizationId: string): Promise<void>
  /** Goes on with what was interrupted, and deletes replaced versions that nothing refers to any more. */
  tend(): Promise<void>
}

const batchRows = 200
/**
 * A replaced version is kept at least this long: a value that was sealed just before the new version was known may
 * still be on its way into the database.
 */
const keepReplacedMs = 3_600_000
/** Rows in use are skipped; they are tried again this often within one rotation, and by `tend` after that. */
const passesMax = 20

interface Parts {
  store: EncryptionStore
  ring: KeyRing
  encryption: EncryptionService
  providers: KeyProviders
  audit: AuditService
  log: { warn(details: object, message: string): void }
}

/** Moves an organization to new keys while everything goes on: wraps first, then every sealed value, row by row. */
export function createKeyRotation({ store, ring, encryption, providers, audit, log }: Parts): KeyRotationService {
  const oneAtATime = createTurns()

  async function begin(
    organizationId: string,
    rewrapOnly: boolean,
    options: { job: boolean; run?: string },
  ): Promise<boolean> {
    const running = await store.findRotation(organizationId)
    if (running?.status === 'running') return false
    if (rewrapOnly) return await store.begin(organizationId, null, options)
    const { version } = await ring.newest(organizationId)
    const [newest] = await store.list(organizationId)
    const key = await ring.wrapNew(organizationId, Math.max(version, newest?.version ?? 0) + 1)
    return await store.begin(organizationId, key, options)
  }

  /** A wrap under the active key, at its newest version; null when it is that already. */
  async function newWrap(before: Wrap, context: string): Promise<Wrap | null> {
    const { active, activeType } = providers
    // Vault and KMS have versions of their own, of which the id says nothing.
    if (before.keyId === active.keyId && activeType === 'local') return null
    const from = providers.demand(before.keyId)
    return { keyId: active.keyId, wrapped: await rewrap(before.wrapped, context, { from, to: active }) }
  }

  async function rewrapInstance(): Promise<void> {
    const before = await store.findSecret(sessionSecretName)
    const after = before && (await newWrap(before, instanceContext(sessionSecretName)))
    if (after) await store.replaceSecret(sessionSecretName, before, after)
  }

  async function rewrapDataKeys(organizationId: string): Promise<void> {
    for (const key of await store.list(organizationId)) {
      const after = await newWrap(key, wrapContext(organizationId, key.version))
      if (after) await store.replaceWrap(organizationId, key.version, key, after)
    }
  }

  /** Moves one batch; what cannot be read is counted and left as it is. */
  async function moveBatch(
    column: SealedColumn,
    organizationId: string,
    version: number,
    after: string | null,
  ): Promise<{ last: string | null; moved: number; skipped: number; unreadable: number }> {
    const rows = await store.listOlder(column, organizationId, version, { after, limit: batchRows })
    const moves = []
    let unreadable = 0
    for (const { row, value } of rows) {
      const context = { organizationId, table: column.table, row, column: column.sealedAs ?? column.column }
      try {
        moves.push({ row, value, moved: await encryption.reencrypt(context, value, version) })
      } catch (error) {
        if (!(error instanceof KobleError) || error.code !== 'ciphertext_invalid') throw error
        unreadable += 1
        log.warn(
          { table: column.table, column: column.column, row },
          'a sealed value cannot be read and was left alone',
        )
      }
    }
    const moved = await store.replaceSealed(column, organizationId, moves)
    const last = rows.length < batchRows ? null : (rows.at(-1)?.row ?? null)
    return { last, moved, skipped: moves.length - moved, unreadable }
  }

  async function reencryptAll(rotation: RotationRecord, version: number): Promise<void> {
    const { id, organization_id: organizationId } = rotation
    let { moved, unreadable, at_column: at, after_row: after } = rotation
    if (at === null) {
      const counts = sealedColumns.map((column) => store.countOlder(column, organizationId, version))
      const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
      at = nameOfColumn(sealedColumns[0] as SealedColumn)
      await store.noteProgress(id, { at_column: at, after_row: null, total, moved, unreadable })
    }
    for (let pass = 0; pass < passesMax; pass += 1) {
      let left = 0
      const from = Math.max(
        0,
        sealedColumns.findIndex((column) => nameOfColumn(column) === at),
      )
      for (const column of sealedColumns.slice(from)) {
        do {
          const batch = await moveBatch(column, organizationId, version, after)
          moved += batch.moved
          unreadable += batch.unreadable
          left += batch.moved + batch.skipped
          after = batch.last
          await store.noteProgress(id, { at_column: nameOfColumn(column), after_row: after, moved, unreadable })
        } while (after !== null)
      }
      if (left === 0) return
      // Once more from the beginning, for rows that were in use or written under the old version meanwhile.
      at = null
      unreadable = 0
    }
  }

  async function work(organizationId: string): Promise<void> {
    const rotation = await store.findRotation(organizationId)
    if (rotation?.status !== 'running') return
    try {
      await rewrapInstance()
      await rewrapDataKeys(organizationId)
      if (rotation.to_version !== null) await reencryptAll(rotation, rotation.to_version)
      await store.finish(rotation.id)
    } catch (error) {
      await store.noteError(rotation.id, error instanceof KobleError ? error.code : 'internal_error').catch(() => {})
      throw error
    }
    const { moved, unreadable } = (await store.findRotation(organizationId)) ?? rotation
    const details = { version: rotation.to_version, moved, unreadable, masterKey: providers.active.keyId }
    await audit.recordSystem(organizationId, { action: 'keys.rotated', details })
  }

  const carryOut = (organizationId: string) =>
    oneAtATime(() => store.exclusively(organizationId, async () => void (await work(organizationId))))

  async function deleteReplaced(organizationId: string, newest: number): Promise<void> {
    for (const column of sealedColumns) {
      let after: string | null = null
      do after = (await moveBatch(column, organizationId, newest, after)).last
      while (after !== null)
    }
    const deleted = await store.deleteUnused(organizationId, newest, sealedColumns)
    for (const version of deleted) {
      await audit.recordSystem(organizationId, { action: 'keys.version_deleted', details: { version } })
    }
  }

  async function rotate(organizationId: string, { rewrapOnly }: { rewrapOnly: boolean }, run?: string) {
    await begin(organizationId, rewrapOnly, { job: false, run })
    if ((await carryOut(organizationId)) === 'busy') return 'busy'
    return await status(organizationId)
  }

  async function status(organizationId: string): Promise<KeyStatus> {
    const [newest, ...older] = await store.list(organizationId)
    const rotation = await store.findRotation(organizationId)
    const { keyId } = providers.active
    return {
      provider: { type: providers.activeType, keyId },
      versions: (newest ? [newest, ...older] : []).map((key) => ({
        version: key.version,
        keyId: key.keyId,
        sealsNew: key === newest,
        underActiveKey: key.keyId === keyId,
        createdAt: key.createdAt.toISOString(),
      })),
      rotation: rotation
        ? {
            id: rotation.id,
            status: rotation.status,
            toVersion: rotation.to_version,
            total: rotation.total,
            moved: rotation.moved,
            unreadable: rotation.unreadable,
            errorCode: rotation.error_code,
            startedAt: rotation.started_at.toISOString(),
            finishedAt: rotation.finished_at?.toISOString() ?? null,
          }
        : null,
    }
  }

  return {
    status,
    rotate: (organizationId, options) => rotate(organizationId, options),
    async rotateAll(options, report) {
      const interrupted = (await store.listRunning()).find((rotation) => rotation.run !== null)
      const run = interrupted?.run ?? uuidv7()
      await rewrapInstance()
      for (const organization of await store.listOrganizations()) {
        const earlier = await store.findRotation(organization.id)
        const isDone = earlier?.status === 'completed' && earlier.run === run
        report(organization, isDone ? 'done before' : await rotate(organization.id, options, run))
      }
      return await store.listWrappingKeys()
    },
    async request(actor, origin, { rewrapOnly }) {
      const { organizationId } = actor
      if (await begin(organizationId, rewrapOnly, { job: true })) {
        await audit.record(actor, origin, { action: 'keys.rotation_requested', details: { rewrapOnly } })
      }
      return await status(organizationId)
    },
    async resume(organizationId) {
      await carryOut(organizationId)
    },
    async tend() {
      for (const { organizationId } of await store.listRunning()) await carryOut(organizationId)
      for (const { organizationId, newest } of await store.listReplaced(keepReplacedMs)) {
        await oneAtATime(() =>
          store.exclusively(organizationId, async () => void (await deleteReplaced(organizationId, newest))),
        )
      }
    },
  }
}

/** Each rotation holds a connection for its lock; several at once in one process could take them all. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work, work)
    last = turn.catch(() => {})
    return turn
  }
}
