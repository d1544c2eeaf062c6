import { expect, test } from 'vitest'
import { startTestKoble } from '../../testing/test-koble.ts'

test('nodes that start on an empty database in the same moment make one organization', async () => {
  const koble = await startTestKoble({ jobs: false })
  const beside = await startTestKoble({ beside: koble, jobs: false })
  try {
    await koble.testDatabase.query('TRUNCATE organizations CASCADE')
    const nodes = [koble, beside, koble, beside]
    const outcomes = await Promise.all(nodes.map((node) => node.services.organizations.bootstrap()))
    expect(outcomes.filter((outcome) => outcome.created)).toHaveLength(1)
    expect(new Set(outcomes.map((outcome) => outcome.organization.id)).size).toBe(1)
    expect(await koble.testDatabase.query('SELECT slug FROM organizations')).toEqual([{ slug: 'default' }])
  } finally {
    await beside.stop()
    await koble.stop()
  }
})
