import { z } from 'zod'

/**
 * Every error code the API answers with, its HTTP status and its title. A code never changes its meaning;
 * `docs/errors.md` lists them for readers and a test compares the two.
 */
export const errorCodes = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  state_missing: { status: 400, title: 'The sign-in carried no state' },
  state_unknown: { status: 400, title: 'The sign-in is unknown or was used already' },
  state_expired: { status: 400, title: 'The sign-in took longer than ten minutes' },
  state_other_browser: { status: 400, title: 'The sign-in was started in another browser' },
  consent_denied: { status: 400, title: 'The consent was declined at the provider' },
  return_to_refused: { status: 400, title: 'The return address is not allowed' },
  url_not_of_provider: { status: 400, title: 'The address does not belong to the provider' },
  private_address: { status: 400, title: 'The address is not allowed' },
  bundle_invalid: { status: 400, title: 'The bundle is damaged, or is no bundle' },
  passphrase_wrong: { status: 400, title: 'The passphrase does not open the bundle' },
  bundle_recipient_other: { status: 400, title: 'The bundle was sealed for somebody else' },
  signature_invalid: { status: 401, title: 'The signature does not match' },
  unauthenticated: { status: 401, title: 'No valid credentials were given' },
  sign_in_failed: { status: 401, title: 'The e-mail address or the password is wrong' },
  forbidden: { status: 403, title: 'The role does not allow this' },
  address_not_allowed: { status: 403, title: 'The address is not on the list of those allowed' },
  self_approval_refused: { status: 403, title: 'Somebody else has to approve this' },
  csrf_refused: { status: 403, title: 'The request came from another site' },
  graphql_not_persisted: { status: 403, title: 'Only operations kept with the integration may be called' },
  not_found: { status: 404, title: 'There is no such thing' },
  provider_unknown: { status: 404, title: 'There is no such provider' },
  invitation_unknown: { status: 404, title: 'The link is unknown, expired or was used already' },
  conflict: { status: 409, title: 'The request conflicts with the present state' },
  destination_disabled: { status: 409, title: 'The destination is switched off' },
  plugin_in_use: { status: 409, title: 'An endpoint runs this plugin' },
  message_id_reused: { status: 409, title: 'The id belongs to another message' },
  idempotency_key_reused: { status: 409, title: 'The idempotency key belongs to another request' },
  connection_not_usable: { status: 409, title: 'The connection must be reconnected first' },
  scopes_missing: { status: 409, title: 'The account has not granted what this needs' },
  auth_method_other: { status: 409, title: 'The account is connected in another way than this needs' },
  approval_required: { status: 409, title: 'The integration waits for approval' },
  endpoint_disabled: { status: 410, title: 'The endpoint is switched off' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  export_too_large: { status: 422, title: 'The export would be too large to be imported again' },
  graphql_invalid: { status: 422, title: 'The GraphQL document or its variables are not valid' },
  credentials_rejected: { status: 422, title: 'The provider did not accept the credentials' },
  request_not_valid: { status: 422, title: 'The request is not what the API describes' },
  sync_record_invalid: { status: 422, title: 'An item of the sync cannot be kept as a record' },
  sync_too_large: { status: 422, title: 'The run has more pages or items than a sync may have' },
  transform_failed: { status: 422, title: 'A transform of the integration failed' },
  plugin_timeout: { status: 422, title: 'The plugin took longer than it may' },
  plugin_memory: { status: 422, title: 'The plugin took more memory than it may' },
  plugin_failed: { status: 422, title: 'The plugin threw an error, or never came to an end' },
  plugin_output_invalid: { status: 422, title: 'The plugin returned what it must not' },
  provider_rejected: { status: 422, title: 'The provider refused the request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  client_closed: { status: 499, title: 'The caller went away' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  provider_malformed: { status: 502, title: 'The provider answered something we cannot read' },
  sync_cursor_repeats: { status: 502, title: 'The provider leads from one page back to an earlier one' },
  provider_unreachable: { status: 502, title: 'The provider could not be reached' },
  provider_throttled: { status: 503, title: 'The provider asks us to slow down' },
  provider_unavailable: { status: 503, title: 'The provider is having trouble' },
  circuit_open: { status: 503, title: 'The provider failed too often; it is left alone for a while' },
  bulkhead_full: { status: 503, title: 'Too many calls to the provider are under way' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
  shutting_down: { status: 503, title: 'This node is stopping' },
  provider_timeout: { status: 504, title: 'The provider did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

/** RFC 9457 problem details, the body of every error (`application/problem+json`). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  /** One entry per field that was refused, the path in dotted form. */
  errors: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        /** Where in a document, both counted from 1. */
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    )
    .optional(),
  /** With `connection_not_usable`: which it is and why. `POST /api/connections/{id}/reauthorize` gives a link. */
  connection: z.object({ id: z.string(), status: z.string(), errorCode: z.string().nullable() }).optional(),
  /** Where an operation failed at the third party: what that said, in its own words. */
  provider: z.object({ status: z.int(), code: z.string().optional(), message: z.string().optional() }).optional(),
})
export type Problem = z.infer<typeof problem>
