import type { GatewaySettingsInput } from '@koble/contract/gateway-settings'
import { apiError } from '../../http/problems.ts'
import { expressionsOf } from './transforms.ts'
import { readWithinMs } from './validation.ts'
import { JobFailure, JobTimeout, type WorkerPool } from './worker-pool.ts'

const lane = 'settings'

/** Refuses settings whose expressions or document cannot be read; throws `invalid_request` that names the fields. */
export async function checkGatewaySettings(pool: WorkerPool, settings: GatewaySettingsInput): Promise<void> {
  const errors: { path: string; message: string }[] = []
  const note = (path: string, message: string) => errors.push({ path: `gatewaySettings.${path}`, message })
  try {
    const placed = (settings.transforms ?? []).map((transform, index) => ({ transform, path: `transforms.${index}` }))
    const steps = placed.flatMap(expressionsOf)
    if (steps.length > 0) {
      const problems = await pool.run('checkExpressions', { steps }, { lane, timeoutMs: readWithinMs })
      for (const { path, message } of problems) note(path, message)
    }
    if (settings.openapi) {
      const text = JSON.stringify(settings.openapi)
      const problem = await pool.run('checkOpenapi', { text }, { lane, timeoutMs: readWithinMs })
      if (problem !== null) note('openapi', problem.slice(0, 1_000))
    }
  } catch (error) {
    if (!(error instanceof JobTimeout || error instanceof JobFailure)) throw error
    note(settings.openapi ? 'openapi' : 'transforms', `It could not be read: ${error.message}`)
  }
  if (errors.length === 0) return
  throw apiError('invalid_request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors })
}
