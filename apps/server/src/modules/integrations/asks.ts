import type { ApprovalAsks } from '@koble/contract/governance'
import { createAddressList } from '@koble/core/http'
import { authMethodOf } from '@koble/providers/auth-methods'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import type { ResolvedProvider } from '@koble/providers/resolve-provider'
import { isLooser } from './classification.ts'
import type { Settings } from './settings.ts'

type Change = ApprovalAsks['changes'][number]

/**
 * What is asked for by going from one setting to another, or by a new integration (`before` is null), in the form in
 * which it is shown to those who decide. `changedSecrets` names secrets that are entered; their values are not shown.
 */
export function asksOf(
  provider: CatalogueEntry,
  before: Settings | null,
  after: Settings,
  changedSecrets: string[],
): ApprovalAsks {
  const { scopes = [] } = authMethodOf(provider, after.authMethod)
  const described = new Map(scopes.map((scope) => [scope.name, scope]))
  const hostsBefore = new Set(before ? hostsOf(before.resolved) : [])
  return {
    scopes: after.scopes.map((name) => ({
      name,
      description: described.get(name)?.description ?? null,
      // What nobody described may grant anything.
      sensitive: described.get(name)?.sensitive ?? !described.has(name),
      added: !before?.scopes.includes(name),
    })),
    hosts: hostsOf(after.resolved).map((host) => ({ host, added: !hostsBefore.has(host) })),
    classification: after.classification,
    changes: changesOf(before, after, changedSecrets),
  }
}

/** Whether what is asked for goes beyond what there is. */
export function isWidening(asks: ApprovalAsks): boolean {
  return asks.changes.some((change) => change.widens)
}

/** Whether two requests ask for the same scopes, hosts and classification. */
export function asksTheSame(one: ApprovalAsks, other: ApprovalAsks): boolean {
  const essence = ({ scopes, hosts, classification }: ApprovalAsks) =>
    JSON.stringify([scopes.map(({ name }) => name).sort(), hosts.map(({ host }) => host).sort(), classification])
  return essence(one) === essence(other)
}

/** The hosts, with their ports where they name one, that are called under an integration. */
export function hostsOf(resolved: ResolvedProvider): string[] {
  return [...new Set(addressesOf(resolved).map((address) => new URL(address).host))].sort()
}

function changesOf(before: Settings | null, after: Settings, changedSecrets: string[]): Change[] {
  const more = (from: string[], to: string[]) => to.some((entry) => !from.includes(entry))
  const changes: Change[] = []
  const compare = (field: string, from: unknown, to: unknown, widens: boolean) => {
    const isEmpty = to === null || (Array.isArray(to) && to.length === 0) || JSON.stringify(to) === '{}'
    if (before ? JSON.stringify(from) === JSON.stringify(to) : isEmpty) return
    changes.push({ field, from: from ?? null, to, secret: false, widens })
  }
  const addresses = { from: before ? addressesOf(before.resolved) : [], to: addressesOf(after.resolved) }
  const callers = createAddressList(after.ipAllowList)
  const isNew = before === null
  compare('name', before?.name, after.name, false)
  compare('authMethod', before?.authMethod, after.authMethod, true)
  compare('clientId', before?.clientId, after.clientId, true)
  compare('scopes', before?.scopes, after.scopes, more(before?.scopes ?? [], after.scopes))
  compare('addresses', before && addresses.from, addresses.to, more(addresses.from, addresses.to))
  compare('endpoints', before?.endpoints, after.endpoints, false)
  compare('config', before?.config, after.config, false)
  compare(
    'classification',
    before?.classification,
    after.classification,
    isNew || isLooser(before.classification, after.classification),
  )
  compare('processing', before?.processing, after.processing, false)
  compare(
    'ipAllowList',
    before?.ipAllowList,
    after.ipAllowList,
    isNew || !createAddressList(before.ipAllowList).covers(callers),
  )
  for (const field of changedSecrets) changes.push({ field, from: null, to: null, secret: true, widens: false })
  return changes
}

/** Members that hold names or texts, in the form of addresses at times, and are called by nobody. */
const notCalled = new Set(['scopes', 'authorizationParams', 'headers', 'quirks'])

/** Every address that is called under an integration, whichever way its accounts are authorised. */
function addressesOf({ auth, api, account }: ResolvedProvider): string[] {
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value === 'string') {
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value)) found.add(value)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) if (!notCalled.has(name)) walk(member)
    }
  }
  walk([auth, api, account ?? null])
  return [...found].sort()
}
