import { askBehind } from './ask-behind.ts'
import { Refusal, type StandInRequest } from './stand-in.ts'

export type EmulatedTwilio = ReturnType<typeof createEmulatedTwilio>

/** Where a message goes out, as far as the account has it. */
export interface Sender {
  from: string
  statusCallback: string | null
}

interface Numbers {
  incoming_phone_numbers: { sms_url: string | null }[]
}

/** The emulated Twilio behind, asked with the credentials of a request: accounts, telephone numbers and services are its. */
export function createEmulatedTwilio(behind: string) {
  async function ask({ headers }: StandInRequest, path: string) {
    const { authorization } = headers
    const sent = authorization === undefined ? {} : { headers: { authorization } }
    const { status, json } = await askBehind(behind + path, sent)
    return { status, body: json }
  }

  return {
    /** Refuses whoever it does not know, as it says. @param sid The account that is asked for. */
    async demandAccess(request: StandInRequest, sid?: string): Promise<void> {
      const path =
        sid === undefined ? '/2010-04-01/Accounts.json' : `/2010-04-01/Accounts/${encodeURIComponent(sid)}.json`
      const { status, body } = await ask(request, path)
      if (status !== 200) throw new Refusal({ status, body })
    },

    /** A telephone number of the account: where messages to it go, or undefined where it has no such number. */
    async numberOf(
      request: StandInRequest,
      account: string,
      number: string,
    ): Promise<{ smsUrl: string | null } | undefined> {
      const query = new URLSearchParams({ PhoneNumber: number })
      const { body } = await ask(request, `/2010-04-01/Accounts/${account}/IncomingPhoneNumbers.json?${query}`)
      const [found] = (body as Numbers).incoming_phone_numbers
      return found && { smsUrl: found.sms_url }
    },

    /** What a messaging service sends with: undefined where there is no such service, null where it has no number. */
    async serviceOf(request: StandInRequest, sid: string): Promise<Sender | null | undefined> {
      const path = `/messaging/v1/Services/${encodeURIComponent(sid)}`
      const service = await ask(request, path)
      if (service.status !== 200) return undefined
      const { body } = await ask(request, `${path}/PhoneNumbers`)
      const [first] = (body as { phone_numbers: { phone_number: string }[] }).phone_numbers
      const { status_callback: statusCallback } = service.body as { status_callback: string | null }
      return first ? { from: first.phone_number, statusCallback } : null
    },
  }
}
