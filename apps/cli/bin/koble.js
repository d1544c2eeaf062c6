#!/usr/bin/env node
// Plain JavaScript, since it must say something sensible on a Node that does not strip types: there it starts itself
// again with the Node 24 that `npm ci` installs.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { run } = await import('../src/koble.ts')
  process.exitCode = await run(process.argv.slice(2))
} else {
  const node = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url))
  if (existsSync(node)) {
    const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    child.on('exit', (code) => process.exit(code ?? 1))
  } else {
    console.error(
      `koble: Node 24 is needed, this is ${process.version}. Run \`npm ci\` in Koble's folder, it brings one.`,
    )
    process.exitCode = 1
  }
}
