import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { type GmailMessage, message, toMessage } from './gmail-message.ts'
import { mailMessage } from './mail-message.ts'
import { multipartRelated } from './multipart-related.ts'
import { cursor, gmailReference, nextCursor } from './page.ts'
import { auth } from './scopes.ts'

const gmail = 'https://gmail.googleapis.com'
const oneLine = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'One line, without control characters')
const mailbox = z.strictObject({ email: z.email().max(320), name: oneLine(200).optional() })
const mailboxes = z.array(mailbox).max(500)
const messageId = z
  .string()
  .max(900)
  .regex(/^<[!-;=?-~]+>$/, 'With its angle brackets, as in the header')
const id = z.string().regex(/^[\w-]{1,100}$/)

/** Beyond it Gmail takes a message only as an upload. */
const rawBytesMax = 5 * 1024 * 1024

/** Gmail. https://developers.google.com/workspace/gmail/api/reference/rest */
export const mailOperations = {
  sendEmail: defineOperation({
    title: 'Send an e-mail',
    description: 'Sends a message from Gmail. Gmail knows no idempotency: after a lost answer it may be sent twice.',
    docsUrl: gmailReference('users.messages/send'),
    effect: 'write',
    scopes: [`${auth}/gmail.send`],
    input: z
      .strictObject({
        to: mailboxes.min(1),
        cc: mailboxes.optional(),
        bcc: mailboxes.optional(),
        from: mailbox.optional().describe('An alias of the account; its own address when absent'),
        replyTo: mailbox.optional(),
        subject: oneLine(900),
        text: z.string().optional(),
        html: z.string().optional(),
        attachments: z
          .array(
            z.strictObject({
              filename: oneLine(255).min(1),
              contentType: z
                .string()
                .regex(/^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/, 'Such as text/csv')
                .default('application/octet-stream'),
              content: z.base64().describe('The bytes, in base64'),
            }),
          )
          .max(50)
          .optional(),
        threadId: id.optional().describe('The thread to stay in; the subject and the two below must fit'),
        inReplyTo: messageId.optional(),
        references: z.array(messageId).max(50).optional(),
      })
      .refine(({ text, html }) => text !== undefined || html !== undefined, {
        path: ['text'],
        message: 'There is neither text nor html',
      }),
    output: z.object({ id: z.string(), threadId: z.string(), labelIds: z.array(z.string()) }),
    example: { to: [{ email: 'ola@example.com' }], subject: 'Hei fra Koble', text: 'Blåbær på tur.' },
    async run({ threadId, ...mail }, { send }) {
      const bytes = mailMessage(mail)
      const { body } = await send(
        bytes.length <= rawBytesMax
          ? {
              method: 'POST',
              path: `${gmail}/gmail/v1/users/me/messages/send`,
              json: { raw: bytes.toString('base64url'), threadId },
            }
          : {
              method: 'POST',
              path: `${gmail}/upload/gmail/v1/users/me/messages/send`,
              query: { uploadType: 'multipart' },
              bytes: multipartRelated({ threadId }, { content: bytes, contentType: 'message/rfc822' }),
            },
      )
      const sent = body as GmailMessage
      return { id: sent.id, threadId: sent.threadId, labelIds: sent.labelIds ?? [] }
    },
  }),

  listMessages: defineOperation({
    title: 'List e-mail',
    description: 'Messages that fit a search, newest first, by their ids; getMessage brings what they say.',
    docsUrl: gmailReference('users.messages/list'),
    effect: 'read',
    scopes: [`${auth}/gmail.readonly`],
    input: z.strictObject({
      query: z.string().min(1).max(1_000).optional().describe('As in the search of Gmail: `from:ola is:unread`'),
      labelIds: z.array(z.string().min(1).max(100)).max(20).optional().describe('All of them: `INBOX`, `UNREAD`'),
      includeSpamTrash: z.boolean().default(false),
      limit: z.int().min(1).max(500).default(100),
      cursor,
    }),
    output: z.object({
      messages: z.array(z.object({ id: z.string(), threadId: z.string() })),
      estimatedTotal: z.int().nullable(),
      nextCursor,
    }),
    example: { labelIds: ['INBOX'] },
    async run({ query: q, limit, cursor, ...filter }, { send }) {
      const query = { q, ...filter, maxResults: limit, pageToken: cursor }
      const { body } = await send({ method: 'GET', path: `${gmail}/gmail/v1/users/me/messages`, query })
      const { messages = [], resultSizeEstimate, nextPageToken } = body as GmailMessages
      return {
        messages: messages.map(({ id, threadId }) => ({ id, threadId })),
        estimatedTotal: resultSizeEstimate ?? null,
        nextCursor: nextPageToken ?? null,
      }
    },
  }),

  getMessage: defineOperation({
    title: 'Get an e-mail',
    description: 'What a message says, and which files hang on it.',
    docsUrl: gmailReference('users.messages/get'),
    effect: 'read',
    scopes: [`${auth}/gmail.readonly`],
    input: z.strictObject({ id }),
    output: message,
    example: { id: 'msg_hello' },
    async run({ id }, { send }) {
      const query = { format: 'full' }
      const { body } = await send({ method: 'GET', path: `${gmail}${path`/gmail/v1/users/me/messages/${id}`}`, query })
      return toMessage(body as GmailMessage)
    },
  }),
}

interface GmailMessages {
  messages?: { id: string; threadId: string }[]
  resultSizeEstimate?: number
  nextPageToken?: string
}
