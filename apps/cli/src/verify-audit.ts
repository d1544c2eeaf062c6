import { askKoble, type KobleAddress } from './connect-to-koble.ts'

/** Has a running Koble verify the audit log of the API key's organization; says whether the chain is whole. */
export async function verifyAudit(address: KobleAddress): Promise<boolean> {
  const { ok, entries, removed, firstBroken } = await askKoble(address, (koble) => koble.auditLog.verify())
  const earlier = removed ? ` after ${removed.entries} that retention removed` : ''
  if (ok) console.log(`${entries} entries${earlier}, the chain is whole`)
  else {
    const entry = firstBroken?.id ? ` (${firstBroken.id})` : ''
    console.log(`Broken at entry ${firstBroken?.sequence}${entry}: ${firstBroken?.reason}`)
  }
  return ok
}
