import { signRequest } from '@koble/core/signatures'
import { twilio } from '../services/twilio/twilio.ts'
import { formOf, type StandInHandler, type StandInRequest } from './stand-in.ts'
import type { EmulatedTwilio, Sender } from './twilio-emulated.ts'
import { notFound, twilioError } from './twilio-error.ts'
import { callbackFields, type MessageStatus, shownMessage, type TwilioMessage, twilioSid } from './twilio-message.ts'
import { demandContent, demandRecipient, isWord, scheduleOf, urlOf } from './twilio-message-form.ts'
import { pageOfMessages } from './twilio-message-list.ts'
import { createWebhookSender } from './webhook-sender.ts'

export interface TwilioMessagesOptions {
  publicUrl: string
  emulated: EmulatedTwilio
  /** The one that there is. */
  account: string
  /** What callbacks are signed with. */
  authToken: string
  /** What is there at the start, the oldest first. */
  seed: TwilioMessage[]
}

const messagesAt = '/2010-04-01/Accounts/{account}/Messages'
const moving: MessageStatus[] = ['queued', 'accepted', 'scheduled', 'sending']
const statuses: MessageStatus[] = [
  ...moving,
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'canceled',
  'received',
  'read',
]

/**
 * Messages, which are all delivered; what becomes of them is told to Koble, signed. The number they are from has to be the
 * account's. https://www.twilio.com/docs/messaging/api/message-resource
 */
