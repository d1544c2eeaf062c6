import { expect, test } from 'vitest'
import { readSettings, settingsText } from './endpoint-settings-values.ts'

const settings: Parameters<typeof settingsText>[0] = {
  name: 'Orders',
  ipAllowList: ['192.0.2.0/24', '2001:db8::1'],
  rateLimit: { requests: 100, perSeconds: 10 },
  bodyBytesMax: 1_000_000,
  handlers: [{ type: 'forward', destinationIds: ['a', 'b'] }, { type: 'activity' }],
  unmatched: 'forward',
  retryPolicy: { attempts: 5, firstWaitSeconds: 1.5, factor: 3, schedule: null },
  ordering: { key: { field: 'order.id' }, whenParked: 'continue' },
}

test.each([
  ['settings', settings],
  ['few settings', { ...settings, rateLimit: null, ordering: null, handlers: [], ipAllowList: [] }],
  ['a schedule', { ...settings, retryPolicy: { attempts: 4, firstWaitSeconds: 2, factor: 2, schedule: [5, 60.5] } }],
  ['running all syncs', { ...settings, handlers: [{ type: 'activity' as const }, { type: 'sync' as const }] }],
  ['running named syncs', { ...settings, handlers: [{ type: 'sync' as const, syncIds: ['a', 'b'] }] }],
  [
    'plugins in their order',
    {
      ...settings,
      handlers: [
        { type: 'plugin' as const, pluginId: 'b' },
        { type: 'plugin' as const, pluginId: 'a' },
        { type: 'activity' as const },
      ],
    },
  ],
  ['forwarding to all', { ...settings, handlers: [{ type: 'forward' as const }] }],
  [
    'a key that is put together',
    { ...settings, ordering: { key: [{ field: 'a' }, { header: 'b' }], whenParked: 'wait' as const } },
  ],
])('gives %s back as they were', (_name, before) => {
  expect(readSettings(settingsText(before))).toEqual({ settings: before, errors: {} })
})

test('names the fields that say nothing', () => {
  const text = settingsText(settings)
  const { errors } = readSettings({
    ...text,
    attempts: '',
    perSeconds: 'x',
    waits: 'schedule',
    schedule: 'soon',
    forward: 'chosen',
    destinationIds: [],
    sync: 'chosen',
    syncIds: [],
    orderBy: 'json',
    orderingKey: '{',
  })
  expect(Object.keys(errors).sort()).toEqual([
    'attempts',
    'destinationIds',
    'orderingKey',
    'perSeconds',
    'schedule',
    'syncIds',
  ])
})
