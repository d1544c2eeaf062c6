import type { ReadableBody } from './decoded-body.ts'
import type { HeaderFields } from './headers.ts'

interface FetchAnswer {
  status: number
  statusText: string
  headers: HeaderFields
  /** `null` for answers that have none by definition. */
  body: ReadableBody | null
  url: string
  redirected: boolean
}

/**
 * A `Response` whose body and headers are made into streams and objects only when somebody asks for them as such: most
 * callers read an answer with one `json()`, and the platform's stream costs them more than all the rest of the call.
 * Measured on Node 24: 5.5 µs for a `Response` of a buffer and as much again for reading it. It is an instance of
 * `Response` by its prototype and has all of its members itself; the platform's constructor, which makes a dozen
 * objects that nobody would use, is left out.
 */
class FetchResponse {
  readonly #answer: FetchAnswer
  #headers: Headers | undefined
  /** From the moment somebody wants the stream, the platform's own response does all that concerns the body. */
  #platform: Response | undefined
  #used = false

  constructor(answer: FetchAnswer) {
    this.#answer = answer
  }

  get status(): number {
    return this.#answer.status
  }

  get statusText(): string {
    return this.#answer.statusText
  }

  get ok(): boolean {
    return this.#answer.status >= 200 && this.#answer.status < 300
  }

  get url(): string {
    return this.#answer.url
  }

  get redirected(): boolean {
    return this.#answer.redirected
  }

  get type(): 'basic' {
    return 'basic'
  }

  get headers(): Headers {
    this.#headers ??= toHeaders(this.#answer.headers)
    return this.#headers
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#answer.body === null ? null : this.#asPlatform().body
  }

  get bodyUsed(): boolean {
    return this.#platform?.bodyUsed ?? this.#used
  }

  text(): Promise<string> {
    return this.#platform?.text() ?? this.#collect().then(decodeUtf8)
  }

  json(): Promise<unknown> {
    return this.text().then((text) => JSON.parse(text))
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#platform !== undefined) return new Uint8Array(await this.#platform.arrayBuffer())
    // A copy of its own: the bytes lie in a buffer that other answers may share.
    return new Uint8Array(await this.#collect())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer
  }

  async blob(): Promise<Blob> {
    return this.#asPlatform().blob()
  }

  async formData(): Promise<FormData> {
    return this.#asPlatform().formData()
  }

  clone(): Response {
    const { url, redirected } = this.#answer
    return Object.defineProperties(this.#asPlatform().clone(), {
      url: { value: url },
      redirected: { value: redirected },
    })
  }

  #collect(): Promise<Buffer> {
    if (this.#used) return Promise.reject(new TypeError('Body is unusable: Body has already been read'))
    const { body } = this.#answer
    if (body === null) return Promise.resolve(Buffer.alloc(0))
    this.#used = true
    return body.collect()
  }

  #asPlatform(): Response {
    if (this.#platform !== undefined) return this.#platform
    if (this.#used) throw new TypeError('Body is unusable: Body has already been read')
    const { status, statusText, body } = this.#answer
    this.#platform = new Response(body?.stream() ?? null, { status, statusText, headers: this.headers })
    return this.#platform
  }
}

Object.setPrototypeOf(FetchResponse.prototype, Response.prototype)

/** Makes the `Response` for an answer; its status is from 200 to 599. */
export function createFetchResponse(answer: FetchAnswer): Response {
  return new FetchResponse(answer) as unknown as Response
}

function toHeaders(fields: HeaderFields): Headers {
  const headers = new Headers()
  for (const name in fields) {
    const value = fields[name] as string | string[]
    if (typeof value === 'string') headers.append(name, value)
    else for (const one of value) headers.append(name, one)
  }
  return headers
}

/** As the platform decodes text: UTF-8 without its byte order mark. */
function decodeUtf8(bytes: Buffer): string {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return bytes.toString('utf8', start)
}
