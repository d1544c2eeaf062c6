import { z } from 'zod'

const person = z.strictObject({ email: z.email().max(320), name: z.string().max(200).optional() })
const texts = z.record(z.string().min(1).max(200), z.string().max(10_000))

/** An e-mail to up to 1000 people. */
export const mail = z
  .strictObject({
    from: person,
    to: z.array(person).min(1).max(1_000),
    cc: z.array(person).max(1_000).optional(),
    bcc: z.array(person).max(1_000).optional(),
    replyTo: person.optional(),
    subject: z.string().min(1).max(998).optional(),
    text: z.string().min(1).max(1_000_000).optional(),
    html: z.string().min(1).max(5_000_000).optional(),
    templateId: z.string().min(1).max(100).optional().describe('A dynamic one begins with d-'),
    templateData: z.record(z.string(), z.unknown()).optional(),
    separately: z.boolean().default(false).describe('Each recipient gets one of their own and sees nobody else'),
    attachments: z
      .array(
        z.strictObject({
          filename: z.string().min(1).max(255),
          content: z.base64().min(1).max(20_000_000),
          contentType: z.string().max(200).optional(),
          contentId: z.string().max(200).optional().describe('With it the file is shown in the text, as cid:…'),
        }),
      )
      .max(50)
      .optional(),
    categories: z.array(z.string().min(1).max(255)).max(10).optional(),
    customArgs: texts.optional().describe('Come back with each event'),
    headers: texts.optional(),
    sendAt: z.iso.datetime({ offset: true }).optional().describe('At most 72 hours ahead'),
    batchId: z.string().max(200).optional(),
    unsubscribeGroupId: z.int().optional(),
    trackClicks: z.boolean().optional(),
    trackOpens: z.boolean().optional(),
    test: z.boolean().default(false).describe('Is checked and not sent'),
  })
  .refine(
    ({ text, html, templateId }) => (text ?? html ?? templateId) !== undefined,
    'A text, HTML or a template is needed',
  )
  .refine(({ subject, templateId }) => (subject ?? templateId) !== undefined, 'A subject or a template is needed')

type Mail = z.infer<typeof mail>

/** As SendGrid takes it. https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
export function toSendgrid(input: Mail): object {
  const common = { cc: input.cc, bcc: input.bcc, dynamic_template_data: input.templateData }
  const groups = input.separately ? input.to.map((one) => [one]) : [input.to]
  const tracking = {
    ...(input.trackClicks !== undefined && { click_tracking: { enable: input.trackClicks } }),
    ...(input.trackOpens !== undefined && { open_tracking: { enable: input.trackOpens } }),
  }
  // Plain text has to come first.
  const content = [
    ...(input.text === undefined ? [] : [{ type: 'text/plain', value: input.text }]),
    ...(input.html === undefined ? [] : [{ type: 'text/html', value: input.html }]),
  ]
  return {
    personalizations: groups.map((to) => ({ to, ...common })),
    from: input.from,
    reply_to: input.replyTo,
    subject: input.subject,
    ...(content.length > 0 && { content }),
    template_id: input.templateId,
    attachments: input.attachments?.map(({ filename, content: base64, contentType, contentId }) => ({
      content: base64,
      filename,
      type: contentType,
      ...(contentId !== undefined && { disposition: 'inline', content_id: contentId }),
    })),
    categories: input.categories,
    custom_args: input.customArgs,
    headers: input.headers,
    send_at: input.sendAt === undefined ? undefined : Math.floor(Date.parse(input.sendAt) / 1000),
    batch_id: input.batchId,
    ...(input.unsubscribeGroupId !== undefined && { asm: { group_id: input.unsubscribeGroupId } }),
    ...(Object.keys(tracking).length > 0 && { tracking_settings: tracking }),
    ...(input.test && { mail_settings: { sandbox_mode: { enable: true } } }),
  }
}
