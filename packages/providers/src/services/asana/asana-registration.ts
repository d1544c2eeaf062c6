import type { RegistrationBody, RegistrationValues, WebhookRegistration } from '../../webhook-registration.ts'

const gid = { pattern: '\\d{1,24}', patternMessage: 'A number, as in the address of its page' }
const every = '*'

/** `task.changed` asks for changes of tasks; without a filter all that happens is told. */
function filters({ events = [] }: RegistrationValues): RegistrationBody[] {
  const wanted = [events].flat()
  if (wanted.includes(every)) return []
  return wanted.map((event) => {
    const [resourceType = '', action = ''] = event.split('.')
    return { resource_type: resourceType, action }
  })
}

/**
 * While it makes a webhook, Asana brings the secret to our address and waits for it to be sent back; the answer holds it,
 * too. https://developers.asana.com/docs/webhooks-guide
 */
export const asanaRegistration: WebhookRegistration = {
  errorMessage: { field: 'errors[0].message' },
  targets: [
    {
      id: 'resource',
      label: 'Project or task',
      description: 'What happens to a project and all that is in it, or to a task',
      parameters: [
        {
          key: 'resource',
          label: 'ID of the project or task',
          help: 'That of a workspace or team will do where the events are named.',
          ...gid,
          example: '1200000000000101',
        },
        {
          key: 'workspace',
          label: 'ID of its workspace',
          help: 'Where webhooks are looked for.',
          ...gid,
          example: '1200000000000001',
        },
      ],
      scopes: ['webhooks:write'],
      // A heartbeat comes unasked.
      events: { all: [every], names: { heartbeat: null } },
      create: [
        {
          method: 'POST',
          path: '/webhooks',
          body: (values) => ({
            data: { resource: String(values['resource']), target: String(values['url']), filters: filters(values) },
          }),
        },
      ],
      answer: { id: { field: 'data.gid' }, secret: { field: "['X-Hook-Secret']" } },
      find: {
        request: {
          method: 'GET',
          path: '/webhooks',
          query: { workspace: '{workspace}', resource: '{resource}', limit: '100' },
        },
        items: 'data[]',
        id: 'gid',
        url: 'target',
        next: { field: 'next_page.uri' },
      },
      update: {
        method: 'PUT',
        path: '/webhooks/{externalId}',
        body: (values) => ({ data: { filters: filters(values) } }),
      },
      remove: [{ method: 'DELETE', path: '/webhooks/{externalId}' }],
    },
  ],
}
