import { afterAll, describe, expect, test } from 'vitest'
import { createPluginPool, PluginsBusy } from './plugin-pool.ts'

const pool = createPluginPool()
afterAll(() => pool.stop())

const event = JSON.stringify({ id: 'e', eventType: 'push', body: { amount: 12 } })
let calls = 0
/** One call, in a lane of its own unless one is named. */
const run = (code: string, { lane = `lane ${calls++}`, organizationId = 'a', timeoutMs = 1000 } = {}) =>
  pool.run({ code, event, timeoutMs, organizationId, lane })
/** What a plugin whose body is one expression returns. */
const made = async (expression: string) => {
  const { result, problem } = await run(`export default (event) => ({ data: ${expression} })`)
  return problem ?? JSON.parse(result ?? 'null').data
}

describe('a plugin', () => {
  test('is called with the event, and what it returns comes out as JSON', async () => {
    const code = 'export default ({ body }) => ({ eventType: "paid", data: { total: body.amount * 2 } })'
    expect(await run(code)).toMatchObject({
      result: '{"eventType":"paid","data":{"total":24}}',
      problem: null,
      log: [],
    })
  })

  test('may return nothing, and may be asynchronous', async () => {
    expect(await run('export default function () {}')).toMatchObject({ result: null, problem: null })
    expect(await run('export default () => null')).toMatchObject({ result: null, problem: null })
    const slowly = 'const later = Promise.resolve(1)\nexport default async () => ({ data: await later + await 1 })'
    expect(await run(slowly)).toMatchObject({ result: '{"data":2}', problem: null })
  })

  test('writes lines for people, of which the first are kept, those of a call that fails too', async () => {
    const code = `export default () => {
      console.log('seen', { a: 1 }, undefined, 1n, 'nul\\0')
      for (let index = 0; index < 100; index += 1) console.warn('x'.repeat(10_000))
      throw new Error('done')
    }`
    const { log, problem } = await run(code)
    expect(problem).toMatchObject({ code: 'plugin_failed', message: 'Error: done', line: 4 })
    expect(log[0]).toBe('seen {"a":1} undefined 1 nul')
    expect(log).toHaveLength(20)
    for (const line of log) expect(line.length).toBeLessThanOrEqual(300)
  })

  test.each([
    ['what cannot be read', 'export default () => {\n  return {{\n}', 'SyntaxError', 2],
    ['what fails while it is loaded', 'const a = 1\nnull.x', 'TypeError', 2],
    ['what exports no function', 'export const a = 1', 'TypeError', undefined],
    ['an import', 'import fs from "fs"\nexport default () => {}', 'ReferenceError', undefined],
  ])('is not taken when it is %s, and it is said where', async (_what, code, name, line) => {
    const { problem } = await pool.run({ code, event: null, timeoutMs: 1000, organizationId: 'a', lane: 'load' })
    expect(problem).toMatchObject({ code: 'plugin_failed', message: expect.stringContaining(name) })
    expect(problem?.line).toBe(line)
  })
})

describe('there is nothing to get hold of', () => {
  test.each([
    '[].constructor.constructor("return process")()',
    '(() => {}).constructor("return process")()',
    'console.log.constructor("return process")()',
    'console.log.constructor("return globalThis.constructor.constructor(\'return process\')()")()',
    'eval("require")("fs")',
    'new (Object.getPrototypeOf(async () => {}).constructor)("return process")().then((found) => found.env)',
    'fetch("http://127.0.0.1")',
    'setTimeout(() => {}, 1)',
    'performance.now()',
  ])('%s', async (expression) => {
    const code = `export default async (event) => ({ data: await (${expression}) })`
    expect((await run(code)).problem).toMatchObject({ code: 'plugin_failed' })
  })

  test('but the language', async () => {
    const names = await made(
      '["process", "require", "module", "fetch", "WebAssembly", "Atomics", "std", "os", "Worker", "navigator"].filter((name) => name in globalThis)',
    )
    expect(names).toEqual([])
    expect(await made('[typeof Date.now(), typeof Math.random(), [1, 2].at(-1), "å".normalize()]')).toEqual([
      'number',
      'number',
      2,
      'å',
    ])
  })

  test('not by way of an import while it runs', async () => {
    const code = 'export default async () => ({ data: Object.keys(await import("os")) })'
    expect((await run(code)).problem).toMatchObject({ code: 'plugin_failed' })
  })
})

test('nothing lives on from one call to the next, or goes from one organization to another', async () => {
  const spoil = `
    globalThis.count = (globalThis.count ?? 0) + 1
    Object.prototype.polluted = true
    Array.prototype.push = JSON.stringify = JSON.parse = Promise.prototype.then = () => 'mine'
    console.log = () => 'mine'
    export default () => ({ data: [globalThis.count, {}.polluted] })`
  const look = 'export default (event) => ({ data: [typeof globalThis.count, {}.polluted ?? null, event.body.amount] })'
  for (const organizationId of ['a', 'b']) {
    for (let round = 0; round < 4; round += 1) {
      expect(await run(spoil, { organizationId, lane: 'one' })).toMatchObject({ result: '{"data":[1,true]}' })
      expect(await run(look, { organizationId, lane: 'one' })).toMatchObject({
        result: '{"data":["undefined",null,12]}',
      })
    }
  }
})

