import { randomBytes } from 'node:crypto'

export type MessageStatus =
  | 'queued'
  | 'accepted'
  | 'scheduled'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'undelivered'
  | 'failed'
  | 'canceled'
  | 'received'
  | 'read'

export interface TwilioMessage {
  sid: string
  account: string
  to: string
  from: string | null
  service: string | null
  body: string
  direction: 'inbound' | 'outbound-api'
  status: MessageStatus
  mediaUrls: string[]
  statusCallback: string | null
  createdAt: Date
  updatedAt: Date
  sentAt: Date | null
}

export const twilioSid = (prefix: string) => prefix + randomBytes(16).toString('hex')

/** A message as Twilio answers it. https://www.twilio.com/docs/messaging/api/message-resource */
export function shownMessage(message: TwilioMessage) {
  const uri = `/2010-04-01/Accounts/${message.account}/Messages/${message.sid}`
  return {
    ...{ sid: message.sid, account_sid: message.account, api_version: '2010-04-01' },
    ...{ to: message.to, from: message.from, messaging_service_sid: message.service },
    ...{ body: message.body, direction: message.direction, status: message.status },
    ...{ num_segments: segmentsOf(message.body), num_media: String(message.mediaUrls.length) },
    ...{ error_code: null, error_message: null, price: null, price_unit: 'USD' },
    date_created: rfc2822(message.createdAt),
    date_updated: rfc2822(message.updatedAt),
    date_sent: message.sentAt && rfc2822(message.sentAt),
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  }
}

/** What a status callback says, or a message that comes in. */
export function callbackFields(message: TwilioMessage): Record<string, string> {
  const { sid, status } = message
  const common = {
    ...{ AccountSid: message.account, ApiVersion: '2010-04-01', From: message.from ?? '', To: message.to },
    ...{ MessageSid: sid, SmsSid: sid, SmsStatus: status },
    ...(message.service !== null && { MessagingServiceSid: message.service }),
  }
  if (message.direction === 'outbound-api') return { ...common, MessageStatus: status }
  const { body: Body } = message
  return { ...common, Body, NumMedia: String(message.mediaUrls.length), NumSegments: segmentsOf(Body) }
}

/** Letters of the GSM alphabet take seven bits each, others sixteen. https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding */
function segmentsOf(body: string): string {
  if (body === '') return '0'
  const isGsm = /^[\w\s@£$¥èéùìòÇØøÅåÆæßÉ!"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüàΔΦΓΛΩΠΨΣΘΞ^{}\\[~\]|€]*$/.test(body)
  const [alone, each] = isGsm ? [160, 153] : [70, 67]
  return String(body.length <= alone ? 1 : Math.ceil(body.length / each))
}

const rfc2822 = (time: Date) => time.toUTCString().replace('GMT', '+0000')
