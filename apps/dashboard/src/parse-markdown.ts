/** A piece of a line. */
export type Inline =
  | { type: 'text' | 'code' | 'strong' | 'emphasis'; text: string }
  | { type: 'link'; text: string; href: string }

/** A piece of a text that stands by itself. */
export type Block =
  | { type: 'heading'; level: 1 | 2 | 3 | 4; content: Inline[] }
  | { type: 'paragraph'; content: Inline[] }
  | { type: 'list'; ordered: boolean; items: Inline[][] }
  | { type: 'code'; text: string }

const listItem = /^\s*(?:[-*]|(\d+)[.)])\s+(.*)$/

/**
 * The part of Markdown that set-up guides are written in: headings, paragraphs, flat lists, fenced code; within a line
 * code, strong, emphasis and links. HTML stays text, and a link leads nowhere but to http and https.
 */
export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = []
  const lines = source.replace(/\r\n?/g, '\n').split('\n')
  let paragraph: string[] = []
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', content: parseInline(paragraph.join(' ')) })
    paragraph = []
  }

  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const heading = /^(#{1,4})\s+(.*?)\s*#*$/.exec(line)
    if (line.startsWith('```')) {
      endParagraph()
      const end = lines.findIndex((candidate, index) => index > at && candidate.startsWith('```'))
      const last = end === -1 ? lines.length : end
      blocks.push({ type: 'code', text: lines.slice(at + 1, last).join('\n') })
      at = last
    } else if (heading) {
      endParagraph()
      const level = heading[1]?.length as 1 | 2 | 3 | 4
      blocks.push({ type: 'heading', level, content: parseInline(heading[2] ?? '') })
    } else if (listItem.test(line) && paragraph.length === 0) {
      const list = readList(lines, at)
      blocks.push(list.block)
      at = list.last
    } else if (line.trim() === '') {
      endParagraph()
    } else {
      paragraph.push(line.trim())
    }
  }
  endParagraph()
  return blocks
}

function readList(lines: string[], first: number): { block: Block; last: number } {
  const ordered = /^\s*\d/.test(lines[first] ?? '')
  const items: string[] = []
  let at = first
  for (; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const item = listItem.exec(line)
    if (item && (item[1] !== undefined) === ordered) items.push(item[2] ?? '')
    else if (/^\s+\S/.test(line) && !item) items.push(`${items.pop() ?? ''} ${line.trim()}`)
    else if (line.trim() !== '' || !listItem.test(lines[at + 1] ?? '')) break
  }
  return { block: { type: 'list', ordered, items: items.map(parseInline) }, last: at - 1 }
}

const inline =
  /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|<(https?:\/\/[^>\s]+)>|\*([^*\s][^*]*)\*|\b_([^_]+)_\b/g

function parseInline(source: string): Inline[] {
  const parts: Inline[] = []
  let from = 0
  for (const match of source.matchAll(inline)) {
    if (match.index > from) parts.push({ type: 'text', text: source.slice(from, match.index) })
    const [whole, code, strong, label, target, address, starred, underlined] = match
    const href = target ?? address
    if (code !== undefined) parts.push({ type: 'code', text: code })
    else if (strong !== undefined) parts.push({ type: 'strong', text: strong })
    else if (href !== undefined && /^https?:\/\//i.test(href)) parts.push({ type: 'link', text: label ?? href, href })
    else if (href !== undefined) parts.push({ type: 'text', text: label ?? whole })
    else parts.push({ type: 'emphasis', text: starred ?? underlined ?? whole })
    from = match.index + whole.length
  }
  if (from < source.length) parts.push({ type: 'text', text: source.slice(from) })
  return parts
}
