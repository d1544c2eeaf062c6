import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { apiError } from '../../http/problems.ts'
import type { Answers, JobKind, Jobs } from './worker-jobs.ts'

/** The job took longer than it may; its worker was ended. */
export class JobTimeout extends Error {
  override name = 'JobTimeout'
}

/** The job failed, or brought its worker down: it ran out of memory. */
export class JobFailure extends Error {
  override name = 'JobFailure'
}

/** Runs jobs of the settings' worker, a few at a time, each within its time. */
export interface WorkerPool {
  /**
   * Rejects with `JobTimeout` or `JobFailure`, and with `KobleError('bulkhead_full')` when too many wait. Those who wait
   * take turns by lane (an organization), so that slow jobs of one hold up nobody else's for long.
   */
  run<Kind extends JobKind>(
    kind: Kind,
    job: Jobs[Kind],
    options: { lane: string; timeoutMs: number },
  ): Promise<Answers[Kind]>
  stop(): Promise<void>
}

interface Waiting {
  kind: JobKind
  job: unknown
  timeoutMs: number
  resolve(answer: never): void
  reject(error: Error): void
}

const workersMax = Math.min(2, availableParallelism())
const waitingOfLaneMax = 64
const waitingMax = 512
/**
 * Its memory is bounded, and it may read files, to load its own code, and do nothing else to the machine. A thread would
 * not do: one large allocation beyond its bound ends the whole process, not the thread.
 */
const flags = ['--max-old-space-size=128', '--permission', '--allow-fs-read=*', '--disable-warning=SecurityWarning']
/** A worker needs as long to start on a busy machine. */
const startWithinMs = 10_000

/** Starts its workers when there is work, and again when one was ended. */
export function createWorkerPool(): WorkerPool {
  const lanes = new Map<string, Waiting[]>()
  const workers = new Set<PoolWorker>()
  let waiting = 0
  let stopped = false

  /** The next in turn; its lane goes to the end. */
  function next(): Waiting | undefined {
    for (const [lane, jobs] of lanes) {
      const job = jobs.shift()
      lanes.delete(lane)
      if (jobs.length > 0) lanes.set(lane, jobs)
      if (job === undefined) continue
      waiting -= 1
      return job
    }
    return undefined
  }

  function serve(): void {
    for (const worker of workers) {
      if (waiting === 0) return
      if (worker.idle) worker.take(next() as Waiting)
    }
    if (waiting > 0 && workers.size < workersMax && !stopped) {
      const worker = new PoolWorker(serve, () => {
        workers.delete(worker)
        if (waiting > 0) serve()
      })
      workers.add(worker)
      worker.take(next() as Waiting)
      serve()
    }
  }

  return {
    run(kind, job, { lane, timeoutMs }) {
      return new Promise((resolve, reject) => {
        const ofLane = lanes.get(lane) ?? []
        if (stopped) throw apiError('shutting_down', 'This node is stopping.')
        if (waiting >= waitingMax || ofLane.length >= waitingOfLaneMax) {
          throw apiError('bulkhead_full', 'Too many requests wait to be transformed or validated.', {
            retryAfterMs: 1_000,
          })
        }
        lanes.set(lane, ofLane)
        ofLane.push({ kind, job, timeoutMs, resolve, reject })
        waiting += 1
        serve()
      })
    },
    async stop() {
      stopped = true
      for (let job = next(); job !== undefined; job = next()) job.reject(new JobFailure('This node is stopping.'))
      await Promise.all([...workers].map((worker) => worker.end()))
    },
  }
}

type Heard = 'ready' | { answer: never } | { failure: string }

/** One process, and the job it is at. */
class PoolWorker {
  readonly #child: ChildProcess
  readonly #onFree: () => void
  #job: Waiting | undefined
  #ready = false
  #timer: NodeJS.Timeout | undefined

  constructor(onFree: () => void, onGone: () => void) {
    this.#onFree = onFree
    this.#child = fork(fileURLToPath(new URL('./settings-worker.ts', import.meta.url)), [], {
      // Nothing of ours: the environment holds keys.
      env: {},
      execArgv: flags,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message) => this.#hear(message as Heard))
    this.#child.on('error', (error) => this.#settle((job) => job.reject(new JobFailure(error.message))))
    this.#child.on('exit', () => {
      this.#ready = false
      this.#settle((job) => job.reject(new JobFailure('It took more memory than there is for it.')))
      onGone()
    })
    this.#timer = setTimeout(() => void this.end(), startWithinMs)
  }

  get idle(): boolean {
    return this.#ready && this.#job === undefined
  }

  take(job: Waiting): void {
    this.#job = job
    this.#child.ref()
    this.#child.channel?.ref()
    if (this.#ready) this.#start(job)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    // Whoever waits for its end is kept alive for it.
    this.#child.ref()
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  #start({ kind, job, timeoutMs }: Waiting): void {
    this.#timer = setTimeout(() => {
      this.#ready = false
      this.#settle((waiting) => waiting.reject(new JobTimeout(`It took longer than ${timeoutMs} ms.`)))
      void this.end()
    }, timeoutMs)
    // Whether it could be sent is told by the end of the process.
    this.#child.send({ kind, job }, () => {})
  }

  #hear(message: Heard): void {
    if (message === 'ready') {
      clearTimeout(this.#timer)
      this.#ready = true
      if (this.#job) this.#start(this.#job)
      return
    }
    this.#settle((job) => {
      if ('answer' in message) job.resolve(message.answer)
      else job.reject(new JobFailure(message.failure))
    })
    // An idle worker keeps no process alive.
    this.#child.unref()
    this.#child.channel?.unref()
    this.#onFree()
  }

  #settle(end: (job: Waiting) => void): void {
    clearTimeout(this.#timer)
    const job = this.#job
    this.#job = undefined
    if (job) end(job)
  }
}
