import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { verifySignature } from '@koble/core/signatures'
import { createEmulator, type Emulator } from 'emulate'
import { SignJWT } from 'jose'
import { App, Octokit } from 'octokit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Source, Webhooks } from '../define-provider.ts'
import { readSource } from '../read-source.ts'
import { resolveProvider } from '../resolve-provider.ts'
import { sandboxSeed } from '../sandbox.ts'
import { github } from '../services/github/github.ts'
import { githubSandbox } from '../services/github/github-sandbox.ts'
import { createStandIn } from './github.ts'
import { personalToken, sandboxApp } from './github-app.ts'
import { listen, type Started } from './start-stand-in.ts'
import { testClientKey } from './test-client-key.ts'

const repository = { owner: 'octocat', repo: 'hello-world' }
const ofShop = { owner: 'fjord-bikes', repo: 'storefront' }
const settings = { retry: { enabled: false }, throttle: { enabled: false } }
const [octocatId, shopId] = [51_000_001, 51_000_002]

const delivered: { url: string; headers: Record<string, string>; body: Buffer }[] = []
let emulator: Emulator
let front: Started
let receiver: Started
let koble: string
beforeAll(async () => {
  receiver = await listen(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    delivered.push({ url: request.url ?? '', headers: request.headers as Record<string, string>, body })
    response.end()
  })
  koble = receiver.origin
  emulator = await createEmulator({ service: 'github', port: 0, seed: sandboxSeed(koble) })
  let listener: Awaited<ReturnType<typeof createStandIn>> = () => {}
  front = await listen((request, response) => listener(request, response))
  listener = await createStandIn({ origin: front.origin, publicUrl: koble, behind: emulator.url })
})
afterAll(async () => {
  await front.stop()
  await emulator.close()
  await receiver.stop()
})

