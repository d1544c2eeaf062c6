/**
 * From the start of the program to the moment it listens, on a data directory that was used before: `node
 * bench/start-to-ready.ts`. The embedded PostgreSQL and the local stand-ins are started along with it.
 */
import { stopChildren, temporaryFolder } from './measure/child.ts'
import { startKoble } from './measure/koble.ts'
import { median } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

const starts = 5

/** The first start, which makes the database, is shown for reading; the median of the later ones counts. */
export async function benchStartToReady(): Promise<Comparison[]> {
  const folder = temporaryFolder('start')
  const timed = async () => {
    const startedAt = performance.now()
    const koble = await startKoble('start', { dataDir: folder.path })
    const seconds = (performance.now() - startedAt) / 1000
    const answer = await fetch(`${koble.origin}/readyz`)
    if (!answer.ok) throw new Error(`It said that it is ready, but /readyz answered ${answer.status}`)
    await koble.stop()
    return seconds
  }
  try {
    const first = await timed()
    const warm: number[] = []
    for (let start = 0; start < starts; start++) warm.push(await timed())
    return [
      compare('s, first start', first, null),
      compare('s, warm data directory', median(warm), { most: 3 }),
      compare('s, slowest of them', Math.max(...warm), null),
    ]
  } finally {
    await stopChildren()
    folder.remove()
  }
}

function compare(measure: string, seconds: number, budget: Comparison['budget']): Comparison {
  return {
    bench: 'start to ready',
    measure,
    floor: null,
    koble: seconds,
    judged: { name: 'seconds', value: seconds },
    budget,
  }
}

if (import.meta.main) printTable(await benchStartToReady())
