import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { graphId, guidOf, reference } from './graph.ts'

const channelOf = { teamId: graphId, channelId: graphId }
const content = {
  content: z.string().min(1).max(28_000).describe('Teams takes about 28 kB'),
  contentType: z.enum(['text', 'html']).default('text'),
  importance: z.enum(['normal', 'high', 'urgent']).default('normal'),
  mentions: z
    .array(z.strictObject({ userId: graphId, displayName: z.string().min(1).max(200) }))
    .max(50)
    .optional()
    .describe('The content is HTML then, and says where: `<at id="0">Ola</at>` is the first'),
}
const subject = z.string().max(255).optional()
const replyToId = graphId.optional().describe('The message whose thread it goes into')
const message = z.object({
  id: z.string(),
  url: z.string().nullable(),
  createdAt: z.string().nullable(),
})
const mentionsInHtml = [
  ({ mentions, contentType }: { mentions?: unknown; contentType: string }) => !mentions || contentType === 'html',
  { path: ['contentType'] as PropertyKey[], message: 'Mentions need html' },
] as const
const exampleChannel = { teamId: '02bd9fd6-8f93-4758-87c3-1fb73740a315', channelId: '19:general@thread.tacv2' }
const noIdempotency = 'Teams knows no idempotency: after a lost answer it may be there twice.'

/** https://adaptivecards.io/explorer/AdaptiveCard.html */
const card = z.looseObject({
  type: z.literal('AdaptiveCard'),
  version: z
    .string()
    .regex(/^1\.[0-9]$/)
    .describe('Teams shows up to 1.5'),
  body: z.array(z.unknown()).optional(),
  actions: z
    .array(z.unknown())
    .optional()
    .describe('Only a bot hears of Action.Submit; Action.OpenUrl works everywhere'),
})

/** Messages in channels and chats, as the person. https://learn.microsoft.com/graph/api/resources/chatmessage */
export const messageOperations = {
  sendChannelMessage: defineOperation({
    title: 'Post in a channel',
    description: `Posts a message in a channel of a team, or an answer to one. ${noIdempotency}`,
    docsUrl: reference('chatmessage-post'),
    effect: 'write',
    scopes: ['ChannelMessage.Send'],
    input: z.strictObject({ ...channelOf, ...content, subject, replyToId }).refine(...mentionsInHtml),
    output: message,
    example: { ...exampleChannel, content: 'Hello from Koble' },
    run: async ({ teamId, channelId, replyToId, subject, ...input }, context) =>
      await post(context, channelPath(teamId, channelId, replyToId), { subject, ...toBody(input) }),
  }),

  sendChatMessage: defineOperation({
    title: 'Write in a chat',
    description: `Writes in a chat that the person is in. ${noIdempotency}`,
    docsUrl: reference('chat-post-messages'),
    effect: 'write',
    scopes: ['ChatMessage.Send'],
    input: z.strictObject({ chatId: graphId, ...content }).refine(...mentionsInHtml),
    output: message,
    example: { chatId: '19:4b6bed8d24574f6a9e436813cb2617d8@thread.v2', content: 'Hello from Koble' },
    run: async ({ chatId, ...input }, context) => await post(context, path`/chats/${chatId}/messages`, toBody(input)),
  }),

  sendAdaptiveCard: defineOperation({
    title: 'Post an Adaptive Card',
    description: `Posts a card in a channel, or in a chat for which ChatMessage.Send is needed. ${noIdempotency}`,
    docsUrl: reference('chatmessage-post'),
    effect: 'write',
    oneOfScopes: ['ChannelMessage.Send', 'ChatMessage.Send'],
    input: z
      .strictObject({
        teamId: graphId.optional(),
        channelId: graphId.optional(),
        chatId: graphId.optional(),
        card,
        subject,
        replyToId,
      })
      .refine(
        ({ teamId, channelId, chatId }) =>
          (chatId === undefined) === (channelId !== undefined) && (teamId === undefined) === (channelId === undefined),
        { path: ['channelId'], message: 'Either teamId and channelId are needed, or chatId' },
      )
      .refine(({ chatId, subject, replyToId }) => chatId === undefined || (subject ?? replyToId) === undefined, {
        path: ['chatId'],
        message: 'A chat has neither subjects nor threads',
      }),
    output: message,
    example: {
      ...exampleChannel,
      card: { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 'Hello from Koble' }] },
    },
    async run({ teamId = '', channelId = '', chatId, card, subject, replyToId }, context) {
      const id = guidOf(context)
      const at = chatId === undefined ? channelPath(teamId, channelId, replyToId) : path`/chats/${chatId}/messages`
      return await post(context, at, {
        subject,
        body: { contentType: 'html', content: `<attachment id="${id}"></attachment>` },
        attachments: [
          {
            id,
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            // A text, not an object.
            content: JSON.stringify(card),
          },
        ],
      })
    },
  }),
}

function channelPath(teamId: string, channelId: string, replyToId: string | undefined): string {
  const messages = path`/teams/${teamId}/channels/${channelId}/messages`
  return replyToId === undefined ? messages : `${messages}${path`/${replyToId}/replies`}`
}

interface Content {
  content: string
  contentType: 'text' | 'html'
  importance: string
  mentions?: { userId: string; displayName: string }[] | undefined
}

function toBody({ content, contentType, importance, mentions }: Content) {
  return {
    body: { contentType, content },
    importance,
    mentions: mentions?.map(({ userId: id, displayName }, index) => ({
      id: index,
      mentionText: displayName,
      mentioned: { user: { id, displayName, userIdentityType: 'aadUser' } },
    })),
  }
}

async function post({ send }: OperationContext, path: string, json: object): Promise<z.infer<typeof message>> {
  const { body } = await send({ method: 'POST', path, json })
  const { id, webUrl, createdDateTime } = body as { id: string; webUrl?: string | null; createdDateTime?: string }
  return { id, url: webUrl ?? null, createdAt: createdDateTime ?? null }
}
