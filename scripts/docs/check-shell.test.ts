import { Command } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkShell, type ShellKnowledge } from './check-shell.ts'

const cli = new Command('koble').option('-v, --version')
cli.command('demo').option('--url <url>').option('--json')
cli.command('keys').command('rotate').option('--rewrap-only')

const knowledge: ShellKnowledge = {
  npmScripts: new Set(['start', 'check']),
  cli,
  routes: [
    { method: 'GET', path: '/api/events/{id}' },
    { method: 'POST', path: '/api/integrations', body: z.strictObject({ provider: z.string() }) },
    { method: 'ANY', path: '/api/proxy/{path}' },
  ],
}

const check = (code: string) => checkShell(code, knowledge).map(({ line, message }) => `${line} ${message}`)

test.each([
  'npm ci && npm start',
  'npm run check # and so on',
  'npx koble demo --url=http://localhost:3000 --json',
  'koble --help',
  'koble keys rotate --rewrap-only',
  'KEY=$(cat file) npm start',
  'curl http://localhost:3000/api/events/0190?limit=1',
  'curl "$KOBLE_URL/api/proxy/user/repos" -X DELETE',
  `curl http://localhost:3000/api/integrations \\\n  -H 'Content-Type: application/json' -d '{"provider": "github"}'`,
  'curl -X POST http://localhost:3000/api/integrations --data "{\\"provider\\": \\"$ID\\"}"',
  'openssl rand -base64 32',
])('lets through: %s', (code) => {
  expect(check(code)).toEqual([])
})

test.each([
  ['npm test', '0 package.json has no script `test`'],
  ['npm ci\nnpm run chekc', '1 package.json has no script `chekc`'],
  ['npx koble dmeo', '0 the CLI has no command `dmeo`'],
  ['koble keys rotat', '0 the CLI has no command `rotat`'],
  ['koble keys rotate --rewrap', '0 `koble rotate` has no option `--rewrap`'],
  ['npm start & true; koble demo --uri x', '0 `koble demo` has no option `--uri`'],
  ['TOKEN=$(curl http://localhost:3000/api/event/1 -s)', '0 there is no route GET /api/event/1'],
  ['export TOKEN=1; npm test', '0 package.json has no script `test`'],
  ['curl http://localhost:3000/api/integrations', '0 there is no route GET /api/integrations'],
  [`curl http://localhost:3000/api/integrations -d '{"id": 1}'`, '0 the body is refused'],
  [`\ncurl \\\n http://localhost:3000/api/integrations \\\n -d '{provider}'`, '1 the body is no JSON'],
])('refuses: %s', (code, problem) => {
  expect(check(code)).toEqual([expect.stringContaining(problem)])
})
