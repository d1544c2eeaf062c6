import { z } from 'zod'
import { graphError } from './graph-error.ts'
import type { GraphTenant } from './graph-tenant.ts'
import type { Refusal } from './stand-in.ts'

/** What a message in a channel or a chat is written as. https://learn.microsoft.com/graph/api/resources/chatmessage */
export const messageBody = z.strictObject({
  subject: z.string().nullish(),
  importance: z.enum(['normal', 'high', 'urgent']).default('normal'),
  body: z.strictObject({ contentType: z.enum(['text', 'html']).default('text'), content: z.string().min(1) }),
  attachments: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        contentType: z.string(),
        contentUrl: z.string().nullish(),
        // The JSON of a card, as a text.
        content: z.string().nullish(),
        name: z.string().nullish(),
        thumbnailUrl: z.string().nullish(),
      }),
    )
    .default([]),
  mentions: z
    .array(
      z.strictObject({
        id: z.int(),
        mentionText: z.string(),
        mentioned: z.strictObject({
          user: z.strictObject({
            id: z.string(),
            displayName: z.string().nullish(),
            userIdentityType: z.string().nullish(),
          }),
        }),
      }),
    )
    .default([]),
})
export type MessageBody = z.output<typeof messageBody>

/** Of a whole message, cards included. */
const bytesMax = 28 * 1024
const cardType = 'application/vnd.microsoft.card.adaptive'

/** Refuses a message that Teams could not show. */
export function demandShowable(message: MessageBody, { users }: Pick<GraphTenant, 'users'>): void {
  if (Buffer.byteLength(JSON.stringify(message)) > bytesMax) {
    throw graphError(413, 'RequestEntityTooLarge', 'Request body is too large.')
  }
  const { body, attachments, mentions } = message
  const html = body.contentType === 'html' ? body.content : ''
  const attached = [...html.matchAll(/<attachment id="([^"]*)">/g)].map(([, id]) => id)
  const mentioned = [...html.matchAll(/<at id="([^"]*)">/g)].map(([, id]) => id)
  demandSame(
    attached,
    attachments.map(({ id }) => id),
    'attachment',
  )
  demandSame(
    mentioned,
    mentions.map(({ id }) => String(id)),
    'mention',
  )
  const stranger = mentions.find((one) => !users.has(one.mentioned.user.id))
  if (stranger) throw badMessage(`The mentioned user '${stranger.mentioned.user.id}' was not found.`)
  for (const { contentType, content } of attachments) if (contentType === cardType) demandCard(content ?? '')
}

/** Whatever is referred to has to be there, and the other way round. */
function demandSame(referred: readonly (string | undefined)[], given: readonly string[], what: string): void {
  const lost = given.find((id) => !referred.includes(id)) ?? referred.find((id) => !given.includes(id ?? ''))
  if (lost !== undefined) throw badMessage(`The ${what} with id '${lost}' is not both in the body and in the list.`)
}

function demandCard(text: string): void {
  const card = z.looseObject({ type: z.literal('AdaptiveCard'), version: z.string() })
  const parse = () => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  }
  if (!card.safeParse(parse()).success) throw badMessage('The content of the card is not valid.')
}

function badMessage(message: string): Refusal {
  return graphError(400, 'BadRequest', message)
}
