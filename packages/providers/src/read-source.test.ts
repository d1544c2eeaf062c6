import { describe, expect, test } from 'vitest'
import type { Source } from './define-provider.ts'
import { readAccount, readSource } from './read-source.ts'

const content = {
  id: 7,
  type: 'made',
  nested: { flag: false, none: null },
  value: [{ id: 'a' }, { id: 'b' }, { other: 1 }],
}
const delivery = {
  headers: { 'x-event': 'push', 'x-empty': '', 'x-many': ['one', 'two'] },
  url: 'https://koble.example/in?token=from%20query&list=a&list=b&empty=',
  body: Buffer.from(JSON.stringify(content)),
}
const withBody = (body: unknown) => ({ ...delivery, body: Buffer.from(JSON.stringify(body)) })
const read = (source: Source) => readSource(source, delivery)

describe('readSource', () => {
  test('reads headers, query parameters, body values and constants as text', () => {
    expect(read({ header: 'x-event' })).toBe('push')
    expect(read({ header: 'x-many' })).toBe('one')
    expect(read({ query: 'token' })).toBe('from query')
    expect(read({ query: 'list' })).toBe('a')
    expect(read({ field: 'id' })).toBe('7')
    expect(read({ field: 'nested.flag' })).toBe('false')
    expect(read({ constant: '' })).toBe('')
  })

  test('finds nothing where there is nothing, or no text', () => {
    const nothing: Source[] = [
      { header: 'x-absent' },
      { header: 'x-empty' },
      { query: 'absent' },
      { field: 'nested.none' },
      { field: 'nested' },
      { field: 'constructor.name' },
      { query: 'toString' },
      { query: 'empty' },
      [],
    ]
    for (const source of nothing) expect(read(source)).toBeUndefined()
    for (const body of ['', '{"id":', '<html>']) {
      expect(readSource({ field: 'id' }, { ...delivery, body: Buffer.from(body) }), body).toBeUndefined()
    }
    expect(readSource({ query: 'token' }, { ...delivery, url: undefined })).toBeUndefined()
  })

  test('takes the first of several places that has a value', () => {
    expect(read([{ field: 'absent' }, { field: 'type' }, { field: 'id' }])).toBe('made')
  })

  test('joins only when every part is there', () => {
    expect(read({ join: [{ header: 'x-event' }, [{ field: 'absent' }, { field: 'id' }]], with: ':' })).toBe('push:7')
    expect(read({ join: [{ header: 'x-event' }, { field: 'absent' }], with: ':' })).toBeUndefined()
  })

  test('reads from each item of a list only when every item has the value', () => {
    const source: Source = { each: 'value[]', of: { field: 'id' }, with: ',' }
    expect(readSource(source, withBody({ value: content.value.slice(0, 2) }))).toBe('a,b')
    expect(read(source)).toBeUndefined()
    expect(readSource(source, withBody({ value: [] }))).toBeUndefined()
    expect(readSource(source, withBody({ value: 'text' }))).toBeUndefined()
    expect(readSource(source, withBody({ value: [{ id: 'a' }, null] }))).toBeUndefined()
  })

  const readForm = (fields: Record<string, string>, field: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    return readSource({ field }, { headers, body: Buffer.from(new URLSearchParams(fields).toString()) })
  }
  test('reads a form by the names of its fields', () => {
    expect(readForm({ command: '/deploy', text: '' }, 'command')).toBe('/deploy')
    expect(readForm({ 'user.name': 'Kari' }, 'user.name')).toBe('Kari')
    expect(readForm({ command: '/deploy', text: '' }, 'text')).toBeUndefined()
  })

  test('reads a form that wraps JSON as that JSON', () => {
    expect(readForm({ payload: '{"team":{"id":"T1"}}' }, 'team.id')).toBe('T1')
    expect(readForm({ payload: 'plain' }, 'payload')).toBe('plain')
  })
})

describe('readAccount', () => {
  test('takes the first id and label there are, and lets the id stand in for a label', () => {
    expect(readAccount({ id: ['id'], label: ['mail', 'name'] }, { id: 3, mail: null, name: 'Kari' })).toEqual({
      id: '3',
      label: 'Kari',
    })
    const listed = { data: [{ id: 'first' }, { id: 'second' }] }
    expect(readAccount({ id: ['data[0].id'], label: [] }, listed)).toEqual({ id: 'first', label: 'first' })
    expect(readAccount({ id: ['id'], label: ['name'] }, { id: 3 })).toEqual({ id: '3', label: '3' })
    expect(readAccount({ id: [], label: [] }, { id: 3 })).toEqual({ id: null, label: null })
  })
})
