import { sandboxApp } from './github-app.ts'
import { type AskGithub, type GithubAnswer, githubPage, githubRefusal, tokenIn } from './github-emulated.ts'
import type { InstallationToken } from './github-installations.ts'
import { jsonOf, Refusal, type StandInHandler, type StandInRequest } from './stand-in.ts'

interface Input {
  required?: boolean
  options?: readonly string[]
}

interface Workflow {
  id: number
  repository: string
  name: string
  file: string
  state: 'active' | 'disabled_manually'
  /** Of its `workflow_dispatch` trigger; null where it has none. */
  inputs: Readonly<Record<string, Input>> | null
}

interface Run {
  id: number
  workflow: Workflow
  number: number
  branch: string
  sha: string
  repository: Repository
  actor: unknown
  createdAt: string
  isDone: boolean
}

const deployment = {
  environment: { options: ['staging', 'production'] },
  version: {},
}
const below = '/repos/{owner}/{repo}/actions'

/**
 * Workflows of the sandbox's repositories, and their runs: a run waits until it was looked at once, and then has succeeded.
 * Webhooks tell of both.
 * https://docs.github.com/rest/actions/workflows
 */
export function createGithubActions(options: {
  origin: string
  ask: AskGithub
  installationOf(request: StandInRequest): InstallationToken | null
  /** What the token of a sign-in was granted; null where that is not known. */
  scopesOf(token: string): readonly string[] | null
  /** Delivers a webhook's event. */
  tell(repository: string, event: string, payload: object): void
}) {
  const { origin, ask } = options
  const workflows: Workflow[] = [
    workflow(161_335, 'octocat/hello-world', 'Deploy', 'deploy.yml', deployment),
    workflow(161_336, 'octocat/hello-world', 'Test', 'test.yml', null),
    workflow(161_337, 'fjord-bikes/storefront', 'Deploy', 'deploy.yml', {
      ...deployment,
      version: { required: true },
    }),
  ]
  const runs: Run[] = []

  /** The repository, as far as the caller sees it. */
  async function repositoryOf({ params, headers }: StandInRequest): Promise<Repository> {
    const path = `/repos/${encodeURIComponent(params['owner'] ?? '')}/${encodeURIComponent(params['repo'] ?? '')}`
    const answer = await ask(path, { authorization: headers['authorization'] })
    if (answer.status === 200) return answer.body as Repository
    // What one may not see is not there.
    throw answer.status === 401 ? new Refusal(answer) : githubRefusal(404, 'Not Found')
  }

  /** Who acts, which must be allowed to write. */
  async function demandWriter(request: StandInRequest, repository: Repository): Promise<unknown> {
    const { authorization } = request.headers
    const installation = options.installationOf(request)
    if (installation) {
      const { account, permissions, repositoryIds } = installation
      const isReached = account === repository.owner.login && (repositoryIds?.includes(repository.id) ?? true)
      if (isReached && permissions['actions'] === 'write') return { login: `${sandboxApp.slug}[bot]`, type: 'Bot' }
      throw githubRefusal(403, 'Resource not accessible by integration')
    }
    if (tokenIn(authorization) === '') throw githubRefusal(401, 'Requires authentication')
    const user = await ask('/user', { authorization })
    if (user.status !== 200) throw new Refusal(user)
    const { login } = user.body as { login: string }
    const asked = `/repos/${repository.full_name}/collaborators/${login}/permission`
    const may = (await ask(asked, { authorization })).body as { permission?: string }
    const scopes = options.scopesOf(tokenIn(authorization))
    const isGranted = scopes === null || scopes.includes('repo')
    if (!isGranted || !/^(admin|write)$/.test(may.permission ?? '')) {
      throw githubRefusal(403, 'Must have admin rights to Repository.')
    }
    return user.body
  }

  function workflowOf({ params }: StandInRequest, { full_name }: Repository): Workflow {
    const wanted = params['workflow'] ?? ''
    const found = workflows.find(
      ({ id, file, repository }) => repository === full_name && (String(id) === wanted || file === wanted),
    )
    if (!found) throw githubRefusal(404, 'Not Found')
    return found
  }

  async function commitOf(request: StandInRequest, { full_name }: Repository, ref: string) {
    const { authorization } = request.headers
    const short = ref.replace(/^refs\//, '')
    const candidates = short === ref ? [`heads/${ref}`, `tags/${ref}`] : [short]
    for (const candidate of candidates) {
      const answer: GithubAnswer = await ask(`/repos/${full_name}/git/ref/${candidate}`, { authorization })
      if (answer.status === 200) return (answer.body as { object: { sha: string } }).object.sha
    }
    throw githubRefusal(422, `No ref found for: ${ref}`)
  }

  const shownWorkflow = (one: Workflow) => {
    const path = `.github/workflows/${one.file}`
    const url = `${origin}/repos/${one.repository}/actions/workflows/${one.id}`
    const times = { created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' }
    return { id: one.id, name: one.name, path, state: one.state, ...times, url }
  }
  const shownRun = (run: Run) => {
    const { id, workflow: of } = run
    return {
      ...{ id, name: of.name, display_title: of.name, path: `.github/workflows/${of.file}`, workflow_id: of.id },
      ...{ head_branch: run.branch, head_sha: run.sha, run_number: run.number, run_attempt: 1 },
      ...{ event: 'workflow_dispatch', actor: run.actor, created_at: run.createdAt, updated_at: run.createdAt },
      status: run.isDone ? 'completed' : 'queued',
      conclusion: run.isDone ? 'success' : null,
      url: `${origin}/repos/${of.repository}/actions/runs/${id}`,
    }
  }
  const lookedAt = (run: Run) => {
    const shown = shownRun(run)
    if (!run.isDone) {
      run.isDone = true
      tell(run, 'completed')
    }
    return shown
  }
  const tell = (run: Run, action: 'requested' | 'completed') =>
    options.tell(run.repository.full_name, 'workflow_run', {
      ...{ action, workflow_run: shownRun(run), workflow: shownWorkflow(run.workflow) },
      ...{ repository: run.repository, sender: run.actor },
    })
  const seen =
    (handler: (request: StandInRequest, repository: Repository) => ReturnType<StandInHandler>): StandInHandler =>
    async (request) =>
      await handler(request, await repositoryOf(request))
  const pageOfRuns = (request: StandInRequest, isMeant: (run: Run) => boolean) => {
    const { body, headers } = githubPage(origin, request, 'workflow_runs', runs.filter(isMeant).reverse())
    const page = body as { total_count: number; workflow_runs: Run[] }
    return { ...(headers && { headers }), body: { ...page, workflow_runs: page.workflow_runs.map(lookedAt) } }
  }
  const switched = (state: Workflow['state']): StandInHandler =>
    seen(async (request, repository) => {
      await demandWriter(request, repository)
      workflowOf(request, repository).state = state
      return { status: 204 }
    })

  return {
    [`GET ${below}/workflows`]: seen((request, { full_name }) => {
      const found = workflows.filter(({ repository }) => repository === full_name)
      return githubPage(origin, request, 'workflows', found.map(shownWorkflow))
    }),
    [`GET ${below}/workflows/{workflow}`]: seen((request, repository) => ({
      body: shownWorkflow(workflowOf(request, repository)),
    })),
    [`PUT ${below}/workflows/{workflow}/disable`]: switched('disabled_manually'),
    [`PUT ${below}/workflows/{workflow}/enable`]: switched('active'),
    [`POST ${below}/workflows/{workflow}/dispatches`]: seen(async (request, repository) => {
      const actor = await demandWriter(request, repository)
      const started = workflowOf(request, repository)
      const { ref, inputs = {} } =
        request.body.length === 0 ? {} : jsonOf<{ ref?: unknown; inputs?: Record<string, unknown> }>(request)
      if (typeof ref !== 'string' || ref === '') {
        throw githubRefusal(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
      }
      if (started.inputs === null) {
        throw githubRefusal(422, "Workflow does not have 'workflow_dispatch' trigger")
      }
      if (started.state !== 'active') {
        throw githubRefusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
      }
      const sha = await commitOf(request, repository, ref)
      checkInputs(started.inputs, inputs)
      const run = {
        ...{ id: 30_433_642 + runs.length, workflow: started, repository, sha, actor, isDone: false },
        number: runs.filter((run) => run.workflow === started).length + 1,
        branch: ref.replace(/^refs\/(heads|tags)\//, ''),
        createdAt: new Date().toISOString(),
      }
      runs.push(run)
      tell(run, 'requested')
      return { status: 204 }
    }),
    [`GET ${below}/workflows/{workflow}/runs`]: seen((request, repository) => {
      const wanted = workflowOf(request, repository)
      return pageOfRuns(request, (run) => run.workflow === wanted)
    }),
    [`GET ${below}/runs`]: seen((request, { full_name }) =>
      pageOfRuns(request, (run) => run.workflow.repository === full_name),
    ),
    [`GET ${below}/runs/{run}`]: seen(({ params }, { full_name }) => {
      const found = runs.find(({ id, workflow: of }) => String(id) === params['run'] && of.repository === full_name)
      if (!found) throw githubRefusal(404, 'Not Found')
      return { body: lookedAt(found) }
    }),
  }
}

interface Repository {
  id: number
  full_name: string
  owner: { login: string }
}

function workflow(id: number, repository: string, name: string, file: string, inputs: Workflow['inputs']): Workflow {
  return { id, repository, name, file, state: 'active', inputs }
}

function checkInputs(declared: Readonly<Record<string, Input>>, given: Record<string, unknown>): void {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name))
  if (unknown.length > 0) throw githubRefusal(422, `Unexpected inputs provided: ${JSON.stringify(unknown)}`)
  for (const [name, { required, options }] of Object.entries(declared)) {
    const value = given[name]
    if (value === undefined && required) throw githubRefusal(422, `Required input '${name}' not provided`)
    if (value !== undefined && options && !options.includes(String(value))) {
      throw githubRefusal(422, `Provided value '${value}' for input '${name}' not in the list of allowed values`)
    }
  }
}
