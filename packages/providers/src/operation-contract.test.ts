import { existsSync, readFileSync } from 'node:fs'
import { KobleError } from '@koble/core/errors'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { authMethodsOf } from './auth-methods.ts'
import { catalogue } from './catalogue.ts'
import type { Operations } from './define-operation.ts'
import type { CatalogueEntry } from './define-provider.ts'
import { operationsOf } from './operations.ts'
import { runOperation, type WireAnswer, type WireRequest } from './run-operation.ts'

/**
 * `operations.expected.json` of a provider, by operation: what is put in, which calls that makes as the vendor documents
 * them, what is answered, and what comes out.
 */
interface Expectation {
  title?: string
  input: unknown
  config?: Record<string, string>
  calls: {
    method: string
    /** With its query. */
    path: string
    headers?: Record<string, string>
    /** As JSON, or the text of a form; bytes in base64 as `{"base64": …}`. */
    body?: unknown
    answer: { status?: number; headers?: Record<string, string>; body?: unknown }
  }[]
  output?: unknown
  /** The code of the error that it ends with instead. */
  error?: string
}

const now = new Date('2026-11-02T08:15:00Z')
const withOperations: (readonly [id: string, entry: CatalogueEntry, operations: Operations])[] = []
for (const entry of catalogue.values()) {
  const operations = await operationsOf(entry.id)
  if (Object.keys(operations).length > 0) withOperations.push([entry.id, entry, operations])
}

/** Providers of one API have the same operations, and one file says what those do. */
function fileOf(id: string, operations: Operations): URL {
  const sharing = withOperations.filter(([, , others]) => others === operations).map(([other]) => other)
  const files = [id, ...sharing].map((one) => new URL(`./services/${one}/operations.expected.json`, import.meta.url))
  return files.find((file) => existsSync(file)) ?? (files[0] as URL)
}

describe.each(withOperations)('operations of %s', (id, entry, operations) => {
  const file = fileOf(id, operations)
  const expected: Record<string, Expectation[]> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const types = authMethodsOf(entry).map(({ type }) => type)
  const scopes = authMethodsOf(entry).flatMap((method) => method.scopes?.map((scope) => scope.name) ?? [])

  test('are described, take strict input, and show themselves as JSON Schema', () => {
    for (const [name, operation] of Object.entries(operations)) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/)
      expect(operation.title, name).toMatch(/^[A-Z].*[^.]$/)
      expect(operation.description, name).toMatch(/^[A-Z].*\.$/)
      expect(new URL(operation.docsUrl).protocol).toBe('https:')
      expect(['read', 'write']).toContain(operation.effect)
      for (const scope of [...(operation.scopes ?? []), ...(operation.oneOfScopes ?? [])])
        expect(scopes, `${name}: ${scope}`).toContain(scope)
      for (const example of [operation.example, ...Object.values(operation.examples ?? {})])
        expect(operation.input.safeParse(example).success, `${name}: its example`).toBe(true)
      for (const type of [...(operation.methods ?? []), ...Object.keys(operation.examples ?? {})])
        expect(types, `${name}: ${type}`).toContain(type)
      expect(operation.input.safeParse({ ...(operation.example as object), notAField: 1 }).success, name).toBe(false)
      expect(z.toJSONSchema(operation.input, { io: 'input' })).toMatchObject({ type: 'object' })
      expect(() => z.toJSONSchema(operation.output, { io: 'output' })).not.toThrow()
    }
  })

  test('each have their calls written down', () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(operations).sort())
  })

  const cases = Object.entries(expected).flatMap(([name, list]) =>
    list.map((one, index) => [`${name}: ${one.title ?? (index === 0 ? 'as documented' : index)}`, name, one] as const),
  )
  test.each(cases)('%s', async (_title, name, { input, config = {}, calls, output, error }) => {
    const operation = operations[name]
    if (!operation) throw new Error(`there is no ${name}`)
    const left = [...calls]
    const exchange = async (request: WireRequest): Promise<WireAnswer> => {
      const call = left.shift()
      if (!call) throw new Error(`unexpected: ${request.method} ${request.path}`)
      expect({ method: request.method, path: request.path }).toEqual({ method: call.method, path: call.path })
      expect(request.headers).toMatchObject(call.headers ?? {})
      expect(readBody(request, call.body)).toEqual(call.body)
      return toAnswer(call.answer)
    }
    const context = { config, accountId: 'account', idempotencyKey: 'key-1', now: () => now, wait: async () => {} }
    const running = runOperation(operation, input, { ...context, exchange, errors: entry.api.errors })
    if (error === undefined) expect(await running).toEqual(output)
    else await expect(running).rejects.toMatchObject({ code: error })
    expect(left).toEqual([])
  })

  test('refuse an input that is none, before anything is sent', async () => {
    for (const [name, operation] of Object.entries(operations)) {
      const failing = runOperation(
        operation,
        { notAField: 1 },
        {
          ...{ config: {}, accountId: null, idempotencyKey: 'k', now: () => now, wait: async () => {} },
          exchange: () => Promise.reject(new Error('something was sent')),
        },
      )
      await expect(failing, name).rejects.toBeInstanceOf(KobleError)
      await expect(failing, name).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })
})

function readBody({ body, headers }: WireRequest, expected: unknown): unknown {
  if (body === null) return undefined
  if (typeof expected === 'object' && expected !== null && 'base64' in expected) {
    return { base64: body.toString('base64') }
  }
  return /json/.test(headers['content-type'] ?? '') ? JSON.parse(body.toString()) : body.toString()
}

function toAnswer({ status = 200, headers = {}, body }: Expectation['calls'][number]['answer']): WireAnswer {
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) }
  if (typeof body === 'string') return { status, headers, body: Buffer.from(body) }
  const json = { 'content-type': 'application/json; charset=utf-8', ...headers }
  return { status, headers: json, body: Buffer.from(JSON.stringify(body)) }
}
