import { KobleError } from '@koble/core/errors'
import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'

const reference = (page: string) => `https://www.twilio.com/docs/${page}`
const recipient = z
  .string()
  .regex(/^(?:[a-z]+:)?\+[1-9]\d{6,14}$/, 'In international form, such as +4791234567')
  .describe('In international form (E.164), such as +4791234567; whatsapp:+4791234567 for WhatsApp')
const sender = z
  .string()
  .min(1)
  .max(60)
  .describe('A number of the account, a short code, or a name of at most 11 signs')
const callback = z.url({ protocol: /^https?$/ }).max(2_048)

const message = z.object({
  id: z.string().describe('SM… or MM…'),
  status: z
    .string()
    .describe(
      'accepted, scheduled, queued, sending, sent, delivered, undelivered, failed, canceled, received, read and others',
    ),
  to: z.string().nullable(),
  from: z.string().nullable(),
  body: z.string().nullable(),
  direction: z.string().nullable(),
  segments: z.int().nullable(),
  price: z.string().nullable().describe('Decimal text; negative, and there once it is known'),
  priceUnit: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  createdAt: z.string().nullable(),
  sentAt: z.string().nullable(),
})

interface TwilioMessage {
  sid: string
  status: string
  to?: string | null
  from?: string | null
  body?: string | null
  direction?: string | null
  num_segments?: string | null
  price?: string | null
  price_unit?: string | null
  error_code?: number | null
  error_message?: string | null
  date_created?: string | null
  date_sent?: string | null
}

