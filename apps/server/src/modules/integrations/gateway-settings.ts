import type { GatewaySettings, GatewaySettingsInput } from '@koble/contract/gateway-settings'

/** As they are kept; what is absent is off. */
export interface KeptGatewaySettings {
  cache?: NonNullable<GatewaySettings['cache']>
  transforms?: GatewaySettings['transforms']
  validation?: GatewaySettings['validation']
  /** The text of the document. */
  openapi?: string
}

/** What is kept after a change: what it names is replaced, and what it names as null is gone. */
export function changedSettings(kept: KeptGatewaySettings, input: GatewaySettingsInput): KeptGatewaySettings {
  const { openapi, ...rest } = input
  const text = openapi && { openapi: JSON.stringify(openapi) }
  const changed = { ...kept, ...rest, ...(openapi === null ? { openapi } : text) }
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null && value !== undefined))
}

/** What the gateway has to do for them; null when that is nothing. */
export function usedSettings(kept: KeptGatewaySettings): KeptGatewaySettings | null {
  const { cache, transforms = [], validation = 'off', openapi } = kept
  const isUsed = cache !== undefined || transforms.length > 0 || (validation !== 'off' && openapi !== undefined)
  return isUsed ? kept : null
}

/** As they go over the wire. */
export function shownSettings({ cache, transforms, validation, openapi }: KeptGatewaySettings): GatewaySettings {
  return {
    cache: cache ?? null,
    transforms: transforms ?? [],
    validation: validation ?? 'off',
    openapi: openapi === undefined ? null : JSON.parse(openapi),
  }
}
