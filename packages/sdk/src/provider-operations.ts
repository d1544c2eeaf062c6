import type { CallOptions } from './transport.ts'

// Written by `npm run docs` from the operations of packages/providers.

/** Runs one operation; rejects with `KobleApiError`. */
type Run<Input, Output> = (
  ...args: Record<string, never> extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions]
) => Promise<Output>

/** The typed calls of a connection, by its provider. */
export interface ProviderOperations {
  /** Slack */
  slack: {
    /** Test the connection. Says which workspace the connection belongs to, and as whom it acts there. */
    testConnection: Run<Record<string, never>, {
      workspaceId: string
      workspace: string
      userId: string
      url: string
    }>
    /** Send a message. Posts in a channel or to a person. Slack knows no idempotency: after a lost answer it may be there twice. */
    sendMessage: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      /** Also what notifications show when there are blocks */
      text: string
      /** Block Kit; at most 50 */
      blocks?: Record<string, unknown>[]
      /** The ts of the message to answer */
      threadTs?: string
      unfurlLinks?: boolean
    }, {
      channel: string
      ts: string
    }>
    /** Send an alert. Posts a message with a coloured bar, a title and fields, as monitoring does. */
    sendAlert: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      severity?: "info" | "warning" | "critical"
      title: string
      text: string
      fields?: Record<string, string>
    }, {
      channel: string
      ts: string
    }>
    /** List channels. The channels that the bot can see, page by page. */
    listChannels: Run<{
      types?: ("public_channel" | "private_channel" | "mpim" | "im")[]
      excludeArchived?: boolean
      /** At most so many; a page may hold fewer */
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      channels: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }[]
      nextCursor: string | null
    }>
    /** Create a channel. Makes a channel; the bot is its first member. */
    createChannel: Run<{
      /** Lower-case letters, digits, - and _ */
      name: string
      isPrivate?: boolean
    }, {
      id: string
      name: string | null
      isPrivate: boolean
      isArchived: boolean
      isMember: boolean
      topic: string | null
      memberCount: number | null
    }>
    /** Create an incident channel. Makes a channel for one incident, says in it what is known, and brings in those who are needed. */
    createIncidentChannel: Run<{
      title: string
      severity?: "info" | "warning" | "critical"
      summary?: string
      userIds?: string[]
      isPrivate?: boolean
    }, {
      channel: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }
      ts: string
    }>
    /** Get a person. One member of the workspace; the address needs users:read.email. */
    getUserInfo: Run<{
      userId: string
    }, {
      id: string
      name: string
      realName: string | null
      email: string | null
      timeZone: string | null
      isBot: boolean
      isDeleted: boolean
    }>
    /** Upload a file. Uploads a file and shares it in a channel; without one it stays private to the app. */
    uploadFile: Run<{
      filename: string
      /** The bytes, in base64 */
      content: string
      /** Id of a channel, of a conversation, or of a person */
      channel?: string
      title?: string
      comment?: string
      threadTs?: string
    }, {
      fileId: string
    }>
  }
}
