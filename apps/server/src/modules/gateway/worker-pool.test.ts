import { afterAll, describe, expect, test } from 'vitest'
import type { Facts, Step } from './expression-context.ts'
import type { RequestToCheck } from './request-rules.ts'
import { createWorkerPool, JobFailure, JobTimeout } from './worker-pool.ts'

const pool = createWorkerPool()
afterAll(() => pool.stop())

const facts: Facts = { method: 'POST', path: '/things', query: { a: '1' }, headers: { 'x-a': 'b' } }
const body = (expression: string, path = 't'): Step => ({ path, part: 'body', expression })
const evaluate = (steps: Step[], input: unknown = null, lane = 'a', timeoutMs = 2_000) =>
  pool.run('evaluate', { steps, facts, body: input === null ? null : JSON.stringify(input) }, { lane, timeoutMs })

/** Goes on for ever, and takes no memory for it. */
const endless = '($f := function($n) { $n < 0 ? 1 : $f($n + 1) }; $f(1))'

describe('expressions', () => {
  test('make a body, a query and headers, each seeing what the one before made', async () => {
    const made = await evaluate(
      [
        { path: 'q', part: 'query', expression: '{"page": body.page, "tags": ["a", "b"], "old": query.a}' },
        { path: 'h', part: 'headers', expression: '{"X-Page": query.page, "x-a": null}' },
        body('{"items": body.items.{"id": $string(id)}, "method": method, "page": headers."x-page"}'),
      ],
      { page: 2, items: [{ id: 1 }, { id: 2 }] },
    )
    expect(made).toEqual({
      query: { page: '2', tags: ['a', 'b'], old: '1' },
      headers: { 'x-page': '2' },
      body: '{"items":[{"id":"1"},{"id":"2"}],"method":"POST","page":"2"}',
    })
  })

  test('say where they fail', async () => {
    expect(await evaluate([body('body.a + "x"', 'transforms.3.request.body')], { a: 1 })).toEqual({
      problem: { path: 'transforms.3.request.body', message: expect.stringMatching(/\(position \d+\)$/) },
    })
    const problems = await pool.run(
      'checkExpressions',
      { steps: [body('a'), body('{"a": '), body('$$(', 'other')] },
      {
        lane: 'a',
        timeoutMs: 2_000,
      },
    )
    expect(problems.map(({ path }) => path)).toEqual(['t', 'other'])
    expect(problems[0]?.message).toMatch(/\(position \d+\)$/)
    const query: Step = { path: 't', part: 'query', expression: '[1, 2]' }
    expect(await evaluate([query])).toEqual({ problem: { path: 't', message: 'It makes no object of texts.' } })
  })

  test('know the whole language, base64 and dates included', async () => {
    const expression =
      '[$base64encode("blåbær"), $base64decode("YmzlYuZy"), $fromMillis(0), $eval("1 + 1"), $uppercase("a")]'
    const made = await evaluate([body(expression)])
    expect('body' in made && JSON.parse(made.body ?? '')).toEqual([
      Buffer.from('blåbær', 'latin1').toString('base64'),
      'blåbær',
      '1970-01-01T00:00:00.000Z',
      2,
      'A',
    ])
  })

  test.each([
    'body.constructor',
    '$sum.constructor',
    '"".constructor.constructor("return process")()',
    '$lookup($, "__proto__")',
    '$lookup(body, "constructor")',
    'process',
    'globalThis',
    '$eval("process.env")',
    '$require("fs")',
    '(body ~> |$|{"__proto__": {"polluted": true}}|).polluted',
  ])('cannot get hold of anything but their input: %s', async (expression) => {
    const made = await evaluate([body(expression)], { a: 1 })
    if ('body' in made) expect(made.body).toBeNull()
    else expect(made).toHaveProperty('problem')
    expect(await evaluate([body('{"polluted": polluted, "a": body.a}')], { a: 1 })).toMatchObject({ body: '{"a":1}' })
  })

  test('that never end are ended, and the next ones are served', async () => {
    await expect(evaluate([body(endless)], null, 'a', 250)).rejects.toThrow(JobTimeout)
    expect(await evaluate([body('1 + 1')])).toMatchObject({ body: '2' })
  })

  test('that take all the memory bring down their own process only', async () => {
    const hoard = '{"a": [1..9999999], "b": [1..9999999], "c": [1..9999999]}'
    await expect(evaluate([body(hoard)], null, 'a', 30_000)).rejects.toThrow(JobFailure)
    expect(await evaluate([body('2 + 2')])).toMatchObject({ body: '4' })
  }, 60_000)
})

test('one organization’s slow jobs take turns with another’s, and its queue is bounded', async () => {
  const order: string[] = []
  const slow = Array.from({ length: 6 }, () =>
    evaluate([body(endless)], null, 'slow', 100).catch(() => order.push('slow')),
  )
  const quick = evaluate([body('1')], null, 'quick').then(() => order.push('quick'))
  await Promise.all([...slow, quick])
  expect(order.indexOf('quick')).toBeLessThan(4)
  const many = Array.from({ length: 100 }, () => evaluate([body('1')], null, 'many'))
  const settled = await Promise.allSettled(many)
  const refused = settled.filter((one) => one.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'bulkhead_full' })
})

describe('documents', () => {
  const check = (document: object) =>
    pool.run('checkOpenapi', { text: JSON.stringify(document) }, { lane: 'a', timeoutMs: 5_000 })
  const withSchema = (schema: object, openapi = '3.1.0') => ({
    openapi,
    paths: { '/x': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
  })

  test.each([
    [{ swagger: '2.0', paths: {} }, /only versions 3.0 and 3.1/],
    [{ openapi: '3.1.0' }, /paths: there are none/],
    [withSchema({ $ref: 'https://example.com/schema.json' }), /leads out of the document/],
    [withSchema({ $ref: 'other.json#/a' }), /leads out of the document/],
    [withSchema({ $ref: '#/components/schemas/Missing' }), /there is no/],
    [withSchema({ type: 'nonsense' }), /type/],
    [withSchema({ type: 'string', pattern: '(' }), /regular expression/i],
  ])('that cannot be used are refused: %j', async (document, message) => {
    expect(await check(document)).toMatch(message)
  })

  test('whose patterns take for ever stop no one but the request they were asked about', async () => {
    const text = JSON.stringify(withSchema({ type: 'string', pattern: '^(a+)+$' }))
    const request: RequestToCheck = {
      method: 'POST',
      paths: ['/x'],
      query: '',
      headers: {},
      filled: [],
      body: JSON.stringify(`${'a'.repeat(40)}!`),
      contentType: 'application/json',
    }
    await pool.run('validate', { key: 'k', text, request: null }, { lane: 'a', timeoutMs: 5_000 })
    await expect(pool.run('validate', { key: 'k', text, request }, { lane: 'a', timeoutMs: 250 })).rejects.toThrow(
      JobTimeout,
    )
    expect(await evaluate([body('1 + 1')])).toMatchObject({ body: '2' })
  })
})
