import type { Endpoint, Handler } from '@koble/contract/webhooks'

/** The settings of an endpoint as they stand in the form. */
export interface SettingsText {
  name: string
  /** One network on each line. */
  ipAllowList: string
  /** Empty for no limit. */
  requests: string
  perSeconds: string
  bodyKib: string
  /** In the order in which they see an event. */
  pluginIds: string[]
  toActivity: boolean
  forward: 'none' | 'all' | 'chosen'
  destinationIds: string[]
  /** Which syncs events have run; `all` those of their connection. */
  sync: 'none' | 'all' | 'chosen'
  syncIds: string[]
  unmatched: Endpoint['unmatched']
  attempts: string
  waits: 'growing' | 'schedule'
  firstWaitSeconds: string
  factor: string
  /** Seconds, with blanks or commas between. */
  schedule: string
  /** Where the key stands; `json` for what is put together. */
  orderBy: 'none' | 'field' | 'header' | 'query' | 'json'
  orderingKey: string
  whenParked: 'wait' | 'continue'
}

type Settings = Pick<
  Endpoint,
  'name' | 'ipAllowList' | 'rateLimit' | 'bodyBytesMax' | 'handlers' | 'unmatched' | 'retryPolicy' | 'ordering'
>

/** What the form begins with. */
export function settingsText(endpoint: Settings): SettingsText {
  const { rateLimit, retryPolicy, ordering, handlers } = endpoint
  const forwards = handlers.filter((handler) => handler.type === 'forward')
  const toAll = forwards.some(({ destinationIds }) => destinationIds === undefined)
  const syncs = handlers.filter((handler) => handler.type === 'sync')
  const runsAll = syncs.some(({ syncIds }) => syncIds === undefined)
  return {
    name: endpoint.name,
    ipAllowList: endpoint.ipAllowList.join('\n'),
    requests: rateLimit ? String(rateLimit.requests) : '',
    perSeconds: String(rateLimit?.perSeconds ?? 60),
    bodyKib: String(endpoint.bodyBytesMax / 1024),
    pluginIds: handlers.flatMap((handler) => (handler.type === 'plugin' ? [handler.pluginId] : [])),
    toActivity: handlers.some(({ type }) => type === 'activity'),
    forward: forwards.length === 0 ? 'none' : toAll ? 'all' : 'chosen',
    destinationIds: [...new Set(forwards.flatMap(({ destinationIds }) => destinationIds ?? []))],
    sync: syncs.length === 0 ? 'none' : runsAll ? 'all' : 'chosen',
    syncIds: [...new Set(syncs.flatMap(({ syncIds }) => syncIds ?? []))],
    unmatched: endpoint.unmatched,
    attempts: String(retryPolicy.attempts),
    waits: retryPolicy.schedule ? 'schedule' : 'growing',
    firstWaitSeconds: String(retryPolicy.firstWaitSeconds),
    factor: String(retryPolicy.factor),
    schedule: (retryPolicy.schedule ?? []).join(', '),
    ...keyText(ordering?.key),
    whenParked: ordering?.whenParked ?? 'wait',
  }
}

/** What is saved, or what is wrong, by field; whether it may be so the server says. */
export function readSettings(text: SettingsText): {
  settings: Settings
  errors: Partial<Record<keyof SettingsText, string>>
} {
  const errors: Partial<Record<keyof SettingsText, string>> = {}
  const number = (field: keyof SettingsText) => {
    const value = Number(text[field])
    if (String(text[field]).trim() === '' || !Number.isFinite(value)) errors[field] = 'A number is needed.'
    return value
  }
  const schedule = text.schedule
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const isSchedule = text.waits === 'schedule'
  if (isSchedule && (schedule.length === 0 || schedule.some(Number.isNaN))) {
    errors.schedule = 'Seconds are needed, such as "5, 60, 3600".'
  }
  if (text.forward === 'chosen' && text.destinationIds.length === 0) errors.destinationIds = 'Choose one at least.'
  if (text.sync === 'chosen' && text.syncIds.length === 0) errors.syncIds = 'Choose one at least.'
  const handlers: Handler[] = [
    ...text.pluginIds.map((pluginId) => ({ type: 'plugin' as const, pluginId })),
    ...(text.forward === 'all' ? [{ type: 'forward' as const }] : []),
    ...(text.forward === 'chosen' ? [{ type: 'forward' as const, destinationIds: text.destinationIds }] : []),
    ...(text.toActivity ? [{ type: 'activity' as const }] : []),
    ...(text.sync === 'all' ? [{ type: 'sync' as const }] : []),
    ...(text.sync === 'chosen' ? [{ type: 'sync' as const, syncIds: text.syncIds }] : []),
  ]
  const key = readKey(text)
  if (key === undefined) errors.orderingKey = text.orderBy === 'json' ? 'It is not JSON.' : 'Say where the key stands.'
  const settings: Settings = {
    name: text.name.trim(),
    ipAllowList: text.ipAllowList.split(/[\s,]+/).filter(Boolean),
    rateLimit: text.requests.trim() === '' ? null : { requests: number('requests'), perSeconds: number('perSeconds') },
    bodyBytesMax: Math.round(number('bodyKib') * 1024),
    handlers,
    unmatched: text.unmatched,
    retryPolicy: {
      attempts: number('attempts'),
      firstWaitSeconds: isSchedule ? 2 : number('firstWaitSeconds'),
      factor: isSchedule ? 2 : number('factor'),
      schedule: isSchedule ? schedule : null,
    },
    ordering: key ? { key, whenParked: text.whenParked } : null,
  }
  return { settings, errors }
}

type Key = NonNullable<Endpoint['ordering']>['key']

function keyText(key: Key | undefined): Pick<SettingsText, 'orderBy' | 'orderingKey'> {
  if (key === undefined) return { orderBy: 'none', orderingKey: '' }
  for (const orderBy of ['field', 'header', 'query'] as const) {
    if (orderBy in key && Object.keys(key).length === 1) {
      return { orderBy, orderingKey: String((key as Record<string, unknown>)[orderBy]) }
    }
  }
  return { orderBy: 'json', orderingKey: JSON.stringify(key, null, 2) }
}

/** Null for no order, undefined for what says nothing. */
function readKey({ orderBy, orderingKey }: SettingsText): Key | null | undefined {
  if (orderBy === 'none') return null
  if (orderingKey.trim() === '') return undefined
  if (orderBy !== 'json') return { [orderBy]: orderingKey.trim() } as Key
  try {
    return JSON.parse(orderingKey) as Key
  } catch {
    return undefined
  }
}
