import type { OpenIntegration } from '../integrations/service.ts'

/** How long until a connection that was just made is checked, in milliseconds; spread, so that not all come at once. */
export function firstCheckOf({ healthCheck }: OpenIntegration): number | null {
  return healthCheck.enabled ? healthCheck.intervalHours * 3_600_000 * (0.5 + Math.random() / 2) : null
}
