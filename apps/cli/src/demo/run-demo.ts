import type { Activity } from '@koble/contract/activity'
import { explain } from './explain.ts'
import { createReport } from './report.ts'
import * as steps from './steps.ts'

export interface DemoOptions {
  /** Where Koble runs, without a trailing slash. */
  url: string
  apiKey?: string
  json?: boolean
}

/**
 * Walks what a newcomer does first, against a running Koble in development mode and its local stand-in for GitHub:
 * set up, connect, call out, receive a signed webhook. Can be run as often as one likes: integration and connection
 * are used again, and webhook, endpoint and issue are cleared away. Rejects with `CliError` at the first step that
 * fails.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { step, say } = createReport(options.json ?? false)
  const startedAt = performance.now()
  const beganAt = new Date().toISOString()
  say(`\nA newcomer's first loop, at ${options.url}\n`)
  try {
    const { koble } = await step(
      'reach',
      'Reaching Koble',
      () => steps.reachKoble(options),
      ({ version }) => ({ text: `Koble ${version} answers, in development mode`, facts: { version } }),
    )
    await step(
      'marketplace',
      'Looking for GitHub in the marketplace',
      () => steps.findProvider(koble),
      ({ id, name }) => ({ text: `Found ${name} in the marketplace, with a local stand-in`, facts: { provider: id } }),
    )
    const { integration } = await step(
      'integration',
      'Setting up the integration',
      () => steps.setUpIntegration(koble),
      ({ integration, made }) => ({
        text: `${made ? 'Set up' : 'Found'} the integration “${integration.name}”`,
        facts: { integrationId: integration.id, made },
      }),
    )
    const connection = await step(
      'connect',
      'Connecting an account through the consent page',
      () => steps.connectAccount(koble, integration),
      ({ id, accountLabel }) => ({
        text: `Connected ${accountLabel ?? 'an account'} for ${steps.externalUserId}, through the consent page`,
        facts: { connectionId: id, account: accountLabel },
      }),
    )
    const repository = await step(
      'call',
      'Calling GET /user/repos through the gateway',
      () => steps.findRepository(koble, connection),
      ({ count, fullName }) => ({
        text: `Called GET /user/repos through the gateway: ${fullName} is one of ${count}`,
        facts: { repositories: count, repository: fullName },
      }),
    )
    const hook = await step(
      'endpoint',
      'Opening an endpoint and registering it at GitHub',
      () => steps.registerWebhook(koble, integration, connection, repository.fullName),
      ({ endpoint }) => ({
        text: 'Opened an endpoint and registered it, with its secret, at GitHub',
        facts: { endpointId: endpoint.id, url: endpoint.url },
      }),
    )
    let issue: number | null = null
    try {
      issue = await step(
        'issue',
        'Opening an issue through the gateway',
        () => steps.openIssue(koble, connection, repository.fullName),
        (number) => ({ text: `Opened issue #${number} through the gateway`, facts: { issue: number } }),
      )
      await step(
        'event',
        'Waiting for the webhook',
        () => steps.waitForEvent(koble, hook.endpoint),
        (event) => ({
          text: `Received “${event.eventType}”: signature checked, stored, and processed ${steps.processingMs(event)} ms later`,
          facts: { eventId: event.id, eventType: event.eventType, status: event.status },
        }),
      )
    } catch (error) {
      // What failed first is what the reader must see.
      await steps.clearAway(koble, connection, repository.fullName, hook, issue).catch(() => undefined)
      throw error
    }
    await steps.clearAway(koble, connection, repository.fullName, hook, issue)
    const lines = await step(
      'activity',
      'Reading the activity',
      () => steps.readActivity(koble, connection, beganAt),
      (lines) => ({
        text: `The activity tells it in ${lines.length} lines`,
        facts: { lines: lines.map((line) => line.summary) },
      }),
    )
    say(`\n${lines.map(renderActivity).join('\n')}`)
    say(`\nDone in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Now look around at ${options.url}\n`)
  } catch (error) {
    throw explain(error, options.url)
  }
}

function renderActivity(line: Activity): string {
  const mark = line.status === 'failure' ? '✗' : '·'
  const status = line.details.statusCode
  const outcome = line.type === 'request' && typeof status === 'number' ? `: ${status}` : ''
  const duration = line.durationMs === null ? '' : ` (${Math.round(line.durationMs)} ms)`
  return `    ${line.at.slice(11, 19)} ${mark} ${line.type.padEnd(10)} ${line.summary}${outcome}${duration}`
}
