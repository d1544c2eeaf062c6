import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'

const reference = (method: string) => `https://docs.slack.dev/reference/methods/${method}`
const channel = z.string().min(1).max(100).describe('Id of a channel, of a conversation, or of a person')
const blocks = z.array(z.record(z.string(), z.unknown())).max(50)
const page = {
  limit: z.int().min(1).max(999).default(200).describe('At most so many; a page may hold fewer'),
  cursor: z.string().max(1_000).optional().describe('The nextCursor of the page before'),
}
const nextCursor = z.string().nullable()
const message = z.object({ channel: z.string(), ts: z.string() })
const conversation = z.object({
  id: z.string(),
  name: z.string().nullable(),
  isPrivate: z.boolean(),
  isArchived: z.boolean(),
  isMember: z.boolean(),
  topic: z.string().nullable(),
  memberCount: z.int().nullable(),
})
const severities = { info: '#2EB67D', warning: '#ECB22E', critical: '#E01E5A' } as const

/** Typed calls of Slack's Web API; most are sent as the bot. https://docs.slack.dev/reference/methods */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says which workspace the connection belongs to, and as whom it acts there.',
    docsUrl: reference('auth.test'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ workspaceId: z.string(), workspace: z.string(), userId: z.string(), url: z.string() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'POST', path: '/auth.test', form: {}, repeatable: true })
      const answer = body as { team_id: string; team: string; user_id: string; url: string }
      return { workspaceId: answer.team_id, workspace: answer.team, userId: answer.user_id, url: answer.url }
    },
  }),

  sendMessage: defineOperation({
    title: 'Send a message',
    description:
      'Posts in a channel or to a person. Slack knows no idempotency: after a lost answer it may be there twice.',
    docsUrl: reference('chat.postMessage'),
    effect: 'write',
    scopes: ['chat:write'],
    input: z.strictObject({
      channel,
      text: z.string().min(1).max(40_000).describe('Also what notifications show when there are blocks'),
      blocks: blocks.optional().describe('Block Kit; at most 50'),
      threadTs: z.string().max(50).optional().describe('The ts of the message to answer'),
      unfurlLinks: z.boolean().optional(),
    }),
    output: message,
    example: { channel: 'general', text: 'Hello from Koble' },
    run: async (input, context) =>
      await post(context, {
        channel: input.channel,
        text: input.text,
        blocks: input.blocks,
        thread_ts: input.threadTs,
        unfurl_links: input.unfurlLinks,
      }),
  }),

  sendAlert: defineOperation({
    title: 'Send an alert',
    description: 'Posts a message with a coloured bar, a title and fields, as monitoring does.',
    docsUrl: reference('chat.postMessage'),
    effect: 'write',
    scopes: ['chat:write'],
    input: z.strictObject({
      channel,
      severity: z.enum(['info', 'warning', 'critical']).default('warning'),
      title: z.string().min(1).max(150),
      text: z.string().min(1).max(3_000),
      fields: z.record(z.string().min(1).max(100), z.string().max(1_900)).optional(),
    }),
    output: message,
    example: { channel: 'general', severity: 'critical', title: 'Payments fail', text: '12 % of calls since 10:04' },
    async run({ channel, severity, title, text, fields = {} }, context) {
      const section = { type: 'section', text: { type: 'mrkdwn', text: `*${title}*\n${text}` } }
      const listed = Object.entries(fields).slice(0, 10)
      const details = {
        type: 'section',
        fields: listed.map(([name, value]) => ({ type: 'mrkdwn', text: `*${name}*\n${value}` })),
      }
      const attachment = { color: severities[severity], blocks: listed.length > 0 ? [section, details] : [section] }
      return await post(context, { channel, text: `${severity.toUpperCase()}: ${title}`, attachments: [attachment] })
    },
  }),

  listChannels: defineOperation({
    title: 'List channels',
    description: 'The channels that the bot can see, page by page.',
    docsUrl: reference('conversations.list'),
    effect: 'read',
    scopes: ['channels:read'],
    input: z.strictObject({
      types: z.array(z.enum(['public_channel', 'private_channel', 'mpim', 'im'])).default(['public_channel']),
      excludeArchived: z.boolean().default(true),
      ...page,
    }),
    output: z.object({ channels: z.array(conversation), nextCursor }),
    example: { limit: 50 },
    async run({ types, excludeArchived, limit, cursor }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: '/conversations.list',
        form: { types: types.join(','), exclude_archived: excludeArchived, limit, cursor },
        repeatable: true,
      })
      const { channels, response_metadata } = body as { channels: SlackConversation[] } & Paged
      return { channels: channels.map(toConversation), nextCursor: response_metadata?.next_cursor || null }
    },
  }),

  createChannel: defineOperation({
    title: 'Create a channel',
    description: 'Makes a channel; the bot is its first member.',
    docsUrl: reference('conversations.create'),
    effect: 'write',
    scopes: ['channels:manage'],
    input: z.strictObject({
      name: z
        .string()
        .regex(/^[\p{Ll}\p{Lo}\d_-]{1,80}$/u, 'Lower-case letters, digits, - and _, at most 80')
        .describe('Lower-case letters, digits, - and _'),
      isPrivate: z.boolean().default(false),
    }),
    output: conversation,
    example: { name: 'koble-test' },
    run: async ({ name, isPrivate }, context) => await createChannel(context, name, isPrivate),
  }),

  createIncidentChannel: defineOperation({
    title: 'Create an incident channel',
    description: 'Makes a channel for one incident, says in it what is known, and brings in those who are needed.',
    docsUrl: reference('conversations.create'),
    effect: 'write',
    scopes: ['channels:manage', 'chat:write'],
    input: z.strictObject({
      title: z.string().min(1).max(150),
      severity: z.enum(['info', 'warning', 'critical']).default('critical'),
      summary: z.string().max(3_000).optional(),
      userIds: z.array(z.string().min(1).max(50)).max(100).default([]),
      isPrivate: z.boolean().default(false),
    }),
    output: z.object({ channel: conversation, ts: z.string() }),
    example: { title: 'Payments fail', severity: 'critical', summary: 'Since 10:04' },
    async run({ title, severity, summary, userIds, isPrivate }, context) {
      const day = context.now().toISOString().slice(0, 10).replaceAll('-', '')
      const slug = title
        .toLowerCase()
        .replaceAll(/[^\p{Ll}\p{Lo}\d]+/gu, '-')
        .replaceAll(/^-+|-+$/g, '')
      const channel = await createChannel(context, `inc-${day}-${slug}`.slice(0, 80).replace(/-+$/, ''), isPrivate)
      const { send } = context
      const topic = `${severity.toUpperCase()}: ${title}`.slice(0, 250)
      await send({ method: 'POST', path: '/conversations.setTopic', json: { channel: channel.id, topic } })
      if (userIds.length > 0) {
        const users = userIds.join(',')
        await send({ method: 'POST', path: '/conversations.invite', json: { channel: channel.id, users } })
      }
      const { ts } = await post(context, { channel: channel.id, text: `*${topic}*\n${summary ?? ''}`.trim() })
      return { channel: { ...channel, topic }, ts }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get a person',
    description: 'One member of the workspace; the address needs users:read.email.',
    docsUrl: reference('users.info'),
    effect: 'read',
    scopes: ['users:read'],
    input: z.strictObject({ userId: z.string().min(1).max(50) }),
    output: z.object({
      id: z.string(),
      name: z.string(),
      realName: z.string().nullable(),
      email: z.string().nullable(),
      timeZone: z.string().nullable(),
      isBot: z.boolean(),
      isDeleted: z.boolean(),
    }),
    example: { userId: 'U000000001' },
    async run({ userId }, { send }) {
      const { body } = await send({ method: 'POST', path: '/users.info', form: { user: userId }, repeatable: true })
      const { user } = body as { user: SlackUser }
      return {
        id: user.id,
        name: user.name,
        realName: user.real_name ?? null,
        email: user.profile?.email ?? null,
        timeZone: user.tz ?? null,
        isBot: user.is_bot ?? false,
        isDeleted: user.deleted ?? false,
      }
    },
  }),

  uploadFile: defineOperation({
    title: 'Upload a file',
    description: 'Uploads a file and shares it in a channel; without one it stays private to the app.',
    docsUrl: 'https://docs.slack.dev/messaging/working-with-files#uploading_files',
    effect: 'write',
    scopes: ['files:write'],
    input: z.strictObject({
      filename: z.string().min(1).max(255),
      content: z.base64().describe('The bytes, in base64'),
      channel: channel.optional(),
      title: z.string().max(255).optional(),
      comment: z.string().max(4_000).optional(),
      threadTs: z.string().max(50).optional(),
    }),
    output: z.object({ fileId: z.string() }),
    example: { filename: 'hello.txt', content: 'SGVsbG8=', channel: 'C000000001' },
    async run({ filename, content, channel, title, comment, threadTs }, { send }) {
      const bytes = Buffer.from(content, 'base64')
      // A ticket, the bytes, and the word that all is there: what was uploaded in one step is gone since 2025.
      const ticket = await send({
        method: 'POST',
        path: '/files.getUploadURLExternal',
        form: { filename, length: bytes.length },
      })
      const { upload_url, file_id } = ticket.body as { upload_url: string; file_id: string }
      await send({
        method: 'POST',
        path: upload_url,
        bytes: { content: bytes, contentType: 'application/octet-stream' },
      })
      await send({
        method: 'POST',
        path: '/files.completeUploadExternal',
        json: {
          files: [{ id: file_id, title: title ?? filename }],
          channel_id: channel,
          initial_comment: comment,
          thread_ts: threadTs,
        },
      })
      return { fileId: file_id }
    },
  }),
}

