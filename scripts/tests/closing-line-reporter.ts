import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one line that people and CI can read: `Tests: 123 passed, 0 failed, 2 skipped`. What broke outside
 * a test (a file that does not load, an unhandled rejection) counts as failed. In CI a skipped test fails the run,
 * since there it would hide that something was never tried. The paths of the files that failed go, a line each, into
 * the file that FAILED_TEST_FILES names, so that CI can run them again by themselves.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const testModule of modules) {
      let failedInside = 0
      for (const test of testModule.children.allTests()) {
        const { state } = test.result()
        // A test still pending at the end was cut off by the failure that ended the run.
        const outcome = state === 'pending' ? 'failed' : state
        counts[outcome] += 1
        if (outcome === 'failed') failedInside += 1
      }
      if (testModule.state() === 'failed' && failedInside === 0) counts.failed += 1
    }
    const failedFiles = modules.filter((testModule) => testModule.state() === 'failed')
    if (process.env.FAILED_TEST_FILES) {
      writeFileSync(process.env.FAILED_TEST_FILES, failedFiles.map(({ moduleId }) => `${moduleId}\n`).join(''))
    }
    const refusesSkips = process.env.CI !== undefined && counts.skipped > 0
    if (refusesSkips) {
      console.error('\nSkipped tests fail the run in CI: each of them is a promise nobody checked.')
      process.exitCode = 1
    }
    // After the summary, which the default reporter prints at the same event.
    setImmediate(() =>
      console.log(`\nTests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`),
    )
  }
}
