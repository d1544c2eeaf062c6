import { twilioSandbox } from '../services/twilio/twilio-sandbox.ts'
import { passOn } from './pass-on.ts'
import { type CreateStandIn, createRouter } from './stand-in.ts'
import { createEmulatedTwilio } from './twilio-emulated.ts'
import { lookupRoutes } from './twilio-lookups.ts'
import type { TwilioMessage } from './twilio-message.ts'
import { createTwilioMessages } from './twilio-messages.ts'

/**
 * Twilio's messages, whose fate is told, and its lookups before the emulated one, which keeps the account, its keys and
 * numbers, and calls.
 */
export const createStandIn: CreateStandIn = ({ publicUrl, behind = '' }) => {
  const account = (twilioSandbox.seed?.['account'] ?? {}) as Record<string, string>
  const { sid = '', auth_token: authToken = '' } = account
  const emulated = createEmulatedTwilio(behind)
  const messages = createTwilioMessages({ publicUrl, emulated, account: sid, authToken, seed: seededMessages(sid) })
  return createRouter({ ...messages, ...lookupRoutes(emulated) }, { otherwise: passOn(behind) })
}

/** A question to the bicycle shop, and its answer. */
function seededMessages(account: string): TwilioMessage[] {
  const [shop, kari] = ['+15005550006', '+4791234567']
  const at = (time: string) => {
    const moment = new Date(`2026-11-02T${time}Z`)
    return { createdAt: moment, updatedAt: moment, sentAt: moment }
  }
  const common = { account, service: null, mediaUrls: [], statusCallback: null }
  return [
    {
      ...{ ...common, sid: 'SM00000000000000000000000000000002', from: kari, to: shop, body: 'Is my bike ready?' },
      ...{ direction: 'inbound', status: 'received', ...at('08:12:00') },
    },
    {
      ...{ ...common, sid: 'SM00000000000000000000000000000001', from: shop, to: kari, body: 'Your bike is ready.' },
      ...{ direction: 'outbound-api', status: 'delivered', ...at('08:15:00') },
    },
  ]
}
