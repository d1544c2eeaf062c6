import { once } from 'node:events'
import type { Activity } from '@koble/contract/activity'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { validate } from 'uuid'
import { csvCell } from '../../http/csv-cell.ts'
import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { ActivityService } from './service.ts'

const csvLinesMax = 10_000
const heartbeatMs = 15_000

export function registerActivityRoutes(
  register: RegisterRoutes,
  activity: ActivityService,
  connections: ConnectionService,
): void {
  register({
    listActivity: ({ actor, query: { cursor, ...filter } }) =>
      activity.list(actor.organizationId, { ...filter, before: readCursor(cursor) }),
    streamActivity: ({ actor, query, request, reply }) =>
      sendStream(request, reply, (lastEventId, signal) =>
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
      return await sendStream(request, reply, (lastEventId, signal) =>
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

/** Server-sent events (WHATWG HTML, section 9.2), with a comment now and then so that proxies keep the line open. */
async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (lastEventId: string | undefined, signal: AbortSignal) => AsyncGenerator<Activity[]>,
): Promise<FastifyReply> {
  const given = request.headers['last-event-id']
  const lastEventId = typeof given === 'string' && validate(given) ? given : undefined
  const gone = new AbortController()
  reply.hijack()
  const { raw } = reply
  raw.on('close', () => gone.abort())
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  })
  raw.write('retry: 2000\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  try {
    for await (const lines of open(lastEventId, gone.signal)) {
      const text = lines.map((line) => `id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`).join('')
      // A reader that does not keep up is waited for; what it missed stays in the database.
      if (!raw.write(text)) await once(raw, 'drain', { signal: gone.signal }).catch(() => {})
    }
  } catch (error) {
    // The stream ends; the client comes back with the last id it saw.
    request.log.warn({ err: error }, 'an activity stream broke off')
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
  return reply
}

function toCsvLine(line: Activity): string {
  const cells = [line.at, line.type, line.action, line.status, line.summary, line.durationMs ?? '', line.id]
  return cells.map((cell) => csvCell(String(cell))).join(',')
}
