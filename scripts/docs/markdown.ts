/** A fenced block of code. */
export interface CodeBlock {
  language: string
  code: string
  /** The line of its first line of code, from 1. */
  line: number
}

export interface Link {
  target: string
  line: number
}

/** The fenced code blocks of a Markdown text, in order. */
export function readCodeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { fence: string; language: string; line: number; lines: string[] } | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(line)
    if (open === null) {
      if (fence) open = { fence: fence[1] ?? '', language: fence[2] ?? '', line: index + 2, lines: [] }
    } else if (fence && fence[2] === '' && fence[1]?.startsWith(open.fence)) {
      blocks.push({ language: open.language, code: open.lines.join('\n'), line: open.line })
      open = null
    } else {
      open.lines.push(line)
    }
  }
  return blocks
}

/** The text with every fenced block emptied, so that line numbers stay. */
export function withoutCodeBlocks(text: string): string {
  let inside = false
  return text
    .split('\n')
    .map((line) => {
      const fence = /^\s*(`{3,}|~{3,})/.test(line)
      if (fence) inside = !inside
      return inside || fence ? '' : line
    })
    .join('\n')
}

/** Links and images, those of embedded HTML too. */
export function readLinks(text: string): Link[] {
  const links: Link[] = []
  for (const [index, line] of withoutCodeBlocks(text).split('\n').entries()) {
    const prose = line.replace(/`[^`]*`/g, '')
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g))
      links.push({ target, line: index + 1 })
    for (const [, target = ''] of prose.matchAll(/\b(?:src|href|srcset)="([^"]+)"/g))
      links.push({ target, line: index + 1 })
  }
  return links
}

/** What stands between backticks in prose. */
export function readInlineCode(text: string): { code: string; line: number }[] {
  return withoutCodeBlocks(text)
    .split('\n')
    .flatMap((line, index) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => ({ code, line: index + 1 })))
}

/** The anchors that the headings of a text get. */
export function readAnchors(text: string): Set<string> {
  const headings = [...withoutCodeBlocks(text).matchAll(/^#{1,6}\s+(.+)$/gm)]
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

/** Puts `content` between the marker comments of `name`; throws when the text has none. */
export function replaceGenerated(text: string, name: string, content: string): string {
  const start = `<!-- generated:${name} (npm run docs) -->`
  const end = `<!-- /generated:${name} -->`
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`The markers ${start} … ${end} are missing`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}