interface SlackConversation {
  id: string
  name?: string
  is_private?: boolean
  is_archived?: boolean
  is_member?: boolean
  topic?: { value: string }
  num_members?: number
}
interface SlackUser {
  id: string
  name: string
  real_name?: string
  deleted?: boolean
  is_bot?: boolean
  tz?: string
  profile?: { email?: string }
}
interface Paged {
  response_metadata?: { next_cursor?: string }
}

async function post({ send }: OperationContext, json: Record<string, unknown>): Promise<z.infer<typeof message>> {
  const { body } = await send({ method: 'POST', path: '/chat.postMessage', json })
  return message.parse(body)
}

async function createChannel(
  { send }: OperationContext,
  name: string,
  isPrivate: boolean,
): Promise<z.infer<typeof conversation>> {
  const { body } = await send({ method: 'POST', path: '/conversations.create', json: { name, is_private: isPrivate } })
  return toConversation((body as { channel: SlackConversation }).channel)
}

function toConversation(channel: SlackConversation): z.infer<typeof conversation> {
  return {
    id: channel.id,
    name: channel.name ?? null,
    isPrivate: channel.is_private ?? false,
    isArchived: channel.is_archived ?? false,
    isMember: channel.is_member ?? false,
    topic: channel.topic?.value ?? null,
    memberCount: channel.num_members ?? null,
  }
}
