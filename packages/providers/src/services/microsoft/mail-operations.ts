import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { reference } from './graph.ts'

const mailbox = z.strictObject({ email: z.email().max(320), name: z.string().max(200).optional() })
const mailboxes = z.array(mailbox).max(500)

/** Graph takes no larger request in this call. */
const attachmentsBase64CharactersMax = 4_000_000

/** Outlook. https://learn.microsoft.com/graph/api/resources/mail-api-overview */
export const mailOperations = {
  sendEmail: defineOperation({
    title: 'Send an e-mail',
    description:
      'Sends a message from Outlook. Graph knows no idempotency here: after a lost answer it may be sent twice.',
    docsUrl: reference('user-sendmail'),
    effect: 'write',
    scopes: ['Mail.Send'],
    input: z.strictObject({
      to: mailboxes.min(1),
      cc: mailboxes.optional(),
      bcc: mailboxes.optional(),
      replyTo: mailboxes.optional(),
      subject: z.string().max(255),
      content: z.string(),
      contentType: z.enum(['text', 'html']).default('text'),
      importance: z.enum(['low', 'normal', 'high']).default('normal'),
      attachments: z
        .array(
          z.strictObject({
            filename: z.string().min(1).max(255),
            contentType: z.string().min(3).max(255).default('application/octet-stream'),
            content: z.base64().describe('The bytes, in base64'),
          }),
        )
        .max(50)
        .refine(
          (files) => files.reduce((sum, { content }) => sum + content.length, 0) <= attachmentsBase64CharactersMax,
          {
            message: 'Together at most 3 MB',
          },
        )
        .optional(),
      saveToSentItems: z.boolean().default(true),
    }),
    output: z.object({ accepted: z.literal(true) }),
    example: { to: [{ email: 'ola@example.com' }], subject: 'Hei fra Koble', content: 'Blåbær på tur.' },
    async run({ to, cc, bcc, replyTo, content, contentType, attachments, saveToSentItems, ...rest }, { send }) {
      const message = {
        ...rest,
        body: { contentType, content },
        toRecipients: to.map(recipient),
        ccRecipients: cc?.map(recipient),
        bccRecipients: bcc?.map(recipient),
        replyTo: replyTo?.map(recipient),
        attachments: attachments?.map(({ filename, contentType, content }) => ({
          '@odata.type': '#microsoft.graph.fileAttachment',
          name: filename,
          contentType,
          contentBytes: content,
        })),
      }
      // Graph accepts it, and says nothing of what becomes of it.
      await send({ method: 'POST', path: '/me/sendMail', json: { message, saveToSentItems } })
      return { accepted: true as const }
    },
  }),
}

function recipient({ email, name }: z.infer<typeof mailbox>) {
  return { emailAddress: { address: email, name } }
}
