import type { AuthType } from './auth-method.ts'
import type { Operation, Operations } from './define-operation.ts'

/** Whether an account that is connected by that method can be worked on with the operation. */
export function fitsMethod({ methods }: Pick<Operation, 'methods'>, type: AuthType): boolean {
  return methods?.includes(type) ?? true
}

/** What an account has to grant so that each operation for its method can be run; of several that suffice, the least. */
export function neededScopes(operations: Operations, type: AuthType): string[] {
  const fitting = Object.values(operations).filter((operation) => fitsMethod(operation, type))
  const needed = new Set(fitting.flatMap(({ scopes = [] }) => scopes))
  for (const { oneOfScopes = [] } of fitting) {
    const [least] = oneOfScopes
    if (least !== undefined && !oneOfScopes.some((scope) => needed.has(scope))) needed.add(least)
  }
  return [...needed]
}
