import { describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { checkHealth, type HealthStatus, type IntegrationAdapter } from './integration-adapter.ts'
import { IntegrationManager } from './integration-manager.ts'

interface Ledger {
  read(): string
}

class LedgerAdapter implements IntegrationAdapter<{ entry: string }, Ledger> {
  #entry: string | undefined
  #client: Ledger | undefined

  configure(config: { entry: string }): void {
    if (config.entry === '') throw new Error('An entry is needed.')
    this.#entry = config.entry
  }

  async connect(): Promise<void> {
    const entry = this.#entry
    if (entry === undefined) throw new Error('Not configured.')
    this.#client = { read: () => entry }
  }

  async disconnect(): Promise<void> {
    this.#client = undefined
  }

  getClient(): Ledger {
    if (this.#client === undefined) throw new Error('Not connected.')
    return this.#client
  }

  healthCheck(): Promise<HealthStatus> {
    return checkHealth(async () => this.getClient())
  }
}

function ledger(entry: string): LedgerAdapter {
  const adapter = new LedgerAdapter()
  adapter.configure({ entry })
  return adapter
}

describe('the integration manager', () => {
  it('connects all, one failure keeping nobody else from it, and says how each fared', async () => {
    const manager = new IntegrationManager()
    manager.register('good', ledger('a'))
    manager.register('unconfigured', new LedgerAdapter())
    expect(await manager.initialize()).toEqual({
      good: { connected: true },
      unconfigured: { connected: false, error: expect.objectContaining({ message: 'Not configured.' }) },
    })
    expect(await manager.execute('good', (client: Ledger) => client.read())).toBe('a')
    expect(await manager.healthCheck()).toMatchObject({
      good: { status: 'healthy' },
      unconfigured: { status: 'unhealthy', error: 'Not connected.' },
    })
    await manager.shutdown()
    expect(await manager.healthCheck()).toMatchObject({ good: { status: 'unhealthy' } })
  })

  it('has a breaker for each integration', async () => {
    const clock = createManualClock()
    const manager = new IntegrationManager({ circuitBreaker: { threshold: 2, timeout: 1_000, clock } })
    manager.register('one', ledger('1'))
    manager.register('two', ledger('2'))
    await manager.initialize()
    const fail = () => Promise.reject(new Error('down'))
    for (let call = 0; call < 2; call += 1) await expect(manager.execute('one', fail)).rejects.toThrow('down')
    await expect(manager.execute('one', fail)).rejects.toMatchObject({ code: 'circuit_open', details: { name: 'one' } })
    expect(await manager.execute('two', (client: Ledger) => client.read())).toBe('2')
    await clock.advance(1_000)
    expect(await manager.execute('one', (client: Ledger) => client.read())).toBe('1')
  })

  it('refuses a name that is taken, and one that is unknown', async () => {
    const manager = new IntegrationManager()
    manager.register('one', ledger('1'))
    expect(() => manager.register('one', ledger('2'))).toThrowError(expect.objectContaining({ code: 'conflict' }))
    await expect(manager.execute('two', () => 1)).rejects.toMatchObject({ code: 'not_found' })
  })
})
