import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { plainArray, textArray, timeArray } from './array-literal.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('PostgreSQL reads any text as it was', async () => {
  const texts = ['', ' ', 'NULL', null, 'null', '"', '\\', '\\"', '{a,b}', "it's", 'a,b', '\n\t\u0001', '✓ 🎉', '\\N']
  const rows = await database.query('SELECT $1::text[] AS texts', [textArray(texts)])
  expect(rows).toEqual([{ texts }])
})

test('PostgreSQL reads ids, numbers, truth values and moments as they were', async () => {
  const ids = ['0198c3a5-1f2b-7c3d-8e4f-5a6b7c8d9e0f', null]
  const moment = new Date('2026-11-21T19:00:00.123Z')
  const rows = await database.query(
    `SELECT $1::uuid[]::text[] AS ids, $2::float8[] AS numbers, $3::bool[] AS truths,
       'epoch'::timestamptz + ($4::bigint[])[1] * interval '1 millisecond' AS moment, $4::bigint[] AS times`,
    [plainArray(ids), plainArray([1.5, -1e-9, 1e21, null]), plainArray([true, false, null]), timeArray([moment, null])],
  )
  expect(rows).toEqual([
    {
      ids,
      numbers: [1.5, -1e-9, 1e21, null],
      truths: [true, false, null],
      moment,
      times: [String(moment.getTime()), null],
    },
  ])
})

test('an empty array stays one', async () => {
  expect(await database.query('SELECT $1::text[] AS a, $2::uuid[] AS b', [textArray([]), plainArray([])])).toEqual([
    { a: [], b: [] },
  ])
})
