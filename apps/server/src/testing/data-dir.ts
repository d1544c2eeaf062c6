import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killLeftDatabase } from './program.ts'

const prefix = 'koble-test-data-'
/** Holds the process id of the run that made the folder. */
const ownerFile = 'owner'

/** An empty data directory, which the embedded database's own user may enter. */
export function createDataDir(): { path: string; remove(): Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), prefix))
  chmodSync(path, 0o755)
  writeFileSync(join(path, ownerFile), String(process.pid))
  return { path, remove: () => remove(path) }
}

/** Removes what runs that were killed have left behind, their databases included. */
export async function removeAbandonedDataDirs(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = join(tmpdir(), name, ownerFile)
    if (!name.startsWith(prefix) || !existsSync(owner)) continue
    if (!isAlive(Number(readFileSync(owner, 'utf8')))) await remove(join(tmpdir(), name))
  }
}

async function remove(path: string): Promise<void> {
  await killLeftDatabase(path)
  rmSync(path, { recursive: true, force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
