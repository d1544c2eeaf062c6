import { expect, test } from 'vitest'
import { parseMarkdown } from './parse-markdown.ts'

test('reads headings, paragraphs, lists and code in their order', () => {
  const source = '# Title\n\nOne\ntwo.\n\n1. First\n   goes on\n2. Second\n\n- a\n- b\n\n```sh\n# no heading\n```\nEnd'
  expect(parseMarkdown(source)).toEqual([
    { type: 'heading', level: 1, content: [{ type: 'text', text: 'Title' }] },
    { type: 'paragraph', content: [{ type: 'text', text: 'One two.' }] },
    {
      type: 'list',
      ordered: true,
      items: [[{ type: 'text', text: 'First goes on' }], [{ type: 'text', text: 'Second' }]],
    },
    { type: 'list', ordered: false, items: [[{ type: 'text', text: 'a' }], [{ type: 'text', text: 'b' }]] },
    { type: 'code', text: '# no heading' },
    { type: 'paragraph', content: [{ type: 'text', text: 'End' }] },
  ])
})

test('keeps the items of a list together across empty lines', () => {
  expect(parseMarkdown('1. a\n\n2. b\n\nc')).toHaveLength(2)
})

test('reads code, strong, emphasis and links within a line', () => {
  expect(parseMarkdown('Open [the page](https://x.test/a), choose **New** or `new`, *then* <https://y.test>.')).toEqual(
    [
      {
        type: 'paragraph',
        content: [
          { type: 'text', text: 'Open ' },
          { type: 'link', text: 'the page', href: 'https://x.test/a' },
          { type: 'text', text: ', choose ' },
          { type: 'strong', text: 'New' },
          { type: 'text', text: ' or ' },
          { type: 'code', text: 'new' },
          { type: 'text', text: ', ' },
          { type: 'emphasis', text: 'then' },
          { type: 'text', text: ' ' },
          { type: 'link', text: 'https://y.test', href: 'https://y.test' },
          { type: 'text', text: '.' },
        ],
      },
    ],
  )
})

test.each(['javascript:alert(1)', 'data:text/html,x', '//evil.test', 'vbscript:x'])('makes no link to %s', (href) => {
  expect(parseMarkdown(`[click](${href})`)[0]).not.toMatchObject({ content: [{ type: 'link' }] })
})

test('leaves HTML as the text it is', () => {
  expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([
    { type: 'paragraph', content: [{ type: 'text', text: '<img src=x onerror=alert(1)>' }] },
  ])
})

test('ends however the code fence is left open', () => {
  expect(parseMarkdown('```\nopen')).toEqual([{ type: 'code', text: 'open' }])
})

test('leaves names with underscores alone', () => {
  expect(parseMarkdown('user_read_email')[0]).toEqual({
    type: 'paragraph',
    content: [{ type: 'text', text: 'user_read_email' }],
  })
})
