import { KobleError } from '@koble/core/errors'
import { readConfig } from './config.ts'
import { start, version } from './start.ts'

/** Ends with a failure when draining takes longer than this. */
const drainWithinMs = 30_000

try {
  const startedAt = performance.now()
  const config = readConfig()
  const starting = start(config)
  // Heard from the beginning: a stop in the middle of a start must not leave the database behind.
  const stop = (signal: string) => {
    process.stdout.write(`Koble got ${signal} and stops …\n`)
    setTimeout(() => process.exit(1), drainWithinMs).unref()
    const stopped = starting.then((running) => running.stop())
    stopped.then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const running = await starting
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`\nKoble ${version} is ready after ${seconds} s`)
  process.stdout.write(running.address ? `, at ${config.publicUrl}\n\n` : '\n\n')
  process.stdout.write(`${running.welcome.join('\n')}\n\n`)
  process.send?.({ ready: running.address })
} catch (error) {
  // One line that names what to change; the stack only where the cause is not known.
  if (error instanceof KobleError) process.stderr.write(`koble: ${error.message}\n`)
  else process.stderr.write(`koble: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
