import type { DeviceSignIn } from '@koble/contract/connections'
import { KobleError } from '@koble/core/errors'
import { askDeviceToken, startDeviceAuthorization } from '@koble/core/oauth'
import { v7 as uuidv7 } from 'uuid'
import { apiError, toProblem } from '../../http/problems.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import { askFor } from './ask-for.ts'
import type { ConnectStore, DeviceSignInRecord } from './store.ts'

export interface DeviceSignIns {
  /** Asks the provider for a code to show; what came of an earlier one of the same session and integration is dropped. */
  start(
    integration: OpenIntegration,
    input: { connectSessionId: string; externalUserId: string },
  ): Promise<DeviceSignIn>
  /** Asks the provider about the sign-ins of a session that may be asked about now. Never rejects for what it answers. */
  ask(connectSessionId: string): Promise<void>
  /** The same for all sessions, for the case that nobody looks at them. */
  askDue(): Promise<void>
}

/** Longer than one question can last, so that no second one is asked meanwhile. */
const questionMs = 30_000
const dueBatch = 100

export function createDeviceSignIns(parts: {
  store: ConnectStore
  integrations: IntegrationService
  connections: ConnectionService
  encryption: EncryptionService
}): DeviceSignIns {
  const { store, integrations, connections, encryption } = parts

  async function askAbout(row: DeviceSignInRecord): Promise<void> {
    const { organization_id: organizationId, connect_session_id: sessionId } = row
    try {
      if (row.expires_at.getTime() <= Date.now()) throw expired()
      const integration = await integrations.open(organizationId, row.integration_id)
      const deviceCode = await encryption.decrypt(contextOf(organizationId, row.id), row.sealed)
      const session = await store.findSession(organizationId, sessionId)
      const settings = askFor(integrations.oauthSettings(integration), integration, session)
      const asked = await askDeviceToken(settings, { deviceCode, intervalMs: row.interval_ms })
      if (asked.tokens === null) {
        await store.askDeviceAgain(row.id, asked.intervalMs)
        return
      }
      const connectionId = await connections.saveSignIn(integration, asked.tokens, {
        externalUserId: row.external_user_id,
        connectionId: null,
        scopeLimit: session?.scopes ?? null,
        incremental: session?.incremental ?? false,
      })
      await store.finishSession(organizationId, sessionId, connectionId)
    } catch (error) {
      const { code, detail, title } = toProblem(error, '')
      if (code === 'internal_error' && !(error instanceof KobleError)) throw error
      await store.failSession(organizationId, sessionId, code, detail ?? title)
    }
    await store.deleteDeviceSignIn(row.id)
  }

  return {
    async start(integration, { connectSessionId, externalUserId }) {
      const { organizationId } = integration
      if (integration.resolved.auth.type !== 'device') {
        throw apiError('invalid_request', `${integration.provider.name} is not connected by a device code.`)
      }
      const session = await store.findSession(organizationId, connectSessionId)
      const settings = askFor(integrations.oauthSettings(integration), integration, session)
      const device = await startDeviceAuthorization(settings)
      // An earlier failure of the session is past.
      await store.reopenSession(organizationId, connectSessionId)
      const id = uuidv7()
      await store.insertDeviceSignIn({
        id,
        organizationId,
        integrationId: integration.id,
        connectSessionId,
        externalUserId,
        sealed: await encryption.encrypt(contextOf(organizationId, id), device.deviceCode),
        intervalMs: device.intervalMs,
        expiresAt: device.expiresAt,
      })
      return {
        userCode: device.userCode,
        verificationUri: device.verificationUri,
        verificationUriComplete: device.verificationUriComplete ?? null,
        expiresAt: device.expiresAt.toISOString(),
        interval: device.intervalMs / 1000,
      }
    },

    async ask(connectSessionId) {
      const due = await store.claimDeviceSignIns({ connectSessionId }, questionMs, dueBatch)
      await Promise.all(due.map(askAbout))
    },

    async askDue() {
      const due = await store.claimDeviceSignIns({}, questionMs, dueBatch)
      await Promise.allSettled(due.map(askAbout))
    },
  }
}

const expired = () => apiError('state_expired', 'Nobody confirmed the sign-in in time.')

const contextOf = (organizationId: string, id: string) => ({
  organizationId,
  table: 'device_sign_ins',
  row: id,
  column: 'sealed',
})
