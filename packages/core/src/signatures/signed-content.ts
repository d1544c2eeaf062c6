/** Where a value stands in a request: a header, a query parameter, or a field of a JSON or form body (a JSON path). */
export type Place = { header: string } | { query: string } | { field: string }

/** Where the signature stands. */
export type SignaturePlace = (
  | { header: string; query?: undefined; field?: undefined }
  | { query: string; header?: undefined; field?: undefined }
  | { field: string; header?: undefined; query?: undefined }
) & {
  /** What stands before the signature: `sha256=`, `v0=`. */
  prefix?: string
  /** Further headers with a signature over the same content, as Box sends one for each of two keys. */
  alternateHeaders?: readonly string[]
  /** Headers that must have exactly this value, such as the scheme's version or algorithm. */
  requiredHeaders?: Readonly<Record<string, string>>
}

/** `unix` in seconds, `unix_ms` in milliseconds, `rfc3339` as 2020-01-01T00:00:00-07:00, `http_date` in GMT (RFC 9110). */
export type TimestampFormat = 'unix' | 'unix_ms' | 'rfc3339' | 'http_date'

/** What is signed. */
export interface SignedContent {
  /**
   * The signed text, in which stand:
   *
   * - `{body}`: the raw bytes, at most once. `{crc32}`: their CRC-32 as a decimal number.
   * - `{timestamp}`, `{id}`, `{bodyHash}`: as `timestamp`, `id` and `bodyHash` below read them.
   * - `{method}`, `{url}` (without a fragment), `{uri}` (path and query), `{path}`, `{host}` (with a port that is not the
   *   scheme's): of the URL the caller passes. Where the signature itself is in the query, it is left out.
   * - `{fields}`: as `fields` below puts them together.
   * - `{header:x-name}`, `{query:name}`, `{field:a.b}`: one value each.
   * - `{secret}`: for certificates, our id at the provider.
   *
   * Default `{body}`. A content that leaves the body out is refused unless `bodyUnsigned` says that it is known.
   */
  signedContent?: string
  /** Where the signed time stands, and its form (default `unix`). */
  timestamp?: Place & { format?: TimestampFormat }
  /** Time and signatures share the header as `t=…,v1=…,v1=…`; pairs with other keys are ignored. */
  pairs?: { timestampKey: string; signatureKey: string }
  /**
   * How far the signed time may be from now, in either direction. Default 300. `any` is for providers whose retries
   * after hours keep the first time: such a signature is valid for ever, so use `verifyOnce` or the events' own ids.
   */
  toleranceSeconds?: number | 'any'
  /** The header with the delivery's signed id. */
  id?: { header: string }
  /**
   * A place with the body's SHA-256, which is checked against the raw body. With `{fields}` in the content it is needed
   * only for bodies that have no fields (Twilio's JSON).
   */
  bodyHash?: ({ header: string } | { query: string }) & { encoding: 'hex' | 'base64' }
  /** All fields of the request, sorted by name, each as `pair` says; a name's repeated values once each, and sorted. */
  fields?: {
    /** Which kinds there may be: a form body, the top level of a JSON body, and, where there is no body, the query. */
    from: readonly ('form' | 'json' | 'query')[]
    /** `{name}{value}`, `&{name}={value}`. */
    pair: string
    /** Characters of values that are replaced by another text. */
    replace?: { characters: string; by: string }
  }
  /** The provider signs nothing of the body; what it says is to be read again from the provider's API. */
  bodyUnsigned?: true
  /** `json_ascii` accepts a signature over the body with `/` and all beyond ASCII escaped as PHP does, too (Box). */
  alsoSignedAs?: 'json_ascii'
  url?: {
    /** Characters whose percent-encoding is undone before signing (HubSpot). */
    unescape?: string
    /** `either`: the provider may or may not have signed the scheme's own port (Twilio). Default: as passed. */
    port?: 'as_passed' | 'either'
  }
}
