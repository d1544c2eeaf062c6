import { expect, test } from 'vitest'
import { prettyJson, tokenizeJson } from './json-tokens.ts'

test('tells keys, strings, numbers and words apart', () => {
  const tokens = tokenizeJson('{"a \\"b\\"": "c:d", "n": [-1.5e3, true, null]}').filter(({ kind }) => kind !== 'plain')
  expect(tokens.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'key "a \\"b\\""',
    'string "c:d"',
    'key "n"',
    'number -1.5e3',
    'word true',
    'word null',
  ])
})

test.each(['{"a":1}', '', 'no JSON at all: "x', '{"open": "never closed', '[\n  1,\n  "2"\n]'])(
  'loses nothing of %j',
  (source) => {
    expect(
      tokenizeJson(source)
        .map(({ text }) => text)
        .join(''),
    ).toBe(source)
  },
)

test('indents JSON objects and arrays, and leaves all else alone', () => {
  expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect([prettyJson('hello'), prettyJson('{"a":'), prettyJson('')]).toEqual([null, null, null])
})
