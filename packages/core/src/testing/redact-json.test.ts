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

  test('takes no time to speak of, whatever it is given', () => {
    for (const hostile of [
      '"'.repeat(200_001),
      '"\\'.repeat(100_000),
      '['.repeat(500_000),
      '{"secret":'.repeat(50_000),
      '1'.repeat(500_000),
      '"a" '.repeat(100_000),
    ]) {
      const started = performance.now()
      redact(hostile)
      expect(performance.now() - started, hostile.slice(0, 10)).toBeLessThan(500)
    }
  })
})

function leavesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]
}
