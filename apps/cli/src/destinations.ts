import { askKoble, type KobleAddress } from './connect-to-koble.ts'

/** Prints a line for each destination: id, type, whether it is on, name. */
export async function listDestinations(address: KobleAddress): Promise<void> {
  await askKoble(address, async (koble) => {
    for await (const { id, type, status, name } of koble.destinations.listAll({})) {
      console.log(`${id}  ${type}  ${status}  ${name.replace(/\p{Cc}/gu, '?')}`)
    }
  })
}

/** Has a test message sent to a destination, and says what came of it; whether it went through. */
export async function testDestination(address: KobleAddress, id: string, eventType?: string): Promise<boolean> {
  const { succeeded, status, errorCode, errorMessage, durationMs } = await askKoble(address, (koble) =>
    koble.destinations.test(id, eventType === undefined ? {} : { eventType }),
  )
  const answer = status === null ? '' : ` (${status})`
  if (succeeded) console.log(`Delivered${answer} in ${Math.round(durationMs)} ms`)
  else console.log(`Not delivered${answer}: ${errorCode}. ${errorMessage}`)
  return succeeded
}