export function createTwilioMessages(options: TwilioMessagesOptions): Record<string, StandInHandler> {
  const { publicUrl, emulated, account: only, authToken, seed } = options
  const sender = createWebhookSender(publicUrl)
  const messages = new Map(seed.map((message) => [message.sid, message]))

  function tell(message: TwilioMessage, url: string | null) {
    const body = new URLSearchParams(callbackFields(message)).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'user-agent': 'TwilioProxy/1.1',
    }
    // What stands behind the number sign tells Twilio how to call, and is not sent.
    const address = url?.split('#')[0] ?? ''
    const scheme = twilio.webhooks?.signature
    if (!scheme || address === '') return { url: '', headers, body }
    const request = { method: 'POST', url: address, headers, body: Buffer.from(body) }
    const signed = signRequest(scheme, request, { secret: authToken, now: new Date() })
    return { url: address, headers: signed.headers, body }
  }

  /** After what was asked before, and after the answer. */
  function become(message: TwilioMessage, status: MessageStatus): void {
    sender.send(() => {
      setStatus(message, status)
      return tell(message, message.statusCallback)
    })
  }

  async function senderOf(request: StandInRequest, account: string, form: URLSearchParams): Promise<Sender> {
    const [from, service] = [form.get('From'), form.get('MessagingServiceSid')]
    const found = service ? await emulated.serviceOf(request, service) : null
    if (found === undefined) throw twilioError(400, 21701, 'The Messaging Service does not exist.')
    if (from) {
      const number = from.replace(/^[a-z]+:/, '')
      const isOurs = isWord(from) || (await emulated.numberOf(request, account, number)) !== undefined
      const message = `The 'From' phone number ${from} is not a valid, SMS-capable inbound phone number or short code for your account.`
      if (!isOurs) throw twilioError(400, 21606, message)
      return { from, statusCallback: found?.statusCallback ?? null }
    }
    if (found) return found
    if (service)
      throw twilioError(400, 21703, 'The Messaging Service does not have a phone number available to send a message.')
    throw twilioError(400, 21603, "A 'From' phone number is required.")
  }

  function messageOf({ params, target }: StandInRequest): TwilioMessage {
    const message = messages.get(params['sid'] ?? '')
    if (message?.account !== params['account']) throw notFound(target)
    return message as TwilioMessage
  }

  const guarded =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      await emulated.demandAccess(request, request.params['account'])
      return await handler(request)
    }
  const mediaOf = (message: TwilioMessage) =>
    message.mediaUrls.map((uri, index) => ({
      ...{ sid: `ME${message.sid.slice(2, -2)}${String(index).padStart(2, '0')}`, account_sid: message.account },
      ...{ parent_sid: message.sid, content_type: 'application/octet-stream', uri },
    }))

  const routes: Record<string, StandInHandler> = {
    [`GET ${messagesAt}.json`]: (request) => {
      const own = [...messages.values()].filter(({ account }) => account === request.params['account']).reverse()
      return { body: pageOfMessages(own, request) }
    },
    [`POST ${messagesAt}.json`]: async (request) => {
      const form = formOf(request)
      const account = request.params['account'] ?? ''
      const to = demandRecipient(form)
      const { from, statusCallback } = await senderOf(request, account, form)
      if (to.includes(':') && to.split(':')[0] !== from.split(':')[0]) {
        throw twilioError(400, 21910, "Invalid 'From' and 'To' pair: they have to be of the same channel.")
      }
      const { body, mediaUrls } = demandContent(form)
      const sendAt = scheduleOf(form)
      const service = form.get('MessagingServiceSid') || null
      const message: TwilioMessage = {
        sid: twilioSid(mediaUrls.length > 0 ? 'MM' : 'SM'),
        ...{ account, to, from: service && !form.get('From') ? null : from, service, body, mediaUrls },
        ...{ direction: 'outbound-api', status: sendAt ? 'scheduled' : service ? 'accepted' : 'queued' },
        statusCallback: urlOf(form, 'StatusCallback', 21609) ?? statusCallback,
        ...{ createdAt: new Date(), updatedAt: new Date(), sentAt: null },
      }
      messages.set(message.sid, message)
      const answer = { status: 201, body: shownMessage(message) }
      if (sendAt) return answer
      message.from = from
      for (const status of ['sent', 'delivered'] as const) become(message, status)
      return answer
    },
    [`GET ${messagesAt}/{sid}.json`]: (request) => ({ body: shownMessage(messageOf(request)) }),
    [`POST ${messagesAt}/{sid}.json`]: (request) => {
      const message = messageOf(request)
      const form = formOf(request)
      const [status, body] = [form.get('Status'), form.get('Body')]
      if (status !== null && (status !== 'canceled' || message.status !== 'scheduled')) {
        throw twilioError(400, 30409, 'The message cannot be canceled: it is not scheduled any more.')
      }
      if (body !== null && (body !== '' || moving.includes(message.status))) {
        throw twilioError(400, 20001, 'The Body can only be emptied, and of a message that is complete.')
      }
      if (body !== null) message.body = ''
      const answer = () => ({ body: shownMessage(message) })
      if (status === null) return answer()
      setStatus(message, 'canceled')
      become(message, 'canceled')
      return answer()
    },
    [`DELETE ${messagesAt}/{sid}.json`]: (request) => {
      const message = messageOf(request)
      const refusal = twilioError(409, 20009, 'Cannot delete this resource before it is complete')
      if (moving.includes(message.status)) throw refusal
      messages.delete(message.sid)
      return { status: 204 }
    },
    [`GET ${messagesAt}/{sid}/Media.json`]: (request) => {
      const media_list = mediaOf(messageOf(request))
      return { body: { media_list, page: 0, page_size: 50, next_page_uri: null, uri: request.target } }
    },
    [`GET ${messagesAt}/{sid}/Media/{media}.json`]: (request) => {
      const found = mediaOf(messageOf(request)).find(({ sid }) => sid === request.params['media'])
      if (!found) throw notFound(request.target)
      return { body: found }
    },
    // The two that the emulated Twilio has for tests.
    'POST /_twilio/simulate/inbound-message': async (request) => {
      const form = formOf(request)
      const [to, from] = [form.get('To') ?? '', form.get('From') ?? '']
      const number = await emulated.numberOf(request, only, to)
      if (!number) throw notFound(request.target)
      const message: TwilioMessage = {
        ...{
          sid: twilioSid('SM'),
          account: only,
          to,
          from,
          service: null,
          body: form.get('Body') ?? '',
          mediaUrls: [],
        },
        ...{ direction: 'inbound', status: 'received', statusCallback: null },
        ...{ createdAt: new Date(), updatedAt: new Date(), sentAt: new Date() },
      }
      messages.set(message.sid, message)
      sender.send(() => tell(message, number.smsUrl))
      return { status: 201, body: shownMessage(message) }
    },
    'POST /_twilio/simulate/message-status': (request) => {
      const form = formOf(request)
      const status = statuses.find((one) => one === form.get('Status'))
      const message = messages.get(form.get('MessageSid') ?? '')
      if (!message) throw notFound(request.target)
      if (!status) throw twilioError(400, 20001, 'Status is invalid')
      setStatus(message, status)
      become(message, status)
      return { body: shownMessage(message) }
    },
  }

  return Object.fromEntries(Object.entries(routes).map(([route, handler]) => [route, guarded(handler)]))
}

function setStatus(message: TwilioMessage, status: MessageStatus): void {
  message.status = status
  message.updatedAt = new Date()
  if (status === 'sent' || status === 'delivered') message.sentAt ??= new Date()
}
