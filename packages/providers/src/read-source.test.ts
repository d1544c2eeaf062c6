import { describe, expect, test } from 'vitest'
import type { Source } from './define-provider.ts'
import { matchHandshake, parseBody, readAccount, readPath, readSource } from './read-source.ts'

const delivery = {
  headers: { 'x-event': 'push', 'x-empty': '', 'x-many': ['one', 'two'] },
  query: { token: 'from query', list: ['a', 'b'] },
  body: { id: 7, type: 'made', nested: { flag: false, none: null }, value: [{ id: 'a' }, { id: 'b' }, { other: 1 }] },
}
const read = (source: Source) => readSource(source, delivery)

describe('readSource', () => {
  test('reads headers, query parameters, body values and constants as text', () => {
    expect(read({ header: 'x-event' })).toBe('push')
    expect(read({ header: 'x-many' })).toBe('one')
    expect(read({ query: 'token' })).toBe('from query')
    expect(read({ query: 'list' })).toBe('a')
    expect(read({ body: 'id' })).toBe('7')
    expect(read({ body: 'nested.flag' })).toBe('false')
    expect(read({ constant: '' })).toBe('')
  })

  test('finds nothing where there is nothing, or no text', () => {
    const nothing: Source[] = [
      { header: 'x-absent' },
      { header: 'x-empty' },
      { query: 'absent' },
      { body: 'nested.none' },
      { body: 'nested' },
      { body: 'constructor.name' },
      { query: 'toString' },
      [],
    ]
    for (const source of nothing) expect(read(source)).toBeUndefined()
    expect(readSource({ body: 'id' }, { ...delivery, body: undefined })).toBeUndefined()
  })

  test('takes the first of several places that has a value', () => {
    expect(read([{ body: 'absent' }, { body: 'type' }, { body: 'id' }])).toBe('made')
  })

  test('joins only when every part is there', () => {
    expect(read({ join: [{ header: 'x-event' }, [{ body: 'absent' }, { body: 'id' }]], with: ':' })).toBe('push:7')
    expect(read({ join: [{ header: 'x-event' }, { body: 'absent' }], with: ':' })).toBeUndefined()
  })

  test('reads from each item of a list only when every item has the value', () => {
    const { value, ...rest } = delivery.body
    const whole = { ...delivery, body: { ...rest, value: value.slice(0, 2) } }
    const source: Source = { each: 'value[]', of: { body: 'id' }, with: ',' }
    expect(readSource(source, whole)).toBe('a,b')
    expect(read(source)).toBeUndefined()
    expect(readSource(source, { ...delivery, body: { value: [] } })).toBeUndefined()
    expect(readSource(source, { ...delivery, body: { value: [{ id: 'a' }, null] } })).toBeUndefined()
  })
})

describe('readPath', () => {
  test.each([
    ['a.b[].c', { a: { b: [{ c: 1 }, { d: 2 }, { c: 3 }] } }, [1, 3]],
    ['a[0].b', { a: [{ b: 'first' }, { b: 'second' }] }, ['first']],
    ['a[1][0]', { a: [[], ['inner']] }, ['inner']],
    ["x['@odata.etag']", { x: { '@odata.etag': 'W/"1"' } }, ['W/"1"']],
    ['a.b', { a: 'text' }, []],
    ['a[].b', { a: { 0: { b: 1 } } }, []],
    ['__proto__.x', {}, []],
  ])('%s', (path, value, expected) => {
    expect(readPath(value, path)).toEqual(expected)
  })
})

describe('parseBody', () => {
  const form = 'application/x-www-form-urlencoded; charset=utf-8'
  test('reads JSON whatever the content type claims, unless it is a form', () => {
    expect(parseBody(Buffer.from('{"a":1}'), 'text/plain')).toEqual({ a: 1 })
    expect(parseBody(Buffer.from('{"a":1}'), undefined)).toEqual({ a: 1 })
  })
  test('reads a form as its fields, and a form that wraps JSON as that JSON', () => {
    expect(parseBody(Buffer.from('command=%2Fdeploy&text='), form)).toEqual({ command: '/deploy', text: '' })
    expect(parseBody(Buffer.from('payload=%7B%22zen%22%3A%22calm%22%7D'), form)).toEqual({ zen: 'calm' })
    expect(parseBody(Buffer.from('payload=plain'), form)).toEqual({ payload: 'plain' })
  })
  test('answers undefined for a body that does not parse, and does not throw', () => {
    for (const body of ['', '{"a":', '<html>']) expect(parseBody(Buffer.from(body), 'application/json')).toBeUndefined()
  })
})

describe('matchHandshake', () => {
  const webhooks = {
    handshakes: [
      {
        when: { header: 'x-kind', body: 'type', equals: 'check' },
        reply: { body: 'challenge' },
        contentType: 'text/plain' as const,
        signed: true,
      },
    ],
  }
  const check = { headers: { 'x-kind': 'check' }, query: {}, body: { type: 'check', challenge: 'c' } }
  test('recognises a handshake only when every place agrees and there is something to echo', () => {
    expect(matchHandshake(webhooks, check)).toBe(webhooks.handshakes[0])
    expect(matchHandshake(webhooks, { ...check, headers: {} })).toBeUndefined()
    expect(matchHandshake(webhooks, { ...check, body: { type: 'check' } })).toBeUndefined()
    expect(matchHandshake(webhooks, { ...check, body: { type: 'event', challenge: 'c' } })).toBeUndefined()
    expect(matchHandshake({}, check)).toBeUndefined()
  })
})

describe('readAccount', () => {
  test('takes the first id and label there are, and lets the id stand in for a label', () => {
    expect(readAccount({ id: ['id'], label: ['mail', 'name'] }, { id: 3, mail: null, name: 'Kari' })).toEqual({
      id: '3',
      label: 'Kari',
    })
    expect(readAccount({ id: ['id'], label: ['name'] }, { id: 3 })).toEqual({ id: '3', label: '3' })
    expect(readAccount({ id: [], label: [] }, { id: 3 })).toEqual({ id: null, label: null })
  })
})
