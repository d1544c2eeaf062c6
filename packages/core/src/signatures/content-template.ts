import { schemeError } from './scheme-error.ts'

const SIMPLE = [
  'body',
  'crc32',
  'timestamp',
  'id',
  'bodyHash',
  'method',
  'url',
  'uri',
  'path',
  'host',
  'fields',
  'secret',
] as const
const NAMED = ['header', 'query', 'field'] as const

/** A piece of the signed content: literal text (no kind), or a placeholder, some of which name what they read. */
export type ContentPart =
  | { kind: 'text'; text: string }
  | { [Kind in (typeof SIMPLE)[number]]: { kind: Kind } }[(typeof SIMPLE)[number]]
  | { kind: (typeof NAMED)[number]; name: string }

/**
 * The parts of a template such as `v0:{timestamp}:{body}`.
 *
 * @throws KobleError `signature_scheme_invalid` on a brace that belongs to no known placeholder.
 */
export function contentParts(template: string): ContentPart[] {
  return template.split(/(\{[^{}]*\})/).flatMap((piece, index): ContentPart[] => {
    if (index % 2 === 0) {
      if (/[{}]/.test(piece)) throw schemeError('has a brace without its fellow')
      return piece === '' ? [] : [{ kind: 'text', text: piece }]
    }
    const [kind, name] = split(piece.slice(1, -1))
    if (name === undefined && isOneOf(SIMPLE, kind)) return [{ kind } as ContentPart]
    if (name && isOneOf(NAMED, kind)) return [{ kind, name: kind === 'header' ? name.toLowerCase() : name }]
    throw schemeError('signs a placeholder that does not exist')
  })
}

function split(placeholder: string): [string, string?] {
  const colon = placeholder.indexOf(':')
  return colon === -1 ? [placeholder] : [placeholder.slice(0, colon), placeholder.slice(colon + 1)]
}

function isOneOf<Kind extends string>(kinds: readonly Kind[], kind: string): kind is Kind {
  return (kinds as readonly string[]).includes(kind)
}
