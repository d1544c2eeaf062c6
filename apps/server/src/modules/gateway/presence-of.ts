import type { ServerResponse } from 'node:http'
import { CallerPresence } from './caller-presence.ts'

/** Whether the caller is still there to hear the answer. */
export function presenceOf({ raw }: { raw: ServerResponse }): CallerPresence {
  const caller = new CallerPresence()
  raw.once('close', () => {
    if (!raw.writableFinished) caller.leave()
  })
  return caller
}
