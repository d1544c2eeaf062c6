import { expect, test } from 'vitest'
import { formatBytes, formatClock, formatDuration, formatRelativeTime } from './format-time.ts'

const now = Date.parse('2026-03-10T12:00:00.000Z')

test.each([
  ['2026-03-10T11:59:55.000Z', 'just now'],
  ['2026-03-10T11:59:20.000Z', '40 seconds ago'],
  ['2026-03-10T11:57:01.000Z', '2 minutes ago'],
  ['2026-03-10T14:00:00.000Z', 'in 2 hours'],
  ['2026-03-09T11:00:00.000Z', 'yesterday'],
  ['2025-01-01T00:00:00.000Z', 'last year'],
])('tells %s as "%s"', (at, words) => {
  expect(formatRelativeTime(at, now)).toBe(words)
})

test('writes durations and sizes in the unit that keeps them short', () => {
  expect([formatDuration(12.4), formatDuration(1449)]).toEqual(['12 ms', '1.4 s'])
  expect([formatBytes(512), formatBytes(3482), formatBytes(5_242_880)]).toEqual(['512 B', '3.4 KiB', '5.0 MiB'])
})

test('gives the time of today with seconds, and of other days with the day', () => {
  const noon = new Date(2026, 2, 10, 12, 0, 7)
  expect(formatClock(noon.toISOString(), noon.getTime() + 1000)).toMatch(/12:00:07/)
  const dayLater = formatClock(noon.toISOString(), noon.getTime() + 86_400_000)
  expect(dayLater).toMatch(/10.*12:00/)
  expect(dayLater).not.toContain('12:00:07')
})
