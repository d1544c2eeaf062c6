import { createAuditService } from './modules/audit/service.ts'
import { createAuditStore } from './modules/audit/store.ts'
import { createEncryptionStore } from './modules/encryption/store.ts'
import { operate } from './operate.ts'

/** `koble audit verify`: computes the chains of all organizations again; fails when one is broken. */
await operate(async ({ database, say }) => {
  const audit = createAuditService(createAuditStore(database))
  let broken = 0
  for (const { id, name } of await createEncryptionStore(database).listOrganizations()) {
    const { ok, entries, firstBroken } = await audit.verify(id)
    if (ok) say(`${name} (${id}): ${entries} entries, the chain is whole`)
    else {
      broken += 1
      const entry = firstBroken?.id ? ` (${firstBroken.id})` : ''
      say(`${name} (${id}): broken at entry ${firstBroken?.sequence}${entry}: ${firstBroken?.reason}`)
    }
  }
  return broken > 0 ? 1 : 0
})
