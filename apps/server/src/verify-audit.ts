import { createChangeFeed } from './database/changes.ts'
import { openClient } from './database/client.ts'
import { createAuditService } from './modules/audit/service.ts'
import { createAuditStore } from './modules/audit/store.ts'
import { openInstanceKeys } from './modules/encryption/instance-keys.ts'
import { createKeyRing } from './modules/encryption/key-ring.ts'
import { createEncryptionService } from './modules/encryption/service.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { operate } from './operate.ts'

/** `koble audit verify`: computes the chains of all organizations again; fails when one is broken. */
await operate(async ({ config, database, databaseUrl, say }) => {
  const store = createEncryptionStore(database)
  const { providers } = await openInstanceKeys(store, config.keys)
  // The feed is never started: what is read here is read from the database each time.
  const changes = createChangeFeed(
    () => openClient(databaseUrl),
    () => {},
  )
  const encryption = createEncryptionService(createKeyRing(store, providers, changes))
  const audit = createAuditService(createAuditStore(database), encryption)
  let broken = 0
  for (const { id, name } of await store.listOrganizations()) {
    const { ok, entries, removed, firstBroken } = await audit.verify(id)
    const earlier = removed ? ` after ${removed.entries} that retention removed` : ''
    if (ok) say(`${name} (${id}): ${entries} entries${earlier}, the chain is whole`)
    else {
      broken += 1
      const entry = firstBroken?.id ? ` (${firstBroken.id})` : ''
      say(`${name} (${id}): broken at entry ${firstBroken?.sequence}${entry}: ${firstBroken?.reason}`)
    }
  }
  return broken > 0 ? 1 : 0
})
