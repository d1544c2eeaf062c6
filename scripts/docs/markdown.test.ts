import { expect, test } from 'vitest'
import { readAnchors, readCodeBlocks, readInlineCode, readLinks, replaceGenerated } from './markdown.ts'

const text = `# Title: with \`code\`

See [the guide](docs/guide.md#two-words "why") and ![a picture](a.svg), \`[no](link)\`.
<img src="b.png">

\`\`\`sh
npm start # [no](link)
\`\`\`

## Two words

\`\`\`\`text
\`\`\`json
{}
\`\`\`
\`\`\`\`
`

test('finds code blocks with their language and first line, nested fences as text', () => {
  expect(readCodeBlocks(text)).toEqual([
    { language: 'sh', code: 'npm start # [no](link)', line: 7 },
    { language: 'text', code: '```json\n{}\n```', line: 13 },
  ])
})

test('finds links, images and embedded HTML, but none in code', () => {
  expect(readLinks(text)).toEqual([
    { target: 'docs/guide.md#two-words', line: 3 },
    { target: 'a.svg', line: 3 },
    { target: 'b.png', line: 4 },
  ])
})

test('finds inline code with its line', () => {
  expect(readInlineCode(text)).toEqual([
    { code: 'code', line: 1 },
    { code: '[no](link)', line: 3 },
  ])
})

test('makes anchors as code hosts do', () => {
  expect([...readAnchors(text)]).toEqual(['title-with-code', 'two-words'])
})

test('replaces what stands between the markers, again and again', () => {
  const document = 'before\n\n<!-- generated:list (npm run docs) -->\n\nold\n\n<!-- /generated:list -->\n\nafter\n'
  const once = replaceGenerated(document, 'list', '- new')
  expect(once).toBe('before\n\n<!-- generated:list (npm run docs) -->\n\n- new\n\n<!-- /generated:list -->\n\nafter\n')
  expect(replaceGenerated(once, 'list', '- new')).toBe(once)
  expect(() => replaceGenerated(document, 'other', '')).toThrow('markers')
})
