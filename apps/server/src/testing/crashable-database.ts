import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedDatabase } from '../database/embedded.ts'
import { createDataDir } from './data-dir.ts'
import { postmasterOf } from './program.ts'

/** A PostgreSQL of a test's own that can be ended without notice. */
export interface CrashableDatabase {
  url: string
  /** SIGQUIT is what `pg_ctl stop -m immediate` sends: no check point, no goodbye. SIGKILL leaves that to its children. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>
  /** Starts it again at the same address, which recovers what was committed. */
  restart(): Promise<void>
  /** Ends it and removes what it stored. */
  remove(): Promise<void>
}

const triesMax = 60
const pauseMs = 250

/** Starts it as Koble does, with these settings beside: commits that are to wait for the disk do so. */
export async function startCrashableDatabase(flags: string[] = []): Promise<CrashableDatabase> {
  const dataDir = createDataDir()
  const { url } = await startEmbeddedDatabase(dataDir.path, flags).catch(async (error) => {
    await dataDir.remove()
    throw error
  })
  return {
    url,
    async crash(signal) {
      const pid = postmasterOf(dataDir.path)
      if (pid === null) throw new Error('There is no database to end.')
      process.kill(pid, signal)
      while (isAlive(pid)) await sleep(20)
    },
    async restart() {
      for (let tries = 1; ; tries += 1) {
        try {
          const again = await startEmbeddedDatabase(dataDir.path, flags)
          if (again.url === url) return
          await again.stop()
          throw new Error(`The database came back at another address than ${new URL(url).host}`)
        } catch (error) {
          // Its children may still be on the way out, and hold its memory.
          if (tries === triesMax) throw error
          await sleep(pauseMs)
        }
      }
    },
    remove: () => dataDir.remove(),
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
