import { validate, version } from 'uuid'
import { expect, test } from 'vitest'
import { firstIdOf, timedId, timeOfId } from './uuid-time.ts'

test('each id is a UUIDv7, greater than the one before, and carries the time it comes with', () => {
  let before = ''
  for (let i = 0; i < 5_000; i += 1) {
    const { id, at } = timedId()
    expect(validate(id) && version(id) === 7).toBe(true)
    expect(id > before).toBe(true)
    expect(timeOfId(id)).toEqual(at)
    before = id
  }
})

test('an id that is dated back carries that moment, and those after it go on from now', () => {
  const now = timedId()
  const back = timedId(now.at.getTime() - 60_000)
  expect(timeOfId(back.id).getTime()).toBe(now.at.getTime() - 60_000)
  expect(back.id < now.id).toBe(true)
  expect(timedId().id > now.id).toBe(true)
})

test('ids of one moment differ, however many are made', () => {
  const atMs = Date.now() - 1_000
  const ids = Array.from({ length: 5_000 }, () => timedId(atMs).id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => id >= firstIdOf(new Date(atMs)) && id < firstIdOf(new Date(atMs + 1)))).toBe(true)
})
