import { expect, test } from 'vitest'
import { occurrences, readRecurrence } from './google-recurrence.ts'
import { rfc3339 } from './google-time.ts'
import { Refusal } from './stand-in.ts'

const zone = 'Europe/Oslo'
const wall = (text: string) => Date.parse(`${text}Z`)
const times = (lines: string[], first = '2027-01-31T09:00:00', before = '2028-06-01T00:00:00') =>
  occurrences(readRecurrence(lines), wall(first), zone, wall(before)).map((instant) =>
    rfc3339(instant, zone).slice(0, 16),
  )

test.each<[rule: string, first: string, expected: string[]]>([
  [
    'FREQ=DAILY;INTERVAL=2;COUNT=3',
    '2027-03-27T09:00:00',
    ['2027-03-27T09:00', '2027-03-29T09:00', '2027-03-31T09:00'],
  ],
  [
    'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270112',
    '2027-01-08T09:00:00',
    ['2027-01-08T09:00', '2027-01-11T09:00', '2027-01-12T09:00'],
  ],
  [
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4',
    '2027-01-12T09:00:00',
    ['2027-01-12T09:00', '2027-01-17T09:00', '2027-01-26T09:00', '2027-01-31T09:00'],
  ],
  // Months without a 31st have none.
  ['FREQ=MONTHLY;COUNT=3', '2027-01-31T09:00:00', ['2027-01-31T09:00', '2027-03-31T09:00', '2027-05-31T09:00']],
  ['FREQ=MONTHLY;BYDAY=-1FR;COUNT=2', '2027-01-29T09:00:00', ['2027-01-29T09:00', '2027-02-26T09:00']],
  ['FREQ=MONTHLY;BYDAY=2TU;UNTIL=20270209T080000Z', '2027-01-12T09:00:00', ['2027-01-12T09:00', '2027-02-09T09:00']],
  ['FREQ=MONTHLY;BYDAY=2TU;UNTIL=20270209T075959Z', '2027-01-12T09:00:00', ['2027-01-12T09:00']],
  ['FREQ=YEARLY', '2024-02-29T09:00:00', ['2024-02-29T09:00', '2028-02-29T09:00']],
])('%s, from %s', (rule, first, expected) => {
  expect(times([`RRULE:${rule}`], first)).toEqual(expected)
})

test('excluded times are left out, and counted all the same', () => {
  const lines = ['RRULE:FREQ=DAILY;COUNT=4', 'EXDATE;TZID=Europe/Oslo:20270201T090000,20270203T090000']
  expect(times(lines)).toEqual(['2027-01-31T09:00', '2027-02-02T09:00'])
  expect(times(['RRULE:FREQ=DAILY;COUNT=2', 'EXDATE:20270131T080000Z'])).toEqual(['2027-02-01T09:00'])
})

test('a rule that never fits ends with the time that is asked for', () => {
  expect(times(['RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO'], '2027-01-12T09:00:00')).toEqual([])
})

test.each([
  ...[
    'FREQ=HOURLY',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=WEEKLY;BYDAY=XX',
    'FREQ=WEEKLY;BYDAY=2MO',
  ],
  ...['FREQ=MONTHLY;BYMONTHDAY=15', 'FREQ=YEARLY;BYDAY=MO', 'COUNT=3', 'FREQ=DAILY\nRDATE:20270101', ''],
])('refuses "%s" rather than to show other times than Google', (rule) => {
  expect(() => readRecurrence(`RRULE:${rule}`.split('\n'))).toThrow(Refusal)
})

test.each(['EXDATE;TZID=Mars:20270101T090000', 'EXDATE:soon', 'EXRULE:FREQ=DAILY'])(
  'refuses %s beside a good rule',
  (line) => {
    expect(() => readRecurrence(['RRULE:FREQ=DAILY', line])).toThrow(Refusal)
  },
)
