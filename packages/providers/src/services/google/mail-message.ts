/** An e-mail as it is to be sent. Nothing in it can add a header or a part: see `mailMessage`. */
export interface MailMessage {
  /** Gmail takes the account's own address when absent. */
  from?: Mailbox | undefined
  to: readonly Mailbox[]
  cc?: readonly Mailbox[] | undefined
  bcc?: readonly Mailbox[] | undefined
  replyTo?: Mailbox | undefined
  subject: string
  text?: string | undefined
  html?: string | undefined
  attachments?: readonly Attachment[] | undefined
  /** The Message-ID, with its angle brackets, of what is answered. */
  inReplyTo?: string | undefined
  references?: readonly string[] | undefined
}

export interface Mailbox {
  /** ASCII, as `z.email` takes it. */
  email: string
  name?: string | undefined
}

export interface Attachment {
  filename: string
  contentType: string
  /** Base64. */
  content: string
}

/**
 * Writes a message in the Internet Message Format (RFC 5322) with MIME (RFC 2045 to 2049). Whatever is no plain ASCII goes
 * in encoded words, and all bodies in base64, in which no boundary can stand. Throws a RangeError for a header that would
 * have a line break or a control character in it, however it came there.
 */
export function mailMessage(message: MailMessage): Buffer {
  const lists = { To: message.to, Cc: message.cc, Bcc: message.bcc }
  const headers = [
    ...(message.from ? [header('From', mailbox(message.from))] : []),
    ...Object.entries(lists).flatMap(([name, list]) =>
      list?.length ? [header(name, list.map(mailbox).join(fold))] : [],
    ),
    ...(message.replyTo ? [header('Reply-To', mailbox(message.replyTo))] : []),
    header('Subject', words(message.subject)),
    ...(message.inReplyTo ? [header('In-Reply-To', message.inReplyTo)] : []),
    ...(message.references?.length ? [header('References', message.references.join('\r\n '))] : []),
    'MIME-Version: 1.0',
  ]
  return Buffer.from([...headers, bodyOf(message)].join('\r\n'))
}

const fold = ',\r\n '

/** Line breaks stand only where a header is folded. */
function header(name: string, value: string): string {
  if (!/^(?:[\x20-\x7E]|\r\n (?=[\x21-\x7E]))*$/.test(value)) throw new RangeError(`${name} cannot be written.`)
  return `${name}: ${value}`
}

function mailbox({ email, name }: Mailbox): string {
  if (/[^\x21-\x7E]|[<>,;"()]/.test(email)) throw new RangeError('An address cannot be written.')
  if (!name) return email
  return `${isPlain(name) ? quoted(name) : words(name)} <${email}>`
}

const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`

/** What a reader would take for an encoded word is encoded, too. */
const isPlain = (text: string) => /^[\x20-\x7E]*$/.test(text) && !text.includes('=?')

/** RFC 2047: a word has 75 characters at most, and no character is cut in two. */
function words(text: string): string {
  if (hasControls(text)) throw new RangeError('A text of one line cannot be written.')
  if (isPlain(text)) return text
  const pieces = ['']
  for (const character of text) {
    const longer = pieces.at(-1) + character
    if (Buffer.byteLength(longer) <= 45) pieces[pieces.length - 1] = longer
    else pieces.push(character)
  }
  return pieces.map((piece) => `=?UTF-8?B?${Buffer.from(piece).toString('base64')}?=`).join('\r\n ')
}

const hasControls = (text: string) => /\p{Cc}/u.test(text)

/** With the headers that say what it is. */
function bodyOf({ text, html, attachments = [] }: MailMessage): string {
  const shown = [
    ...(text === undefined && html !== undefined ? [] : [part('text/plain; charset=UTF-8', Buffer.from(text ?? ''))]),
    ...(html === undefined ? [] : [part('text/html; charset=UTF-8', Buffer.from(html))]),
  ]
  const body = shown.length === 1 ? String(shown[0]) : multipart('alternative', shown)
  return attachments.length === 0 ? body : multipart('mixed', [body, ...attachments.map(attachment)])
}

function attachment({ filename, contentType, content }: Attachment): string {
  if (hasControls(filename)) throw new RangeError('The name of a file cannot be written.')
  // Older programs read the first, all others the second (RFC 2231).
  const ascii = quoted(filename.replaceAll(/[^\x20-\x7E]/gu, '_'))
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
  const disposition = `attachment; filename=${ascii};\r\n filename*=UTF-8''${encoded}`
  return part(contentType, Buffer.from(content, 'base64'), [header('Content-Disposition', disposition)])
}

function part(contentType: string, content: Buffer, further: string[] = []): string {
  const lines = content.toString('base64').match(/.{1,76}/g) ?? []
  const headers = [header('Content-Type', contentType), 'Content-Transfer-Encoding: base64', ...further]
  return [...headers, '', ...lines].join('\r\n')
}

/** Base64 has no `_`, so the boundary stands in no part. */
function multipart(kind: 'alternative' | 'mixed', parts: string[]): string {
  const boundary = `=_koble_${kind}`
  const whole = parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${whole}--${boundary}--\r\n`
}
