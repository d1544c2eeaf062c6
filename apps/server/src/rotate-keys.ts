import { parseArgs } from 'node:util'
import { createChangeFeed } from './database/changes.ts'
import { openClient } from './database/client.ts'
import { createAuditService } from './modules/audit/service.ts'
import { createAuditStore } from './modules/audit/store.ts'
import { openInstanceKeys } from './modules/encryption/instance-keys.ts'
import { createKeyRing } from './modules/encryption/key-ring.ts'
import { createKeyRotation } from './modules/encryption/rotation.ts'
import { createEncryptionService } from './modules/encryption/service.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { operate } from './operate.ts'

/** `koble keys rotate`: new keys for all organizations of this instance, whether it serves meanwhile or not. */
await operate(async ({ config, database, databaseUrl, say }) => {
  const { values } = parseArgs({ options: { 'rewrap-only': { type: 'boolean', default: false } } })
  const store = createEncryptionStore(database)
  const { providers } = await openInstanceKeys(store, config.keys)
  // The feed is never started: what is read here is read from the database each time.
  const changes = createChangeFeed(
    () => openClient(databaseUrl),
    () => {},
  )
  const ring = createKeyRing(store, providers, changes)
  const encryption = createEncryptionService(ring)
  const keys = createKeyRotation({
    store,
    ring,
    encryption,
    providers,
    audit: createAuditService(createAuditStore(database), encryption),
    log: { warn: (details, message) => void process.stderr.write(`${message}: ${JSON.stringify(details)}\n`) },
  })
  let failures = 0
  const needed = await keys.rotateAll({ rewrapOnly: values['rewrap-only'] }, ({ id, name }, status) => {
    const who = `${name} (${id})`
    if (status === 'done before') return say(`${who}: done before the interruption`)
    if (status === 'busy') {
      failures += 1
      return say(`${who}: another process rotates these keys just now`)
    }
    const { rotation } = status
    failures += rotation?.unreadable ? 1 : 0
    const left = rotation?.unreadable ? `, ${rotation.unreadable} could not be read and were left as they are` : ''
    const values =
      rotation?.toVersion === null ? '' : `, ${rotation?.moved} values moved to version ${rotation?.toVersion}`
    say(`${who}: ${status.versions.length} data keys wrapped by ${status.provider.keyId}${values}${left}`)
  })
  const others = needed.filter((keyId) => keyId !== providers.active.keyId)
  say(
    others.length === 0
      ? 'Nothing is wrapped by any other key any more: previous keys can be taken out of the configuration.'
      : `Still needed: ${others.join(', ')}`,
  )
  return failures > 0 ? 1 : 0
})
