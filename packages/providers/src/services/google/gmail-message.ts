import { z } from 'zod'

export const message = z.object({
  id: z.string(),
  threadId: z.string(),
  labelIds: z.array(z.string()),
  snippet: z.string().nullable(),
  receivedAt: z.string().nullable(),
  messageId: z.string().nullable().describe('For `inReplyTo` of an answer'),
  subject: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  cc: z.string().nullable(),
  text: z.string().nullable(),
  html: z.string().nullable(),
  attachments: z.array(
    z.object({
      id: z.string().nullable(),
      filename: z.string(),
      contentType: z.string().nullable(),
      sizeBytes: z.int().nullable(),
    }),
  ),
})

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages */
export interface GmailMessage {
  id: string
  threadId: string
  labelIds?: string[]
  snippet?: string
  /** Milliseconds since 1970, as a text. */
  internalDate?: string
  payload?: GmailPart
}
interface GmailPart {
  mimeType?: string
  filename?: string
  headers?: { name: string; value: string }[]
  /** `data` is base64url. */
  body?: { data?: string; size?: number; attachmentId?: string }
  parts?: GmailPart[]
}

/** The first text and the first HTML count; whatever has a name is an attachment. */
export function toMessage(given: GmailMessage): z.infer<typeof message> {
  const headers = given.payload?.headers ?? []
  const header = (name: string) => headers.find((one) => one.name.toLowerCase() === name)?.value ?? null
  const parts = allParts(given.payload)
  const textOf = (type: string) => {
    const found = parts.find(
      ({ mimeType, filename, body }) => mimeType === type && !filename && body?.data !== undefined,
    )
    return found ? Buffer.from(found.body?.data ?? '', 'base64url').toString() : null
  }
  return {
    id: given.id,
    threadId: given.threadId,
    labelIds: given.labelIds ?? [],
    snippet: given.snippet ?? null,
    receivedAt: given.internalDate === undefined ? null : new Date(Number(given.internalDate)).toISOString(),
    messageId: header('message-id'),
    subject: header('subject'),
    from: header('from'),
    to: header('to'),
    cc: header('cc'),
    text: textOf('text/plain'),
    html: textOf('text/html'),
    attachments: parts.flatMap(({ filename, mimeType, body }) =>
      filename
        ? [{ id: body?.attachmentId ?? null, filename, contentType: mimeType ?? null, sizeBytes: body?.size ?? null }]
        : [],
    ),
  }
}

function allParts(part: GmailPart | undefined): GmailPart[] {
  return part ? [part, ...(part.parts ?? []).flatMap(allParts)] : []
}
