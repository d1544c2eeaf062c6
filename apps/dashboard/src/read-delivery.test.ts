import { expect, test } from 'vitest'
import { readDelivery } from './read-delivery.ts'

test.each([
  ['lines', 'X-Signature: a=b: c\nContent-Type:application/json\n'],
  ['the marks of curl', '> X-Signature: a=b: c\r\n> Content-Type: application/json'],
  ['JSON', '{"X-Signature": "a=b: c", "content-type": ["application/json"]}'],
])('reads headers written as %s', (_name, text) => {
  expect(readDelivery(text)).toMatchObject({
    headers: { 'x-signature': 'a=b: c', 'content-type': 'application/json' },
    body: null,
    unread: [],
  })
})

test('reads a whole request', () => {
  expect(readDelivery('POST /hook HTTP/1.1\r\nhost: a.example\r\n\r\n{"a":1}\n\n{}')).toEqual({
    method: 'POST',
    headers: { host: 'a.example' },
    body: '{"a":1}\n\n{}',
    unread: [],
  })
})

test('says which lines are no header', () => {
  expect(readDelivery('a: 1\nnonsense').unread).toEqual(['nonsense'])
})
