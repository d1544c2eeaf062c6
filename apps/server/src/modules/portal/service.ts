import type { CreatedPortalSession, PortalSession } from '@koble/contract/portal'
import { randomToken, sha256Hex } from '@koble/core/crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Actor, PortalActor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { PortalStore } from './store.ts'

export interface PortalService {
  /** Lets one end user see to the own destinations for `expiresIn` seconds. */
  createSession(
    actor: Actor,
    origin: Origin,
    input: { externalUserId: string; expiresIn: number; readOnly: boolean },
  ): Promise<CreatedPortalSession>
  /** The session of the token that calls. */
  getOwn(actor: Actor): Promise<PortalSession>
  /** The end user behind a token, null when it is unknown or has run out. */
  findSessionActor(token: string): Promise<PortalActor | null>
  /** Forgets what has run out. */
  purge(): Promise<void>
}

const tokenPrefix = 'koble_ps_'

export function createPortalService(parts: {
  store: PortalStore
  audit: AuditService
  publicUrl: string
}): PortalService {
  const { store, audit, publicUrl } = parts
  return {
    async createSession(actor, origin, { externalUserId, expiresIn, readOnly }) {
      const { organizationId } = actor
      const id = uuidv7()
      const token = randomToken(tokenPrefix)
      const expiresAt = new Date(Date.now() + expiresIn * 1000)
      await store.insert({ id, organizationId, tokenHash: sha256Hex(token), externalUserId, readOnly, expiresAt })
      // The audit log outlives the user: it names the session, which is erased with them.
      const deed = { action: 'portal_session.created', targetType: 'portal_session', targetId: id }
      await audit.record(actor, origin, { ...deed, details: { readOnly, expiresAt: expiresAt.toISOString() } })
      // What stands behind the number sign is sent to no server and stands in no log. The organization has to be known
      // before: by it the page says who may show it in a frame.
      return {
        id,
        token,
        url: `${publicUrl}/portal/${organizationId}#token=${token}`,
        expiresAt: expiresAt.toISOString(),
      }
    },

    async getOwn(actor) {
      const row = await store.find(actor.organizationId, actor.id)
      if (!row) throw apiError('not_found', 'There is no such session.')
      return {
        id: row.id,
        externalUserId: row.external_user_id,
        readOnly: row.read_only,
        expiresAt: row.expires_at.toISOString(),
      }
    },

    async findSessionActor(token) {
      const row = await store.findByToken(sha256Hex(token))
      if (!row) return null
      return {
        type: 'portal_session',
        id: row.id,
        // Not who it is: the audit log keeps it for good.
        label: 'End user',
        organizationId: row.organization_id,
        role: null,
        externalUserId: row.external_user_id,
        readOnly: row.read_only,
      }
    },

    purge: () => store.purge(new Date()),
  }
}
