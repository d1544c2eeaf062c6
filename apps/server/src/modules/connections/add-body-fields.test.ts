import { expect, test } from 'vitest'
import { addBodyFields } from './add-body-fields.ts'

const fields = { api_key: 'k3y' }

test('joins a JSON object, whatever the caller put in its place', () => {
  const added = addBodyFields(
    Buffer.from('{"a":[1],"api_key":"mine"}'),
    'application/vnd.x+json; charset=utf-8',
    fields,
  )
  expect(JSON.parse(added.body.toString())).toEqual({ a: [1], api_key: 'k3y' })
  expect(added.contentType).toBe('application/vnd.x+json; charset=utf-8')
})

test('joins a form without touching its other fields', () => {
  const { body } = addBodyFields(Buffer.from('a=1&a=2&api_key=mine'), 'application/x-www-form-urlencoded', fields)
  expect(body.toString()).toBe('a=1&a=2&api_key=k3y')
})

test('is the body where there is none', () => {
  expect(addBodyFields(null, undefined, fields)).toEqual({
    body: Buffer.from('{"api_key":"k3y"}'),
    contentType: 'application/json',
  })
})

test.each([
  ['[1]', 'application/json'],
  ['{', 'application/json'],
  ['plain', 'text/plain'],
  ['{}', undefined],
])('refuses %s of type %s', (body, type) => {
  expect(() => addBodyFields(Buffer.from(body), type, fields)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})
