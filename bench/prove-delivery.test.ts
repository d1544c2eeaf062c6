import { expect, test } from 'vitest'
import { runChaos } from './delivery-chaos/run-chaos.ts'

test('everything acknowledged is stored and ends in a definite state, in order, while each node, the database and every receiver fail once', {
  timeout: 240_000,
}, async () => {
  const told: string[] = []
  const report = await runChaos({
    seed: 1,
    perSecond: 40,
    seconds: 2,
    pace: { rest: [300, 2_500], node: [50, 300], database: [50, 300], receiver: [300, 1_500], most: 1 },
    untilFaultsAreOver: true,
    drainWithinMs: 120_000,
    tell: (text) => void told.push(text),
  })
  expect(report.violations, told.join('\n')).toEqual([])
  expect(report.counts).toMatchObject({ acknowledged: report.sent })
  // Of each kind one, so that it is known what the run has gone through.
  const faults = report.faults.map(({ what }) => what.replace(/:.*/, '').replace(/ SIG.*/, ''))
  expect(new Set(faults)).toEqual(
    new Set([
      'node api was killed',
      'node all was killed',
      'node worker was killed',
      'database was ended by',
      'receiver fails',
      'receiver hangs',
      'receiver refuses',
    ]),
  )
  for (const state of [
    'event completed',
    'delivery delivered',
    'delivery filtered',
    'delivery dead',
    'delivery parked',
  ]) {
    expect(report.counts, state).toHaveProperty([state])
  }
})
