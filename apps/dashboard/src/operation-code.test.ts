import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { curlOf, typescriptOf } from './operation-code.ts'

const call = (input: unknown) => ({
  baseUrl: 'https://koble.example',
  connectionId: 'c-1',
  provider: 'vipps-payment',
  operation: 'createPayment',
  input,
})
const awkward = {
  plain: 'Hei',
  quotes: `it's "so" \\ and \\" and\nmore`,
  'not a name': [1, null, true, { deep: ['x'.repeat(80)] }],
  ['__proto__']: 'kept',
}

describe('the code of a run', () => {
  test('in TypeScript names provider and operation as the SDK does', () => {
    expect(typescriptOf(call({ amount: '100.00', text: 'Hei' }))).toBe(
      [
        `import { createKoble } from '@koble/sdk'`,
        '',
        'const koble = createKoble({',
        `  baseUrl: 'https://koble.example',`,
        '  apiKey: process.env.KOBLE_API_KEY,',
        '})',
        'const output = await koble',
        `  .connection('c-1')`,
        '  .vippsPayment.createPayment({',
        `    amount: '100.00',`,
        `    text: 'Hei',`,
        '  })',
      ].join('\n'),
    )
    expect(typescriptOf(call({}))).toContain('.createPayment()')
    expect(typescriptOf(call({ to: ['a', 1] }))).toContain(`.createPayment({ to: ['a', 1] })`)
  })

  test('in TypeScript carries every value as it is', () => {
    const code = typescriptOf(call(awkward))
    const literal = code.slice(code.indexOf('createPayment(') + 'createPayment('.length, -1)
    const output = execFileSync(process.execPath, ['-e', `process.stdout.write(JSON.stringify(${literal}))`])
    expect(JSON.parse(output.toString())).toEqual(JSON.parse(JSON.stringify(awkward)))
    expect(literal).toContain(`plain: 'Hei'`)
  })

  test('for a shell carries every value as it is', () => {
    const command = curlOf(call(awkward)).replace(/^curl -X POST/, `printf '%s\\0'`)
    const words = execFileSync('sh', ['-c', command]).toString().split('\0')
    expect(words[0]).toBe('https://koble.example/api/connections/c-1/operations/createPayment')
    expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(JSON.parse(JSON.stringify({ input: awkward })))
  })
})
