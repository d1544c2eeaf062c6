import { describe, expect, test } from 'vitest'
import { type MailMessage, mailMessage } from './mail-message.ts'

const to = [{ email: 'ola@example.com' }]
const write = (message: Partial<MailMessage>) => mailMessage({ to, subject: 'Hei', text: 'Hei', ...message }).toString()

/** Names of the headers, folded lines being part of the one before. */
const headersOf = (written: string) => {
  const [head = ''] = written.split('\r\n\r\n')
  return head.replaceAll('\r\n ', ' ').split('\r\n')
}
const headerOf = (written: string, name: string) =>
  headersOf(written)
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2)
const decodeWords = (value = '') =>
  value
    .split(' ')
    .map((word) => Buffer.from(/^=\?UTF-8\?B\?(.+)\?=$/.exec(word)?.[1] ?? '', 'base64').toString())
    .join('')

describe('headers', () => {
  test('are those of the message, whatever its texts say', () => {
    const text = 'Hei\r\n\r\nBcc: eve@example.com\r\n--=_koble_mixed--'
    const written = write({ text, html: text, from: { email: 'kari@example.com', name: 'Kari "K" \\ Nordmann' } })
    expect(headersOf(written).map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      ...['From', 'To', 'Subject', 'MIME-Version', 'Content-Type'],
    ])
    expect(headerOf(written, 'From')).toBe('"Kari \\"K\\" \\\\ Nordmann" <kari@example.com>')
    expect(written.match(/eve@/)).toBeNull()
  })

  test.each<[string, Partial<MailMessage>]>([
    ['a subject with a line break', { subject: 'Hei\r\nBcc: eve@example.com' }],
    ['a subject with a folded line', { subject: 'Hei\r\n Bcc: eve@example.com' }],
    ['a bare line feed among other letters', { subject: 'Blåbær\nBcc: eve@example.com' }],
    ['a name with a line break', { to: [{ email: 'ola@example.com', name: 'Ola\r\nBcc: eve@example.com' }] }],
    ['a name with a null', { to: [{ email: 'ola@example.com', name: 'Ola\0' }] }],
    ['an address with a line break', { to: [{ email: 'ola@example.com\r\nBcc:eve@example.com' }] }],
    ['an address that is two', { cc: [{ email: 'ola@example.com,eve@example.com' }] }],
    ['an address in brackets', { replyTo: { email: 'x>,<eve@example.com' } }],
    ['a message id with a line break', { inReplyTo: '<a@b>\r\nBcc: eve@example.com' }],
    ['a type with a line break', { attachments: [{ filename: 'a', contentType: 'a/b\r\nX-Evil: 1', content: '' }] }],
    [
      'a file name with a line break',
      { attachments: [{ filename: 'a\r\nX-Evil: 1', contentType: 'a/b', content: '' }] },
    ],
  ])('are refused for %s, even when nothing checked it before', (_what, message) => {
    expect(() => write(message)).toThrow(RangeError)
  })

  test('carry any language in words of at most 75 characters, none of which cuts a letter in two', () => {
    const subject = 'Blåbær på tur 🫐 '.repeat(12).trim()
    const value = headerOf(write({ subject }), 'Subject')
    expect(decodeWords(value)).toBe(subject)
    for (const word of value?.split(' ') ?? []) {
      expect(word.length).toBeLessThanOrEqual(75)
      expect(decodeWords(word)).not.toContain('\uFFFD')
    }
    expect(
      Math.max(
        ...write({ subject })
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100)
  })

  test('show a text that looks like an encoded word as it was written', () => {
    const subject = '=?UTF-8?B?SGVp?='
    expect(decodeWords(headerOf(write({ subject }), 'Subject'))).toBe(subject)
  })
})

describe('bodies', () => {
  const partsOf = (written: string, kind: string) =>
    written.split(new RegExp(`--=_koble_${kind}(?:--)?\\r\\n`)).slice(1, -1)
  const decode = (part = '') => Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64').toString()

  test('offer the plain text before the HTML', () => {
    const parts = partsOf(write({ text: 'Blåbær', html: '<b>Blåbær</b>' }), 'alternative')
    expect(parts.map((part) => [part.split(';')[0], decode(part)])).toEqual([
      ['Content-Type: text/plain', 'Blåbær'],
      ['Content-Type: text/html', '<b>Blåbær</b>'],
    ])
  })

  test('carry files beside them, under names that every program can read', () => {
    const content = Buffer.from('--=_koble_mixed--\r\n'.repeat(40)).toString('base64')
    const file = { filename: 'blå "b".csv', contentType: 'text/csv', content }
    const written = write({ text: 'Hei', attachments: [file] })
    const parts = partsOf(written, 'mixed')
    expect(parts).toHaveLength(2)
    expect(decode(parts[0])).toBe('Hei')
    expect(decode(parts[1])).toBe(Buffer.from(content, 'base64').toString())
    expect(parts[1]).toContain(`filename="bl_ \\"b\\".csv";\r\n filename*=UTF-8''bl%C3%A5%20%22b%22.csv`)
    for (const line of written.split('\r\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
})
