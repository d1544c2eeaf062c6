import { askKoble, type KobleAddress } from './connect-to-koble.ts'

/** Has a running Koble verify the audit log of the API key's organization; says whether the chain is whole. */
export async function verifyAudit(address: KobleAddress): Promise<boolean> {
  const { ok, entries, firstBroken } = await askKoble(address, (koble) => koble.auditLog.verify())
  if (ok) console.log(`${entries} entries, the chain is whole`)
  else {
    const entry = firstBroken?.id ? ` (${firstBroken.id})` : ''
    console.log(`Broken at entry ${firstBroken?.sequence}${entry}: ${firstBroken?.reason}`)
  }
  return ok
}
