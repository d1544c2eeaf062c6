import { type ErrorCode, errorCodes, type Problem } from '@koble/contract/errors'
import { KobleError } from '@koble/core/errors'
import { OperationError } from '@koble/providers/operation-error'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isDatabaseUnavailable } from '../database/client.ts'
import { fieldProblems } from './field-problems.ts'

const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
}

/** Codes of the core library, in the words of the API. */
const coreCodes: Record<string, ErrorCode> = {
  token_rejected: 'credentials_rejected',
  id_token_invalid: 'provider_malformed',
  client_certificate_invalid: 'invalid_request',
  client_key_invalid: 'invalid_request',
  device_code_expired: 'state_expired',
  response_too_large: 'provider_malformed',
  too_many_redirects: 'provider_malformed',
}

/** PostgreSQL's codes for text that it cannot keep: the character U+0000, in `text` and in `jsonb`. */
const unstorable = new Set(['22021', '22P05'])

/** An error in the API's own words: a code of the table, with its status. */
export function apiError(code: ErrorCode, message: string, details?: Record<string, unknown>): KobleError {
  return new KobleError(code, message, { status: errorCodes[code].status, details })
}

/** `invalid_request` for one field of the body, by its path: `handlers.0.pluginId`. */
export function invalidField(path: string, message: string): KobleError {
  return apiError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] })
}

/** Turns any error into RFC 9457 problem details. What is not known becomes `internal_error` without its words. */
export function toProblem(error: unknown, requestId: string): Problem {
  const build = (code: ErrorCode, detail?: string, errors?: Problem['errors'], more?: Partial<Problem>): Problem => ({
    type: `urn:koble:error:${code}`,
    title: errorCodes[code].title,
    status: errorCodes[code].status,
    code,
    detail,
    requestId,
    errors,
    ...more,
  })
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.flatMap(({ keyword, instancePath, message, params }) =>
      fieldProblems({
        ...params,
        code: keyword,
        path: instancePath.split('/').filter(Boolean),
        message: message ?? 'is not valid',
      }),
    )
    return build(
      'invalid_request',
      errors.map((entry) => `${entry.path || 'body'}: ${entry.message}`).join('; '),
      errors,
    )
  }
  if (error instanceof KobleError) {
    const code = error.code in errorCodes ? (error.code as ErrorCode) : coreCodes[error.code]
    const fields = error.details['errors']
    const about = error.details['connection'] as Problem['connection']
    const said = error.details['provider'] as Problem['provider']
    const more = {
      ...(code === 'connection_not_usable' && about && { connection: about }),
      ...(error instanceof OperationError && said && { provider: said }),
    }
    if (code) return build(code, error.message, Array.isArray(fields) ? fields : undefined, more)
  }
  if (unstorable.has((error as { code?: string } | null)?.code ?? '')) {
    return build('invalid_request', 'Text cannot hold the character U+0000.')
  }
  if (isDatabaseUnavailable(error)) return build('database_unavailable')
  const fastifyCode = fastifyCodes[(error as FastifyError).code ?? '']
  if (fastifyCode) return build(fastifyCode)
  if (error instanceof SyntaxError && (error as FastifyError).statusCode === 400) return build('malformed_json')
  return build('internal_error')
}

/** The error handler of the whole app. Only what we did wrong is logged as an error. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request.id)
  if (problem.code === 'internal_error') request.log.error({ err: error }, 'request failed')
  else if (problem.status >= 500) request.log.warn({ code: problem.code }, 'request failed')
  if (reply.raw.headersSent) {
    reply.raw.destroy()
    return
  }
  if (problem.status === 503 || problem.status === 429) reply.header('retry-after', '1')
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  const retryAfterMs = error instanceof KobleError ? error.details['retryAfterMs'] : undefined
  if (typeof retryAfterMs === 'number') reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
  reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}
