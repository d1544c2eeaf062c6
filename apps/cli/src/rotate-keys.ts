import { setTimeout as sleep } from 'node:timers/promises'
import type { Koble } from '@koble/sdk'
import { askKoble, type KobleAddress } from './connect-to-koble.ts'

const askEveryMs = 500

/** Has a running Koble rotate the keys of the API key's organization, and waits until it has. False when values were left. */
export async function rotateKeys(address: KobleAddress, rewrapOnly: boolean): Promise<boolean> {
  return await askKoble(address, async (koble) => {
    let rotation = (await koble.keys.rotate({ rewrapOnly })).rotation
    let said = ''
    while (rotation?.status === 'running') {
      const line = rotation.errorCode
        ? `It stopped (${rotation.errorCode}) and is tried again`
        : `${rotation.moved} of ${rotation.total} values moved`
      if (line !== said) console.log(line)
      said = line
      await sleep(askEveryMs)
      rotation = (await koble.keys.get()).rotation
    }
    return sayOutcome(await koble.keys.get())
  })
}

function sayOutcome({ provider, versions, rotation }: Awaited<ReturnType<Koble['keys']['get']>>): boolean {
  console.log(
    `${versions.length} data keys, wrapped by ${provider.keyId}; the newest is version ${versions[0]?.version}`,
  )
  if (rotation?.toVersion) console.log(`${rotation.moved} values moved to version ${rotation.toVersion}`)
  if (!rotation?.unreadable) return true
  console.error(`${rotation.unreadable} values could not be read and were left as they are`)
  return false
}
