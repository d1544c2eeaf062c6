import { z } from 'zod'

/** Keeps answers to GET and HEAD, each for its connection, as RFC 9111 allows. */
export const cacheSettings = z.strictObject({
  /** Whether calls use it that say nothing of it themselves (`Koble-Cache`). */
  enabled: z.boolean(),
  /** For answers that do not say how long they are fresh; they are not kept otherwise. */
  defaultTtlSeconds: z.int().min(1).max(86_400).optional(),
  /** Of all connections together; 1,024 unless said otherwise. */
  maxEntries: z.int().min(2).max(10_000).optional(),
})

/** A JSONata expression (https://docs.jsonata.org), over `{body, query, headers, path, method}`. */
const expression = z.string().min(1).max(8_192)

/** Changes requests on their way out, and answers on their way back. */
export const transform = z.strictObject({
  id: z.string().min(1).max(60).optional(),
  /** Any, when absent. */
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
  /** Below the API's base; `*` stands for any characters: `/repos/*`. */
  path: z.string().min(1).max(300).startsWith('/'),
  request: z
    .strictObject({
      /** The new body. */
      body: expression.optional(),
      /** An object, in place of the query. */
      query: expression.optional(),
      /** An object, over the headers; null takes one away. */
      headers: expression.optional(),
    })
    .optional(),
  /** The expression also sees `status`. */
  response: z.strictObject({ body: expression.optional() }).optional(),
  /** Which answers are changed; those with 2xx unless said otherwise. */
  onStatus: z.enum(['2xx', 'any']).optional(),
})
export type Transform = z.infer<typeof transform>

/** Whether requests are held against the OpenAPI document: not at all, only counted, or refused. */
export const validationMode = z.enum(['off', 'warn', 'enforce'])

const openapiBytesMax = 512 * 1024
/** An OpenAPI document, 3.0 or 3.1, as JSON; up to 512 KiB, and complete in itself. */
const openapi = z
  .record(z.string(), z.unknown())
  .refine((document) => JSON.stringify(document).length <= openapiBytesMax, 'It is larger than 512 KiB.')

/** What the gateway does beside passing calls on. */
export const gatewaySettings = z.object({
  cache: cacheSettings.nullable(),
  transforms: z.array(transform),
  validation: validationMode,
  openapi: openapi.nullable(),
})
export type GatewaySettings = z.infer<typeof gatewaySettings>

/** What is named replaces what was there before; null takes it away. */
export const gatewaySettingsInput = z.strictObject({
  cache: cacheSettings.nullable().optional(),
  transforms: z.array(transform).max(20).nullable().optional(),
  validation: validationMode.nullable().optional(),
  openapi: openapi.nullable().optional(),
})
export type GatewaySettingsInput = z.infer<typeof gatewaySettingsInput>

/** The settings in short. */
export const gatewaySummary = z.object({
  cache: z.boolean(),
  transforms: z.int(),
  validation: validationMode,
  /** Whether there is an OpenAPI document. */
  openapi: z.boolean(),
})
export type GatewaySummary = z.infer<typeof gatewaySummary>

const headers = z.record(z.string().max(200), z.string().max(10_000))
/** A request or an answer to try a transform with. */
const sample = z.strictObject({
  method: z.string().max(10).optional(),
  path: z.string().max(2_000).optional(),
  query: z.record(z.string().max(200), z.union([z.string(), z.array(z.string())])).optional(),
  headers: headers.optional(),
  body: z.unknown().optional(),
  /** Of the answer. */
  status: z.int().min(100).max(599).optional(),
  /** Of the answer; without one, its part of the transform is not tried. */
  responseBody: z.unknown().optional(),
})
export const transformTest = z.strictObject({ transform, sample })
export type TransformTest = z.infer<typeof transformTest>

export const transformTestResult = z.object({
  /** What would be sent. */
  request: z
    .object({
      body: z.unknown().optional(),
      query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    })
    .nullable(),
  /** What the caller would get. */
  response: z.object({ body: z.unknown().optional() }).nullable(),
})
export type TransformTestResult = z.infer<typeof transformTestResult>