/** Messages, calls and look-ups. Twilio knows no idempotency keys: after a lost answer a message may be there twice. */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the key works; a standard key does not tell the name of the account.',
    docsUrl: reference('iam/api/account'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      accountId: z.string(),
      name: z.string().nullable(),
      status: z.string().nullable().describe('active, suspended or closed'),
    }),
    example: {},
    async run(_input, context) {
      const accountId = accountOf(context)
      const account = path`/2010-04-01/Accounts/${accountId}`
      const answer = await context.send({ method: 'GET', path: `${account}.json`, accept: [401, 403] })
      if (answer.status < 400) {
        const { friendly_name, status } = answer.body as { friendly_name: string; status: string }
        return { accountId, name: friendly_name, status }
      }
      await context.send({ method: 'GET', path: `${account}/Messages.json`, query: { PageSize: 1 } })
      return { accountId, name: null, status: null }
    },
  }),

  sendMessage: defineOperation({
    title: 'Send a message',
    description: 'Sends a text message or, with whatsapp: before the number, one by WhatsApp.',
    docsUrl: reference('messaging/api/message-resource#create-a-message-resource'),
    effect: 'write',
    input: z
      .strictObject({
        to: recipient,
        from: sender.optional(),
        messagingServiceId: z
          .string()
          .regex(/^MG[0-9a-f]{32}$/, 'It begins with MG')
          .optional(),
        body: z.string().min(1).max(1_600).optional(),
        mediaUrls: z.array(callback).max(10).optional(),
        contentId: z
          .string()
          .regex(/^HX[0-9a-f]{32}$/, 'It begins with HX')
          .optional()
          .describe('A template of yours'),
        contentVariables: z.record(z.string().max(100), z.string().max(1_600)).optional(),
        statusCallback: callback.optional().describe('The URL of an inbound endpoint, to hear of the delivery'),
        validitySeconds: z.int().min(1).max(36_000).optional(),
        sendAt: z.iso.datetime({ offset: true }).optional().describe('Only with a messaging service'),
        smartEncoded: z.boolean().optional().describe('Replaces typographic characters that would make it dearer'),
      })
      .refine(
        ({ from, messagingServiceId }) => from !== undefined || messagingServiceId !== undefined,
        'A sender is needed',
      )
      .refine(
        ({ from, messagingServiceId }) => from === undefined || messagingServiceId === undefined,
        'One sender, please',
      )
      .refine(
        ({ body, mediaUrls = [], contentId }) => body !== undefined || mediaUrls.length > 0 || contentId !== undefined,
        'A body, media or a template is needed',
      )
      .refine(
        ({ sendAt, messagingServiceId }) => sendAt === undefined || messagingServiceId !== undefined,
        'Only a messaging service sends later',
      ),
    output: message,
    example: { to: '+4791234567', from: '+15005550006', body: 'Hello from Koble' },
    async run(input, context) {
      const { body } = await context.send({
        method: 'POST',
        path: path`/2010-04-01/Accounts/${accountOf(context)}/Messages.json`,
        form: {
          To: input.to,
          From: input.from,
          MessagingServiceSid: input.messagingServiceId,
          Body: input.body,
          MediaUrl: input.mediaUrls,
          ContentSid: input.contentId,
          ContentVariables: input.contentVariables && JSON.stringify(input.contentVariables),
          StatusCallback: input.statusCallback,
          ValidityPeriod: input.validitySeconds,
          ...(input.sendAt !== undefined && { ScheduleType: 'fixed', SendAt: new Date(input.sendAt).toISOString() }),
          SmartEncoded: input.smartEncoded,
        },
      })
      return toMessage(body as TwilioMessage)
    },
  }),

  getMessage: defineOperation({
    title: 'Get a message',
    description: 'How far a message has come.',
    docsUrl: reference('messaging/api/message-resource#fetch-a-message-resource'),
    effect: 'read',
    input: z.strictObject({ id: z.string().regex(/^(?:SM|MM)[0-9a-f]{32}$/, 'It begins with SM or MM') }),
    output: message,
    example: { id: 'SM00000000000000000000000000000001' },
    async run({ id }, context) {
      const target = path`/2010-04-01/Accounts/${accountOf(context)}/Messages/${id}.json`
      const { body } = await context.send({ method: 'GET', path: target })
      return toMessage(body as TwilioMessage)
    },
  }),

  listMessages: defineOperation({
    title: 'List messages',
    description: 'Messages sent and received, the newest first.',
    docsUrl: reference('messaging/api/message-resource#list-all-message-resources'),
    effect: 'read',
    input: z.strictObject({
      to: recipient.optional(),
      from: sender.optional(),
      sentFrom: z.iso.date().optional().describe('A day (UTC)'),
      sentUntil: z.iso.date().optional().describe('A day (UTC)'),
      limit: z.int().min(1).max(1_000).default(50),
      cursor: z.string().max(2_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({ messages: z.array(message), nextCursor: z.string().nullable() }),
    example: { limit: 20 },
    async run({ to, from, sentFrom, sentUntil, limit, cursor }, context) {
      const list = path`/2010-04-01/Accounts/${accountOf(context)}/Messages.json`
      // The next page is followed as Twilio wrote it, but to nowhere else.
      if (cursor !== undefined && !cursor.startsWith(`${list}?`)) {
        throw new KobleError('invalid_request', 'The cursor is not of this list.', { status: 400 })
      }
      const query = { To: to, From: from, 'DateSent>': sentFrom, 'DateSent<': sentUntil, PageSize: limit }
      const request = cursor === undefined ? { path: list, query } : { path: cursor }
      const { body } = await context.send({ method: 'GET', ...request })
      const { messages, next_page_uri: nextCursor } = body as MessagePage
      return { messages: messages.map(toMessage), nextCursor: nextCursor ?? null }
    },
  }),

  makeCall: defineOperation({
    title: 'Make a call',
    description: 'Calls a number and carries out TwiML: given here, or fetched from an address.',
    docsUrl: reference('voice/api/call-resource#create-a-call-resource'),
    effect: 'write',
    input: z
      .strictObject({
        to: z.string().min(3).max(255).describe('In international form (E.164), or sip:…'),
        from: z
          .string()
          .regex(/^\+[1-9]\d{6,14}$/, 'In international form')
          .describe('A number of the account'),
        twiml: z.string().min(1).max(4_000).optional(),
        url: callback.optional().describe('Where TwiML is fetched'),
        statusCallback: callback.optional().describe('The URL of an inbound endpoint, to hear how it went'),
        statusCallbackEvents: z.array(z.enum(['initiated', 'ringing', 'answered', 'completed'])).optional(),
        timeoutSeconds: z.int().min(1).max(600).optional().describe('For so long it rings'),
        record: z.boolean().optional(),
      })
      .refine(
        ({ twiml, url }) => (twiml === undefined) !== (url === undefined),
        'Exactly one of twiml and url is needed',
      ),
    output: z.object({
      id: z.string().describe('CA…'),
      status: z.string(),
      to: z.string(),
      from: z.string(),
      createdAt: z.string().nullable(),
    }),
    example: { to: '+4791234567', from: '+15005550006', twiml: '<Response><Say>Hello from Koble</Say></Response>' },
    async run(input, context) {
      const { body } = await context.send({
        method: 'POST',
        path: path`/2010-04-01/Accounts/${accountOf(context)}/Calls.json`,
        form: {
          To: input.to,
          From: input.from,
          Twiml: input.twiml,
          Url: input.url,
          StatusCallback: input.statusCallback,
          StatusCallbackEvent: input.statusCallbackEvents,
          Timeout: input.timeoutSeconds,
          Record: input.record,
        },
      })
      const call = body as { sid: string; status: string; to: string; from: string; date_created?: string | null }
      const { sid: id, status, to, from, date_created } = call
      return { id, status, to, from, createdAt: isoTime(date_created) }
    },
  }),

  lookupPhoneNumber: defineOperation({
    title: 'Look a number up',
    description: 'Says whether a phone number can exist; what kind of line it is costs extra.',
    docsUrl: reference('lookup/v2-api'),
    effect: 'read',
    input: z.strictObject({
      phoneNumber: z.string().min(3).max(30).describe('In international form, or as dialled in countryCode'),
      countryCode: z
        .string()
        .regex(/^[A-Z]{2}$/, 'Two capital letters (ISO 3166)')
        .optional(),
      lineType: z.boolean().default(false).describe('Ask for the kind of line, which Twilio charges for'),
    }),
    output: z.object({
      phoneNumber: z.string().nullable().describe('In international form (E.164)'),
      nationalFormat: z.string().nullable(),
      countryCode: z.string().nullable(),
      valid: z.boolean(),
      problems: z.array(z.string()).describe('Such as TOO_SHORT'),
      lineType: z.string().nullable().describe('Such as mobile, landline or nonFixedVoip'),
      carrier: z.string().nullable(),
    }),
    example: { phoneNumber: '91234567', countryCode: 'NO' },
    async run({ phoneNumber, countryCode, lineType }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: `https://lookups.twilio.com${path`/v2/PhoneNumbers/${phoneNumber}`}`,
        query: { CountryCode: countryCode, Fields: lineType ? 'line_type_intelligence' : undefined },
      })
      const found = body as TwilioLookup
      return {
        phoneNumber: found.phone_number ?? null,
        nationalFormat: found.national_format ?? null,
        countryCode: found.country_code ?? null,
        valid: found.valid ?? false,
        problems: found.validation_errors ?? [],
        lineType: found.line_type_intelligence?.type ?? null,
        carrier: found.line_type_intelligence?.carrier_name ?? null,
      }
    },
  }),
}

