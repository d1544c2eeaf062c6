/** Whether a third party answers. */
export interface HealthStatus {
  status: 'healthy' | 'unhealthy'
  timestamp: Date
  /** How long it took to find out, in milliseconds. */
  durationMs?: number
  /** Why it is unhealthy, in our words. */
  error?: string
}

/** One third party behind the same five functions as every other, to be kept by an `IntegrationManager`. */
export interface IntegrationAdapter<Config = unknown, Client = unknown> {
  /** Takes its settings and throws when they will not do. */
  configure(config: Config): void
  /** Makes the client ready; may be called again after `disconnect`. */
  connect(): Promise<void>
  /** Lets go of all it holds. */
  disconnect(): Promise<void>
  /** The client; throws before `connect`. */
  getClient(): Client
  healthCheck(): Promise<HealthStatus>
}

/** Times a check and puts its outcome into words; never rejects. */
export async function checkHealth(check: () => Promise<unknown>): Promise<HealthStatus> {
  const started = performance.now()
  let error: string | undefined
  try {
    await check()
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : 'The check failed.'
  }
  const durationMs = Math.round(performance.now() - started)
  const timestamp = new Date()
  return error === undefined
    ? { status: 'healthy', timestamp, durationMs }
    : { status: 'unhealthy', timestamp, durationMs, error }
}
