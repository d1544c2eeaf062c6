import { askKoble, type KobleAddress } from './connect-to-koble.ts'
import { CliError } from './errors.ts'

/** A message as it is written on the command line. */
export interface MessageOptions {
  eventType: string
  /** JSON. */
  data: string
  id?: string
  externalUser?: string
  orderingKey?: string
}

/** Sends one message to the destinations that take it, and says to how many. */
export async function sendMessage(address: KobleAddress, options: MessageOptions): Promise<void> {
  const { eventType, id, externalUser, orderingKey } = options
  const data = readJson(options.data)
  const { id: messageId, deliveries } = await askKoble(address, (koble) =>
    koble.messages.send({
      eventType,
      data,
      ...(id !== undefined && { id }),
      ...(externalUser !== undefined && { externalUserId: externalUser }),
      ...(orderingKey !== undefined && { orderingKey }),
    }),
  )
  console.log(`Message ${messageId}, for ${deliveries} ${deliveries === 1 ? 'destination' : 'destinations'}`)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CliError('What --data holds is no JSON.', 'Put it in single quotes: --data \'{"amount": 1}\'.', { cause })
  }
}
