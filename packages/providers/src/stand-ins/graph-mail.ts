import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { GraphAccess } from './graph-access.ts'
import { graphBody } from './graph-body.ts'
import { graphError } from './graph-error.ts'
import { type GraphItem, type GraphType, graphPage } from './graph-page.ts'
import type { GraphChange } from './graph-subscriptions.ts'
import type { GraphTenant, GraphUser } from './graph-tenant.ts'
import type { StandInHandler } from './stand-in.ts'

const readMail = ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite']
const messageType: GraphType = {
  name: 'message',
  properties: [
    ...['id', 'subject', 'body', 'bodyPreview', 'importance', 'from', 'sender', 'toRecipients', 'ccRecipients'],
    ...['bccRecipients', 'replyTo', 'hasAttachments', 'isRead', 'isDraft', 'parentFolderId', 'internetMessageId'],
    ...['createdDateTime', 'receivedDateTime', 'sentDateTime', 'webLink'],
  ],
}
const pages = { topDefault: 10, topMax: 1_000, topRefusal: 'ErrorInvalidParameter', type: messageType }
const recipients = z
  .array(z.strictObject({ emailAddress: z.strictObject({ address: z.string(), name: z.string().nullish() }) }))
  .default([])
const mailBody = z.strictObject({
  message: z.strictObject({
    subject: z.string().nullish(),
    body: z.strictObject({ contentType: z.enum(['text', 'html']).default('text'), content: z.string() }),
    importance: z.enum(['low', 'normal', 'high']).default('normal'),
    toRecipients: recipients,
    ccRecipients: recipients,
    bccRecipients: recipients,
    replyTo: recipients,
    attachments: z
      .array(
        z.strictObject({
          '@odata.type': z.literal('#microsoft.graph.fileAttachment'),
          name: z.string().min(1),
          contentType: z.string().optional(),
          contentBytes: z.base64(),
          isInline: z.boolean().optional(),
          contentId: z.string().nullish(),
        }),
      )
      .default([]),
  }),
  saveToSentItems: z.boolean().default(true),
})
type Message = z.output<typeof mailBody>['message']

const requestBytesMax = 4 * 1024 * 1024
const mailboxMax = 500

/** Mailboxes: what is sent arrives at whoever is of the tenant. https://learn.microsoft.com/graph/api/resources/mail-api-overview */
export function createGraphMail({
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
  /** By the id of the person, the newest first. */
  const mailboxes = new Map<string, GraphItem[]>()

  function keep(owner: GraphUser, folder: 'inbox' | 'sentitems', sender: GraphUser, message: Message): void {
    const { attachments, subject = null, ...given } = message
    const id = `AAMkAG${randomBytes(30).toString('base64url')}AAA=`
    const from = { emailAddress: { name: sender.displayName, address: sender.userPrincipalName } }
    const now = `${new Date().toISOString().slice(0, 19)}Z`
    const kept = {
      ...{ '@odata.etag': 'W/"1"', id, subject, ...given, from, sender: from, parentFolderId: folder },
      // Nobody but the sender sees who has it unseen.
      bccRecipients: folder === 'sentitems' ? given.bccRecipients : [],
      ...{ bodyPreview: given.body.content.slice(0, 255), hasAttachments: attachments.length > 0 },
      ...{ isRead: folder === 'sentitems', isDraft: false, internetMessageId: `<${id}@example.com>` },
      ...{ createdDateTime: now, receivedDateTime: now, sentDateTime: now },
      webLink: `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(id)}`,
    }
    mailboxes.set(owner.id, [kept, ...(mailboxes.get(owner.id) ?? [])])
    const resource = `Users/${owner.id}/Messages/${id}`
    const about = { '@odata.type': '#Microsoft.Graph.Message', '@odata.id': resource, '@odata.etag': 'W/"1"' }
    const topics = [`users/${owner.id}/messages`, `users/${owner.id}/mailFolders/${folder}/messages`]
    tell({ topics, changeType: 'created', resource, resourceData: { ...about, id } })
  }

  return {
    'POST /v1.0/me/sendMail': (request) => {
      const sender = access(request, 'outlook', ['Mail.Send'])
      if (request.body.length > requestBytesMax) {
        throw graphError(413, 'ErrorRequestEntityTooLarge', 'The request is larger than 4 MB.')
      }
      const { message, saveToSentItems } = graphBody(request, 'message', mailBody)
      const everybody = [...message.toRecipients, ...message.ccRecipients, ...message.bccRecipients]
      const addresses = everybody.map(({ emailAddress }) => emailAddress.address)
      demandRecipients(addresses)
      if (saveToSentItems) keep(sender, 'sentitems', sender, message)
      for (const user of tenant.users.values()) {
        if (addresses.some((address) => address.toLowerCase() === user.userPrincipalName)) {
          keep(user, 'inbox', sender, message)
        }
      }
      return { status: 202 }
    },
    'GET /v1.0/me/messages': (request) => {
      const { id } = access(request, 'outlook', readMail)
      return graphPage(origin, request, mailboxes.get(id) ?? [], pages)
    },
    'GET /v1.0/me/mailFolders/{folder}/messages': (request) => {
      const { id } = access(request, 'outlook', readMail)
      const folder = request.params['folder']?.toLowerCase()
      if (folder !== 'inbox' && folder !== 'sentitems') {
        throw graphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
      }
      const found = (mailboxes.get(id) ?? []).filter(({ parentFolderId }) => parentFolderId === folder)
      return graphPage(origin, request, found, pages)
    },
  }
}

function demandRecipients(addresses: readonly string[]): void {
  const refuse = (message: string) => graphError(400, 'ErrorInvalidRecipients', message)
  if (addresses.length === 0) throw refuse('At least one recipient is needed.')
  if (addresses.length > mailboxMax) throw refuse(`At most ${mailboxMax} recipients are allowed.`)
  if (addresses.some((address) => !z.email().safeParse(address).success)) {
    throw refuse("At least one recipient isn't valid.")
  }
}
