import { describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { createMemoryStore } from './state-store.ts'

describe('the memory store', () => {
  const create = () => ({ count: 0 })
  const add = (state: { count: number }) => {
    state.count += 1
    return state.count
  }

  it('keeps a state until nobody has touched it for its time', async () => {
    const clock = createManualClock()
    const store = createMemoryStore({ clock })
    expect(store.update('a', create, add, 100)).toBe(1)
    await clock.advance(99)
    expect(store.update('a', create, add, 100)).toBe(2)
    await clock.advance(100)
    expect(store.update('a', create, add, 100)).toBe(1)
  })

  it('keeps so many and no more, those touched last', async () => {
    const clock = createManualClock()
    const store = createMemoryStore({ clock, keysMax: 10 })
    for (let key = 0; key < 1_000; key += 1) {
      store.update('kept', create, add, 10_000)
      store.update(`key ${key}`, create, add, 10_000)
      await clock.advance(1)
    }
    expect(store.update('kept', create, add, 10_000)).toBe(1_001)
    expect(store.update('key 999', create, add, 10_000)).toBe(2)
    expect(store.update('key 0', create, add, 10_000)).toBe(1)
  })
})