interface MessagePage {
  messages: TwilioMessage[]
  next_page_uri?: string | null
}

interface TwilioLookup {
  phone_number?: string | null
  national_format?: string | null
  country_code?: string | null
  valid?: boolean | null
  validation_errors?: string[] | null
  line_type_intelligence?: { type?: string | null; carrier_name?: string | null } | null
}

function accountOf({ accountId }: OperationContext): string {
  if (accountId !== null) return accountId
  throw new KobleError('invalid_request', 'The connection does not say which account it is.', { status: 400 })
}

function toMessage(message: TwilioMessage) {
  return {
    id: message.sid,
    status: message.status,
    to: message.to ?? null,
    from: message.from ?? null,
    body: message.body ?? null,
    direction: message.direction ?? null,
    segments: message.num_segments == null ? null : Number(message.num_segments),
    price: message.price ?? null,
    priceUnit: message.price_unit ?? null,
    errorCode: message.error_code == null ? null : String(message.error_code),
    errorMessage: message.error_message ?? null,
    createdAt: isoTime(message.date_created),
    sentAt: isoTime(message.date_sent),
  }
}

/** Twilio writes times as e-mail does (RFC 2822). */
function isoTime(time: string | null | undefined): string | null {
  return time ? new Date(time).toISOString() : null
}
