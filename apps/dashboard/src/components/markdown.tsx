import { Fragment, useMemo } from 'react'
import { type Block, type Inline, parseMarkdown } from '../parse-markdown.ts'
import { CodeBlock } from './code-block.tsx'

/** A set-up guide. Everything becomes elements of React, nothing is taken as HTML. */
export function Markdown({ source }: { source: string }) {
  const blocks = useMemo(() => parseMarkdown(source), [source])
  return (
    <div className="space-y-3 text-ink-soft">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text have no other identity
        <BlockView key={index} block={block} />
      ))}
    </div>
  )
}

/** A line of text with what may stand within one: code, emphasis, links. */
export function InlineMarkdown({ source }: { source: string }) {
  const block = parseMarkdown(source)[0]
  return block?.type === 'paragraph' ? <Line content={block.content} /> : source
}

function BlockView({ block }: { block: Block }) {
  if (block.type === 'code') return <CodeBlock text={block.text} label="Example" />
  if (block.type === 'heading') {
    // The page's own headings stand above those of the guide.
    const Heading = block.level <= 2 ? 'h3' : 'h4'
    return (
      <Heading className="pt-1 font-semibold text-ink">
        <Line content={block.content} />
      </Heading>
    )
  }
  if (block.type === 'list') {
    const List = block.ordered ? 'ol' : 'ul'
    return (
      <List className={`space-y-1.5 pl-5 marker:text-ink-faint ${block.ordered ? 'list-decimal' : 'list-disc'}`}>
        {block.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the items of a text have no other identity
          <li key={index}>
            <Line content={item} />
          </li>
        ))}
      </List>
    )
  }
  return (
    <p>
      <Line content={block.content} />
    </p>
  )
}

function Line({ content }: { content: Inline[] }) {
  return content.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line have no other identity
    <Fragment key={index}>
      <Part part={part} />
    </Fragment>
  ))
}

function Part({ part }: { part: Inline }) {
  switch (part.type) {
    case 'code':
      return <code className="rounded bg-sunken px-1 py-px font-mono text-xs text-ink wrap-anywhere">{part.text}</code>
    case 'strong':
      return <strong className="font-semibold text-ink">{part.text}</strong>
    case 'emphasis':
      return <em>{part.text}</em>
    case 'link':
      return (
        <a
          href={part.href}
          target="_blank"
          rel="noopener noreferrer"
          className="text-accent-ink underline underline-offset-2"
        >
          {part.text}
        </a>
      )
    default:
      return part.text
  }
}
