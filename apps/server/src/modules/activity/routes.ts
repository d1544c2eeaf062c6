import type { Activity } from '@koble/contract/activity'
import { csvCell } from '../../http/csv-cell.ts'
import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import { sendEventStream } from '../../http/send-event-stream.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { ActivityService } from './service.ts'

const csvLinesMax = 10_000

export function registerActivityRoutes(
  register: RegisterRoutes,
  activity: ActivityService,
  connections: ConnectionService,
): void {
  register({
    listActivity: ({ actor, query: { cursor, ...filter } }) =>
      activity.list(actor.organizationId, { ...filter, before: readCursor(cursor) }),
    streamActivity: ({ actor, query, request, reply }) =>
      sendEventStream(request, reply, (lastEventId, signal) =>
        activity.stream(actor.organizationId, query, lastEventId, signal),
      ),
    async listConnectionLogs({ actor, params, query: { cursor, ...filter } }) {
      await connections.get(actor.organizationId, params.id)
      return await activity.list(actor.organizationId, {
        ...filter,
        connectionId: params.id,
        before: readCursor(cursor),
      })
    },
    async streamConnectionLogs({ actor, params, query, request, reply }) {
      await connections.get(actor.organizationId, params.id)
      return await sendEventStream(request, reply, (lastEventId, signal) =>
        activity.stream(actor.organizationId, { ...query, connectionId: params.id }, lastEventId, signal),
      )
    },
    async exportConnectionLogs({ actor, params, reply }) {
      await connections.demandExport(actor, params.id)
      const lines: string[] = ['at,type,action,status,summary,durationMs,id']
      let before: string | null = null
      do {
        const page: { data: Activity[]; nextCursor: string | null } = await activity.list(actor.organizationId, {
          connectionId: params.id,
          before,
          limit: 1000,
        })
        lines.push(...page.data.map(toCsvLine))
        before = page.nextCursor
      } while (before && lines.length <= csvLinesMax)
      reply.type('text/csv; charset=utf-8')
      reply.header('content-disposition', `attachment; filename="connection-${params.id}.csv"`)
      return reply.send(`${lines.join('\r\n')}\r\n`)
    },
  })
}

function toCsvLine(line: Activity): string {
  const cells = [line.at, line.type, line.action, line.status, line.summary, line.durationMs ?? '', line.id]
  return cells.map((cell) => csvCell(String(cell))).join(',')
}
