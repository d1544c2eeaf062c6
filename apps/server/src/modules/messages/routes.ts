import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { MessageService } from './service.ts'

export function registerMessageRoutes(register: RegisterRoutes, messages: MessageService): void {
  register({
    sendMessage: ({ actor, body }) => messages.send(actor, body),
    sendMessages: async ({ actor, body }) => ({ data: await messages.sendAll(actor, body.messages) }),
    listMessages: ({ actor, query }) => messages.list(actor, { ...query, after: readCursor(query.cursor) }),
    getMessage: ({ actor, params }) => messages.get(actor, params.id),
    listMessageAttempts: ({ actor, params, query: { limit, cursor } }) =>
      messages.listAttempts(actor, params.id, { limit, after: readCursor(cursor) }),
    resendMessage: ({ actor, request, params, body }) =>
      messages.resend(actor, request, params.id, body.destinationIds),
    resendMessages: ({ actor, request, body }) => messages.resendAll(actor, request, body.filter),
    listDeliveries: ({ actor, query }) => messages.listStuck(actor, query),
    resendDeliveries: ({ actor, request, body }) => messages.resendAll(actor, request, body.filter),
    discardDeliveries: ({ actor, request, body }) => messages.discardAll(actor, request, body.filter),
  })
}
