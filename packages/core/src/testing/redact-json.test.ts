import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactJson } from './redact-json.ts'

const told: string[] = []
const rules = {
  isSecret: (name: string) => /secret/.test(name),
  clean: (value: string) => value.replace('canary', 'X'),
  onSecret: (value: string) => told.push(value),
}
const redact = (json: string) => redactJson(json, rules)

describe('redaction of JSON', () => {
  test.each([
    ['{"secret":"a","b":"c"}', '{"secret":"[redacted]","b":"c"}'],
    ['{"secret" : 12.5e3 , "b":-1}', '{"secret" : "[redacted]" , "b":-1}'],
    [
      '{"secrets":{"a":["b",{"c":1}],"d":null,"e":true},"f":"g"}',
      '{"secrets":{"a":["[redacted]",{"c":"[redacted]"}],"d":null,"e":true},"f":"g"}',
    ],
    ['{"secret":""}', '{"secret":""}'],
    ['["canary","\\u0063anary","{\\"a\\""]', '["X","X","{\\"a\\""]'],
    ['{"a":{"secret":"x"},"a":["secret","y"]}', '{"a":{"secret":"[redacted]"},"a":["secret","y"]}'],
    ['{"s\\u0065cret":"x"}', '{"s\\u0065cret":"[redacted]"}'],
    ['{"secret":"a"}\n{"secret":"b"}\n', '{"secret":"[redacted]"}\n{"secret":"[redacted]"}\n'],
    [
      'event: e\ndata: {"secret":"a\\"b","n":1}\n\ndata: [1]\n\n',
      'event: e\ndata: {"secret":"[redacted]","n":1}\n\ndata: [1]\n\n',
    ],
    ['{"secret":"no end', '{"secret":"no end'],
    [']]}}{"secret":"a"}', ']]}}{"secret":"[redacted]"}'],
  ])('%s', (json, expected) => expect(redact(json)).toBe(expected))

  test('tells the secrets as they are meant, not as they are written', () => {
    told.length = 0
    redact('{"secret":"a\\u0062\\n","c":"d"}')
    expect(told).toEqual(['ab\n'])
  })

  test('keeps numbers and layout to the byte', () => {
    const json = '{ "id": 12345678901234567890, "n": 1.10e+2,\n\t"list": [ 1,2 ,{} ] }'
    expect(redact(json)).toBe(json)
  })

  test('leaves no string and no number beneath a secret field, in whatever JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify({ other: value, secret: value })
        const after = JSON.parse(redact(before))
        for (const leaf of leavesOf(after.secret)) expect(['[redacted]', '', true, false, null]).toContain(leaf)
        expect(JSON.stringify(after.other)).toBe(
          JSON.stringify(JSON.parse(redact(JSON.stringify({ other: value }))).other),
        )
      }),
    )
  })

  test.each(['"', '"\\', '[', '{"secret":', '1', '"a" ', '{"secret":"a"}', '"secret', ':', '1e'])(
    'looks at each character of %j, over and over, no more than a few times',
    (hostile) => {
      for (const length of [1_000, 10_000]) {
        const { text, steps } = counted(hostile.repeat(length))
        redact(text)
        expect(steps()).toBeGreaterThan(0)
        expect(steps()).toBeLessThanOrEqual(6 * text.length)
      }
    },
  )
})

/** A text, and how many of its characters were looked at or copied; regular expressions go over it uncounted. */
function counted(text: string): { text: string; steps(): number } {
  let count = 0
  const proxy = new Proxy(Object(text), {
    get(_target, key) {
      if (key === 'length') return text.length
      if (key === Symbol.toPrimitive) return () => text
      if (key === 'slice') {
        return (start: number, end?: number) => {
          const part = text.slice(start, end)
          count += part.length
          return part
        }
      }
      if (typeof key !== 'string' || !/^\d+$/.test(key)) throw new Error(`It is not known what ${String(key)} costs`)
      count += 1
      return text[Number(key)]
    },
  })
  return { text: proxy, steps: () => count }
}

function leavesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]
}