describe('a plugin that takes too much fails by itself', () => {
  test.each([
    ['loops', 'while (true) {}'],
    ['loops in promises', 'return (async () => { while (true) await null })()'],
    ['loops and catches', 'for (;;) try { for (;;); } catch {}'],
    ['looks for a pattern for ever', '/^(a+)+$/.test("a".repeat(40) + "!")'],
    ['loops in a getter of what it returns', 'return { get data() { for (;;); } }'],
    ['throws what loops when it is looked at', 'throw new Proxy({}, { get() { for (;;); } })'],
    ['is held up in what nothing interrupts', 'Array.prototype.indexOf.call({ length: 9e15 }, 1)'],
  ])('for time when it %s', { timeout: 30_000 }, async (_what, body) => {
    const { problem } = await run(`export default () => { ${body} }`, { timeoutMs: 100 })
    expect(problem).toMatchObject({ code: 'plugin_timeout' })
    expect(await made('1 + 1')).toBe(2)
  })

  test.each([
    ['collects buffers', 'const a = []; while (true) a.push(new ArrayBuffer(10_000))'],
    ['collects objects', 'const a = []; while (true) a.push({})'],
    ['collects texts', 'const a = []; while (true) a.push("x".repeat(100_000) + a.length)'],
    ['makes a huge text', 'return { data: "x".repeat(500_000_000) }'],
    ['makes a huge buffer', 'new ArrayBuffer(100_000_000)'],
  ])('for memory when it %s', { timeout: 30_000 }, async (_what, body) => {
    const { problem } = await run(`export default () => { ${body} }`)
    expect(problem).toMatchObject({ code: 'plugin_memory' })
    expect(await made('1 + 1')).toBe(2)
  })

  test('but not for memory that it gives back', async () => {
    const body =
      'for (let at = 0; at < 100; at += 1) new ArrayBuffer(1_000_000); return { data: "x".repeat(100_000).length }'
    expect(await run(`export default () => { ${body} }`)).toMatchObject({ result: '{"data":100000}', problem: null })
  })

  test('for memory when the event is larger than it can hold', async () => {
    const large = JSON.stringify({ body: 'x'.repeat(4 * 1024 * 1024) })
    const call = { code: 'export default () => {}', event: large, timeoutMs: 1000, organizationId: 'a', lane: 'large' }
    expect((await pool.run(call)).problem).toMatchObject({ code: 'plugin_memory' })
  })

  test.each([
    ['recurses', 'const f = () => f() + 1; f()'],
    ['nests deeply', 'JSON.parse("[".repeat(100_000))'],
    ['has nested code read', '(0, eval)("(".repeat(100_000))'],
    ['waits for ever', 'return new Promise(() => {})'],
    ['throws a text', 'throw "no"'],
    ['throws nothing', 'throw null'],
    ['throws what cannot be told', 'throw { get stack() { throw 1 }, toString() { throw 2 } }'],
  ])('when it %s', async (_what, body) => {
    const { problem } = await run(`export default () => { ${body} }`)
    expect(problem).toMatchObject({ code: 'plugin_failed', message: expect.stringMatching(/./) })
    expect(await made('1 + 1')).toBe(2)
  })

  test.each([
    ['no object', 'return 12'],
    ['a function', 'return () => {}'],
    ['what is too large', 'return { data: "x".repeat(1_000_000) }'],
    ['what goes round in circles', 'const a = {}; a.a = a; return { data: a }'],
    ['what refuses to be JSON', 'return { data: { toJSON() { throw new Error("never") } } }'],
    ['what becomes nothing', 'return { toJSON() {} }'],
    ['a number that JSON has not', 'return { data: 1n }'],
  ])('when it returns %s', async (_what, body) => {
    const { problem, result } = await run(`export default () => { ${body} }`)
    expect({ code: problem?.code, result }).toEqual({ code: 'plugin_output_invalid', result: null })
  })
})

describe('many calls', () => {
  const looping = 'export default () => { for (;;); }'
  const quick = 'export default () => ({ data: 1 })'

  test('of a plugin that loops keep no other waiting, and most are given back with a time to come again', async () => {
    const order: string[] = []
    const slow = Array.from({ length: 100 }, () =>
      run(looping, { lane: 'looping', organizationId: 'slow', timeoutMs: 300 }).then(
        ({ problem }) => order.push(problem?.code ?? 'none'),
        (error: unknown) => {
          expect(error).toBeInstanceOf(PluginsBusy)
          return (error as PluginsBusy).retryAfterMs
        },
      ),
    )
    const others = Array.from({ length: 20 }, (_, index) =>
      run(quick, { lane: `quick ${index % 4}`, organizationId: `org ${index % 3}` }).then(() => order.push('quick')),
    )
    const [back] = await Promise.all([Promise.all(slow), ...others])
    expect(order.filter((one) => one === 'quick')).toHaveLength(20)
    // The last of the others was not behind more than the first few.
    expect(order.lastIndexOf('quick')).toBeLessThan(26)
    const times = back.filter((answer) => answer > 100)
    expect(times.length).toBeGreaterThan(50)
    expect(new Set(times).size).toBe(times.length)
  })

  test('of a quick plugin are all let in', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, () => run(quick, { lane: 'many' })))
    expect(many.every(({ result }) => result === '{"data":1}')).toBe(true)
  })
})

test('none is begun when the node stops', async () => {
  const stopping = createPluginPool()
  await stopping.stop()
  const call = { code: '', event: null, timeoutMs: 100, organizationId: 'a', lane: 'b' }
  await expect(stopping.run(call)).rejects.toMatchObject({ code: 'shutting_down' })
})
