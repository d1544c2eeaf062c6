import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sha256Hex } from '../crypto/sha256-hex.ts'
import { KobleError } from '../errors/errors.ts'
import type { HeaderFields } from '../http/headers.ts'

/** The file that `createRecorder` writes and `replay` reads: JSON, meant to be read and kept beside the tests. */
export interface Recording {
  format: typeof recordingFormat
  /** The service that was recorded, without credentials. */
  target: string
  /** Both sides redact alike, or what is asked for would not be found. Known secrets are not among it. */
  redact: { fields: readonly string[]; keep: readonly string[] }
  bodyBytesMax: number
  /** In the order in which they were asked for. */
  exchanges: RecordedExchange[]
}

/** One request of a recording and the answer it got. */
export interface RecordedExchange {
  request: {
    method: string
    /** With the query, redacted, escaped in one way. */
    path: string
    headers: HeaderFields
    body: RecordedBody
    /** Hex, of the redacted body, or of the whole body where it was omitted; `null` without a body. */
    bodySha256: string | null
  }
  response: { status: number; headers: HeaderFields; body: RecordedBody }
}

/** `omitted` says why there is no body, although there was one. `null`: there was none. */
export type RecordedBody = { text: string } | { base64: string } | { omitted: string } | null

export const recordingFormat = 'koble-recording/1'

/** Stands in header fields for the address of whoever serves: the recorder, or the replay. */
export const servedOrigin = 'http://served.invalid'

/** What two requests must have in common for one to get the other's answer. */
export function exchangeKey(request: Pick<RecordedExchange['request'], 'method' | 'path' | 'bodySha256'>): string {
  return `${request.method} ${request.path} ${request.bodySha256 ?? '-'}`
}

/** A body as the file has it. */
export function recordedBody(clean: { bytes: Buffer; isText: boolean }): RecordedBody {
  if (clean.bytes.length === 0) return null
  return clean.isText ? { text: clean.bytes.toString() } : { base64: clean.bytes.toString('base64') }
}

/** The hash that stands for a body that is kept. */
export function bodyHash(bytes: Buffer): string | null {
  return bytes.length === 0 ? null : sha256Hex(bytes)
}

/** Writes the file at once or not at all; its folder is made. */
export async function writeRecording(file: string, recording: Recording): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const unfinished = `${file}.${process.pid}.part`
  await writeFile(unfinished, `${JSON.stringify(recording, null, 2)}\n`)
  await rename(unfinished, file)
}

/** Reads the file; throws `KobleError('recording_invalid')` when it cannot be read or is no recording. */
export async function readRecording(file: string): Promise<Recording> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new KobleError('recording_invalid', `The recording ${file} cannot be read.`, { cause })
  }
  if (!isRecording(content)) {
    throw new KobleError('recording_invalid', `${file} is no recording of the format ${recordingFormat}.`)
  }
  return content
}

function isRecording(content: unknown): content is Recording {
  const recording = content as Partial<Recording> | null
  return (
    recording?.format === recordingFormat &&
    Array.isArray(recording.redact?.fields) &&
    Array.isArray(recording.redact?.keep) &&
    typeof recording.bodyBytesMax === 'number' &&
    Array.isArray(recording.exchanges) &&
    recording.exchanges.every(
      (exchange: Partial<RecordedExchange> | null) =>
        typeof exchange?.request?.method === 'string' &&
        typeof exchange.request.path === 'string' &&
        exchange.request.bodySha256 !== undefined &&
        Number.isInteger(exchange.response?.status) &&
        typeof exchange.response?.headers === 'object' &&
        exchange.response.body !== undefined,
    )
  )
}
