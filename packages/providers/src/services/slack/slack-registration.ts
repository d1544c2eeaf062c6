import type { RegistrationBody, RegistrationRequest, WebhookRegistration } from '../../webhook-registration.ts'

type Manifest = { settings?: Record<string, unknown> } & Record<string, unknown>

/** An update takes the place of the whole manifest, so what is there is read first. */
const read: RegistrationRequest = {
  method: 'POST',
  path: '/apps.manifest.export',
  as: 'form',
  body: { app_id: '{appId}' },
}

function write(
  change: (url: string, events: readonly string[]) => Record<string, unknown> | null,
): RegistrationRequest {
  return {
    method: 'POST',
    path: '/apps.manifest.update',
    as: 'form',
    body(values, answers): RegistrationBody {
      const { manifest } = answers.at(-1) as { manifest: Manifest }
      const { event_subscriptions: former, ...settings } = manifest.settings ?? {}
      const events = Array.isArray(values['events']) ? values['events'] : []
      const changed = change(String(values['url'] ?? ''), events)
      const subscriptions = changed && { event_subscriptions: { ...(former as object | undefined), ...changed } }
      const next = { ...manifest, settings: { ...settings, ...subscriptions } }
      return { app_id: String(values['appId']), manifest: JSON.stringify(next) }
    },
  }
}

const subscribe = write((url, events) => ({ request_url: url, bot_events: events }))

/**
 * The address of an app's events stands in its manifest, which only an app configuration token may read and change; these
 * last twelve hours. They are no tokens of a workspace: a connection of another integration that reaches the same API
 * carries one. https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests
 */
export const slackRegistration: WebhookRegistration = {
  errorMessage: [{ field: 'errors[0].message' }, { field: 'error' }],
  targets: [
    {
      id: 'app',
      label: 'App',
      description: 'Events of the app in every workspace it is installed in',
      parameters: [
        {
          key: 'appId',
          label: 'App ID',
          help: 'Under Basic Information. The connection has to carry an app configuration token.',
          pattern: 'A[A-Z0-9]+',
          patternMessage: 'An ID that begins with A',
          example: 'A0KOBLE0001',
        },
      ],
      // What is no subscription: interactivity and slash commands have addresses of their own.
      events: {
        all: [],
        names: { block_actions: null, view_submission: null, shortcut: null, app_rate_limited: null },
      },
      create: [read, subscribe],
      answer: { id: [{ field: 'app_id' }, { constant: 'event_subscriptions' }] },
      remove: [read, write(() => null)],
      errors: [
        {
          status: 200,
          says: {
            at: { field: 'error' },
            oneOf: ['not_allowed_token_type', 'invalid_auth', 'token_expired', 'no_permission'],
          },
          means: 'forbidden',
          message: 'Slack takes only an app configuration token for this, which lasts twelve hours.',
        },
        { status: 200, says: { at: { field: 'error' }, oneOf: ['ratelimited'] }, means: 'throttled' },
        { status: 200, says: { at: { field: 'error' }, oneOf: ['invalid_app_id', 'app_not_found'] }, means: 'gone' },
      ],
    },
  ],
}
