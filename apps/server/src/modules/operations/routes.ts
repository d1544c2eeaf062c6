import type { RegisterRoutes } from '../../http/route.ts'
import { presenceOf } from '../gateway/service.ts'
import type { OperationService } from './service.ts'

const timeoutDefaultMs = 60_000

export function registerOperationRoutes(register: RegisterRoutes, operations: OperationService): void {
  register({
    listOperations: ({ actor, params }) => operations.list(actor.organizationId, params.id),
    async runOperation({ actor, params, body, request, reply }) {
      const key = request.headers['idempotency-key']
      return await operations.run({
        actor,
        connectionId: params.id,
        operation: params.operation,
        input: body.input,
        timeoutMs: body.timeout ?? timeoutDefaultMs,
        requestId: request.id,
        address: request.ip,
        idempotencyKey: typeof key === 'string' ? key : request.id,
        signal: presenceOf(reply),
      })
    },
  })
}
