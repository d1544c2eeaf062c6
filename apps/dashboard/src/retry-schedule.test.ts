import { expect, test } from 'vitest'
import { describeSchedule, readSchedule, scheduleText } from './retry-schedule.ts'

const usual = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]

test('shows a schedule in the largest units that leave no rest, and reads it back', () => {
  expect(scheduleText([...usual, 90, 86_400])).toBe('5s, 5m, 30m, 2h, 5h, 10h, 10h, 90s, 1d')
  expect(readSchedule(scheduleText(usual))).toEqual({ schedule: usual, error: null })
})

test('takes numbers without a unit as seconds, and an empty text as no retry', () => {
  expect(readSchedule('10 2M')).toEqual({ schedule: [10, 120], error: null })
  expect(readSchedule('  ')).toEqual({ schedule: [], error: null })
})

test('names the step that cannot be', () => {
  expect(readSchedule('5s, soon').error).toContain('"soon"')
  expect(readSchedule('0s').error).toContain('"0s"')
  expect(readSchedule('8d').error).toContain('"8d"')
  expect(readSchedule(Array(21).fill('1s').join()).error).toContain('At most 20')
})

test('says what a schedule comes to', () => {
  expect(describeSchedule(usual)).toBe('8 attempts; the last one about 1.1 days after the first.')
  expect(describeSchedule([60])).toBe('2 attempts; the last one about 1 minute after the first.')
  expect(describeSchedule([])).toContain('dead at once')
})