const as = (auth?: string) => new Octokit({ ...settings, baseUrl: front.origin, ...(auth && { auth }) })
/** The vendor's own app, which signs with the sandbox's key. */
const app = (privateKey = testClientKey.privateKey) =>
  new App({
    appId: sandboxApp.id,
    privateKey,
    Octokit: Octokit.defaults({ ...settings, baseUrl: front.origin }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })

/** Signs in on the consent page, and gives the token. */
async function signIn(scope: string, login = 'octocat'): Promise<string> {
  const { clientId = '', clientSecret = '' } = githubSandbox.credentials
  const asked = { client_id: clientId, redirect_uri: `${koble}/api/auth/callback/github`, scope, state: 's' }
  const url = `${front.origin}/login/oauth/authorize?${new URLSearchParams(asked)}`
  const page = await (await fetch(url)).text()
  const form = page.split('<form').find((part) => part.includes(`>${login}<`)) ?? ''
  const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  )
  const consent = await fetch(new URL(/action="([^"]+)"/.exec(form)?.[1] ?? '', url), {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const answer = await fetch(`${front.origin}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, code }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

describe('workflows', () => {
  const dispatches = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'
  const dispatch = (octokit: Octokit, parts: object) =>
    octokit.request(dispatches, { ...repository, workflow_id: 'deploy.yml', ref: 'main', ...parts })

  test('start by file or id on a branch that is there, and their runs come to an end', async () => {
    const octokit = as(await signIn('read:user repo'))
    expect((await dispatch(octokit, { inputs: { environment: 'staging' } })).status).toBe(204)
    expect((await dispatch(octokit, { workflow_id: 161_335 })).status).toBe(204)
    const ask = async () => (await octokit.rest.actions.listWorkflowRunsForRepo({ ...repository, per_page: 1 })).data
    const first = await ask()
    expect(first).toMatchObject({
      total_count: 2,
      workflow_runs: [{ run_number: 2, event: 'workflow_dispatch', head_branch: 'main', status: 'queued' }],
    })
    expect(first.workflow_runs[0]?.actor).toMatchObject({ login: 'octocat' })
    expect((await ask()).workflow_runs).toMatchObject([{ status: 'completed', conclusion: 'success' }])
    const all = await octokit.paginate(octokit.rest.actions.listWorkflowRunsForRepo, { ...repository, per_page: 1 })
    expect(all).toHaveLength(2)
  })

  test('are refused without a ref, where there is none of that name, and with inputs that they do not know', async () => {
    const octokit = as(await signIn('repo'))
    const refused = async (parts: object, status: number, message: string | RegExp) =>
      await expect(dispatch(octokit, parts)).rejects.toMatchObject({
        status,
        response: { data: { message: expect.stringMatching(message) } },
      })
    await refused({ ref: undefined }, 422, /"ref" wasn't supplied/)
    await refused({ ref: 'nowhere' }, 422, 'No ref found for: nowhere')
    await refused({ inputs: { colour: 'red' } }, 422, /Unexpected inputs provided/)
    await refused({ inputs: { environment: 'moon' } }, 422, /not in the list of allowed values/)
    await refused({ workflow_id: 'test.yml' }, 422, "Workflow does not have 'workflow_dispatch' trigger")
    await refused({ workflow_id: 'none.yml' }, 404, 'Not Found')
    await refused({ repo: 'none' }, 404, 'Not Found')
    await refused(ofShop, 422, "Required input 'version' not provided")
  })

  test('are not started by whoever may not write, was not granted it, or is nobody', async () => {
    const refusal = async (octokit: Octokit, parts = {}) =>
      await dispatch(octokit, parts).then(
        () => null,
        (error: { status: number }) => error.status,
      )
    expect(await refusal(as(await signIn('repo', 'kari-nordmann')))).toBe(403)
    expect(await refusal(as(await signIn('repo', 'kari-nordmann')), { repo: 'field-notes' })).toBe(404)
    expect(await refusal(as(await signIn('read:user')))).toBe(403)
    expect(await refusal(as())).toBe(401)
    expect(await refusal(as(personalToken))).toBeNull()
    expect(await refusal((await app().getInstallationOctokit(octocatId)) as unknown as Octokit)).toBeNull()
    expect(await refusal((await app().getInstallationOctokit(shopId)) as unknown as Octokit)).toBe(403)
  })

  test('tell of their runs by signed webhooks, until these are removed', async () => {
    const octokit = as(personalToken)
    const secret = 'a-secret-of-ours'
    const config = { url: `${koble}/webhooks/github/x`, content_type: 'json', secret }
    const { data: hook } = await octokit.rest.repos.createWebhook({ ...repository, events: ['workflow_run'], config })
    await octokit.rest.repos.createWebhook({ ...repository, events: ['push'], config })
    const runsTold = () => delivered.filter(({ headers }) => headers['x-github-event'] === 'workflow_run')
    const told = () =>
      runsTold().map(({ url, body }) => `${(JSON.parse(body.toString()) as { action: string }).action} to ${url}`)
    const first = ['requested to /webhooks/github/x', 'completed to /webhooks/github/x']
    await dispatch(octokit, {})
    await octokit.rest.actions.listWorkflowRunsForRepo({ ...repository, per_page: 1 })
    await vi.waitFor(() => expect(told()).toEqual(first))
    const webhooks = resolveProvider(github, { sandboxOrigin: front.origin }).webhooks as Webhooks
    const ids = new Set<string | null | undefined>()
    for (const delivery of runsTold()) {
      const judged = verifySignature(webhooks.signature, delivery, { secrets: [secret], now: new Date() })
      expect(judged).toEqual({ verified: true })
      expect(readSource(webhooks.eventType, delivery)).toBe('workflow_run')
      ids.add(readSource(webhooks.eventId as Source, delivery))
    }
    expect(ids.size).toBe(2)
    await octokit.rest.repos.deleteWebhook({ ...repository, hook_id: hook.id })
    const other = { url: `${koble}/webhooks/github/y`, content_type: 'json', secret }
    await octokit.rest.repos.createWebhook({ ...repository, events: ['workflow_run'], config: other })
    await dispatch(octokit, {})
    await vi.waitFor(() => expect(told()).toEqual([...first, 'requested to /webhooks/github/y']))
  })

  test('start no more while they are switched off', async () => {
    const octokit = as(personalToken)
    const which = { ...repository, workflow_id: 'deploy.yml' }
    await octokit.rest.actions.disableWorkflow(which)
    await expect(dispatch(octokit, {})).rejects.toMatchObject({ status: 422 })
    await octokit.rest.actions.enableWorkflow(which)
    expect((await dispatch(octokit, {})).status).toBe(204)
  })
})

describe('installations of the GitHub App', () => {
  test('are listed to the app, whose own library signs, and are opened by it one by one', async () => {
    const { data } = await app().octokit.request('GET /app/installations')
    expect(data).toMatchObject([
      { id: octocatId, account: { login: 'octocat' }, repository_selection: 'all' },
      { id: shopId, account: { login: 'fjord-bikes' }, repository_selection: 'selected' },
    ])
    const reached = async (id: number) => {
      const octokit = await app().getInstallationOctokit(id)
      return (await octokit.request('GET /installation/repositories')).data
    }
    const own = await reached(octocatId)
    expect(own.repository_selection).toBe('all')
    expect(own.repositories.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['hello-world', 'spoon-knife', 'field-notes']),
    )
    expect(own.repositories.every(({ owner }) => owner.login === 'octocat')).toBe(true)
    expect(await reached(shopId)).toMatchObject({
      total_count: 1,
      repository_selection: 'selected',
      repositories: [{ full_name: 'fjord-bikes/storefront' }],
    })
  })

  test('are opened by nobody who does not hold the key of the app, nor by an assertion that is too long', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    await expect(app(privateKey).octokit.request('GET /app')).rejects.toMatchObject({ status: 401 })
    const now = Math.floor(Date.now() / 1000)
    const opened = async (claims: { iat: number; exp: number }) => {
      const signed = await new SignJWT({ ...claims, iss: String(sandboxApp.id) })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(createPrivateKey(testClientKey.privateKey))
      const response = await fetch(`${front.origin}/app/installations/${octocatId}/access_tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${signed}` },
      })
      return response.status
    }
    expect(await opened({ iat: now - 60, exp: now + 540 })).toBe(201)
    expect(await opened({ iat: now - 60, exp: now + 700 })).toBe(401)
    expect(await opened({ iat: now + 60, exp: now + 300 })).toBe(401)
    expect(await opened({ iat: now - 600, exp: now - 60 })).toBe(401)
  })

  test('are nobody, reach no more than they were given, and end when they are told to', async () => {
    const octokit = await app().getInstallationOctokit(shopId)
    await expect(octokit.request('GET /user')).rejects.toMatchObject({ status: 403 })
    await expect(octokit.request('GET /user/repos')).rejects.toMatchObject({ status: 403 })
    const { token } = (await octokit.auth({ type: 'installation' })) as { token: string }
    const status = async (path: string) =>
      (await fetch(front.origin + path, { headers: { authorization: `Bearer ${token}` } })).status
    expect(await status('/repos/octocat/field-notes')).toBe(403)
    expect(await status('/repos/fjord-bikes/storefront')).toBe(200)
    await octokit.request('DELETE /installation/token')
    expect(await status('/repos/fjord-bikes/storefront')).toBe(401)
  })

  test('are seen by a person whose they are, with what they reach, and by no token made by hand', async () => {
    const octokit = as(await signIn('read:user'))
    const { data } = await octokit.request('GET /user/installations', { per_page: 1 })
    expect(data).toMatchObject({ total_count: 2, installations: [{ id: octocatId }] })
    const reached = await octokit.request('GET /user/installations/{installation_id}/repositories', {
      installation_id: shopId,
    })
    expect(reached.data.repositories.map(({ full_name }) => full_name)).toEqual(['fjord-bikes/storefront'])
    const other = as(await signIn('read:user', 'kari-nordmann'))
    expect((await other.request('GET /user/installations')).data.total_count).toBe(0)
    const path = `GET /user/installations/${shopId}/repositories`
    await expect(other.request(path)).rejects.toMatchObject({ status: 404 })
    await expect(as(personalToken).request('GET /user/installations')).rejects.toMatchObject({ status: 403 })
    await expect(octokit.request('GET /installation/repositories')).rejects.toMatchObject({ status: 403 })
  })
})

test('what it does not know itself is answered by the emulated one, and no token made by hand is good but the one', async () => {
  expect((await as(personalToken).rest.users.getAuthenticated()).data.login).toBe('octocat')
  const another = as('ghp_another_token_of_octocat').rest.users.getAuthenticated()
  await expect(another).rejects.toMatchObject({ status: 401, response: { data: { message: 'Bad credentials' } } })
  const { data } = await as(personalToken).rest.issues.create({ ...repository, title: 'Found a bug' })
  expect(data).toMatchObject({ title: 'Found a bug', user: { login: 'octocat' } })
})
