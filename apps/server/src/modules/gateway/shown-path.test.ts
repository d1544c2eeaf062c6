import { expect, test } from 'vitest'
import { shownPath } from './shown-path.ts'

test.each([
  [{ path: 'things/1?token=secret' }, '/things/1'],
  [{ path: '//things#secret' }, '/things'],
  [{ path: '/things\n?a\nb' }, '/things\n'],
  [{ path: '' }, '/'],
  [{ path: '', url: 'https://user:secret@api.example.com/v1/things?key=secret#x' }, '/v1/things'],
  [{ path: 'a'.repeat(5_000) }, `/${'a'.repeat(1_999)}`],
])('of %j shows %s', (call, shown) => expect(shownPath(call)).toBe(shown))
