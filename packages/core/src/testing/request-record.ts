import type { HeaderFields } from '../http/headers.ts'
import type { CapturedBody } from './captured-body.ts'
import type { ExchangeRedactor } from './exchange-redactor.ts'
import { bodyHash, type RecordedExchange, recordedBody } from './recording.ts'

/** A request that is all here. */
export interface SeenRequest {
  method: string
  /** With the query. */
  path: string
  headers: HeaderFields
  body: Pick<CapturedBody, 'bytes' | 'bytesTotal'>
  /** Hex, of all bytes of the body. */
  sha256: string
}

/** The request as it is recorded, and, so that it is found again, as it is looked for. */
export async function requestRecord(
  seen: SeenRequest,
  redactor: ExchangeRedactor,
  bodyBytesMax: number,
): Promise<RecordedExchange['request']> {
  // The header fields come first: the secrets in them are looked for in the path and in the body.
  const headers = redactor.headers(seen.headers)
  const { method, body } = seen
  const clean = body.bytes === null ? null : await redactor.body(body.bytes, seen.headers, 'request', bodyBytesMax)
  const path = redactor.path(seen.path)
  if (clean === null) {
    const reason = `${body.bytesTotal} bytes, too many or in an encoding that cannot be read`
    return { method, path, headers, body: { omitted: reason }, bodySha256: seen.sha256 }
  }
  return { method, path, headers, body: recordedBody(clean), bodySha256: bodyHash(clean.bytes) }
}
