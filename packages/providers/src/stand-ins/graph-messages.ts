import type { GraphAccess } from './graph-access.ts'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import { demandShowable, messageBody } from './graph-message-body.ts'
import { graphPage } from './graph-page.ts'
import type { GraphChange } from './graph-subscriptions.ts'
import { type GraphMessage, type GraphTenant, type GraphUser, graphTenantId } from './graph-tenant.ts'
import type { StandInHandler, StandInReply, StandInRequest } from './stand-in.ts'

const sendToChannels = ['ChannelMessage.Send', 'Group.ReadWrite.All']
const readChannels = ['ChannelMessage.Read.All', 'Group.Read.All', 'Group.ReadWrite.All']
const sendToChats = ['ChatMessage.Send', 'Chat.ReadWrite']
const readChats = ['Chat.Read', 'Chat.ReadWrite']
const pages = { topDefault: 20, topMax: 50, topRefusal: 'BadRequest' }

/** Where messages are, and what a change of one is told as. */
interface Thread {
  messages: GraphMessage[]
  identity: Record<string, unknown>
  topic: string
  nameOf(messageId: string): string
  webUrlOf(messageId: string): string | null
}

/** Messages of channels and chats. https://learn.microsoft.com/graph/api/resources/chatmessage */
export function createGraphMessages({
  access,
  origin,
  tenant,
  tell,
}: {
  access: GraphAccess
  origin: string
  tenant: GraphTenant
  tell(change: GraphChange): void
}): Record<string, StandInHandler> {
  let lastId = 0

  function channelThread({ params }: StandInRequest, user: GraphUser): Thread {
    const team = tenant.team(params['team'], user)
    const { id, messages } = tenant.channel(team, params['channel'], user)
    const path = `teams('${team.id}')/channels('${id}')/messages`
    return {
      messages,
      identity: { chatId: null, channelIdentity: { teamId: team.id, channelId: id } },
      topic: `teams/${team.id}/channels/${id}/messages`,
      nameOf: (messageId) => `${path}('${messageId}')`,
      webUrlOf: (messageId) => `https://teams.microsoft.com/l/message/${encodeURIComponent(id)}/${messageId}`,
    }
  }
  function chatThread({ params }: StandInRequest, user: GraphUser): Thread {
    const { id, messages } = tenant.chat(params['chat'], user)
    return {
      messages,
      identity: { chatId: id, channelIdentity: null },
      topic: `chats/${id}/messages`,
      nameOf: (messageId) => `chats('${id}')/messages('${messageId}')`,
      webUrlOf: () => null,
    }
  }

  function post(request: StandInRequest, author: GraphUser, thread: Thread, replyToId: string | null): StandInReply {
    const given = graphBody(request, 'chatMessage', messageBody)
    demandShowable(given, tenant)
    // The time of the message, in milliseconds, is its id.
    lastId = Math.max(Date.now(), lastId + 1)
    const id = String(lastId)
    const at = new Date(lastId).toISOString()
    const user = { id: author.id, displayName: author.displayName, userIdentityType: 'aadUser' }
    const made: GraphMessage = {
      ...{ id, replyToId, etag: id, messageType: 'message', createdDateTime: at, lastModifiedDateTime: at },
      ...{ lastEditedDateTime: null, deletedDateTime: null, summary: null, locale: 'en-us', reactions: [] },
      ...given,
      subject: given.subject ?? null,
      ...thread.identity,
      webUrl: thread.webUrlOf(id),
      from: { application: null, device: null, user: { ...user, tenantId: graphTenantId } },
    }
    thread.messages.unshift(made)
    const resource = thread.nameOf(replyToId ?? id) + (replyToId === null ? '' : `/replies('${id}')`)
    const resourceData = { '@odata.type': '#Microsoft.Graph.chatMessage', '@odata.id': resource, id }
    tell({ topics: [thread.topic], changeType: 'created', resource, resourceData })
    return { status: 201, body: made }
  }

  function find({ messages }: Thread, id: string | undefined): GraphMessage {
    const found = messages.find((message) => message.id === id)
    if (!found) throw graphError(404, 'NotFound', 'Message not found.')
    return found
  }
  /** The newest first, without answers to others. */
  const list = (request: StandInRequest, { messages }: Thread) =>
    graphPage(
      origin,
      request,
      messages.filter(({ replyToId }) => replyToId === null),
      pages,
    )

  const channel = '/v1.0/teams/{team}/channels/{channel}/messages'
  const chat = '/v1.0/chats/{chat}/messages'
  return {
    [`POST ${channel}`]: (request) => {
      const user = access(request, 'teams', sendToChannels)
      return post(request, user, channelThread(request, user), null)
    },
    [`POST ${channel}/{message}/replies`]: (request) => {
      const user = access(request, 'teams', sendToChannels)
      const thread = channelThread(request, user)
      return post(request, user, thread, find(thread, request.params['message']).id)
    },
    [`GET ${channel}`]: (request) => {
      const user = access(request, 'teams', readChannels)
      return list(request, channelThread(request, user))
    },
    [`GET ${channel}/{message}`]: (request) => {
      const user = access(request, 'teams', readChannels)
      return { body: find(channelThread(request, user), request.params['message']) }
    },
    [`POST ${chat}`]: (request) => {
      const user = access(request, 'teams', sendToChats)
      return post(request, user, chatThread(request, user), null)
    },
    [`GET ${chat}`]: (request) => {
      const user = access(request, 'teams', readChats)
      return list(request, chatThread(request, user))
    },
  }
}
