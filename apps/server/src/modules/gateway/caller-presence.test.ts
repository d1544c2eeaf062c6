import { expect, test, vi } from 'vitest'
import { CallerPresence } from './caller-presence.ts'

test('a call hears once that its caller went away, and why', () => {
  const caller = new CallerPresence()
  const listener = { handleEvent: vi.fn() }
  caller.addEventListener('abort', listener)
  expect(caller.aborted).toBe(false)
  caller.leave()
  caller.leave()
  expect(listener.handleEvent).toHaveBeenCalledOnce()
  expect(caller.aborted).toBe(true)
  expect(caller.reason).toBeInstanceOf(Error)
})

test('a call that is over hears nothing', () => {
  const caller = new CallerPresence()
  const [over, underWay] = [{ handleEvent: vi.fn() }, { handleEvent: vi.fn() }]
  caller.addEventListener('abort', over)
  caller.addEventListener('abort', underWay)
  caller.removeEventListener('abort', over)
  caller.leave()
  expect(over.handleEvent).not.toHaveBeenCalled()
  expect(underWay.handleEvent).toHaveBeenCalledOnce()
})
