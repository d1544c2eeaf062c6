import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KobleError } from '../errors/errors.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { CircuitBreaker, CircuitBreakerPresets } from './circuit-breaker.ts'
import { createMemoryStore, type StateStore } from './state-store.ts'

const broken = () => Promise.reject(new Error('down'))
const fine = async () => 'fine'
const startMs = createManualClock().now()

/** Answers each update a moment later, as a store across the network does. */
function remote(store: StateStore): StateStore {
  return {
    update: async (key, create, change, ttlMs) => {
      await new Promise((resolve) => setImmediate(resolve))
      return store.update(key, create, change, ttlMs)
    },
  }
}

describe('the circuit breaker', () => {
  it('has the presets standard, aggressive and tolerant', () => {
    expect(CircuitBreakerPresets).toEqual({
      standard: { threshold: 5, timeout: 60_000 },
      aggressive: { threshold: 3, timeout: 30_000 },
      tolerant: { threshold: 10, timeout: 120_000 },
    })
  })

  it('opens after so many failures in a row, rejects at once, probes after its rest, and closes on success', async () => {
    const clock = createManualClock()
    const changes: string[] = []
    const breaker = new CircuitBreaker({
      ...CircuitBreakerPresets.standard,
      name: 'my-api',
      clock,
      onStateChange: (state, { name, previous }) => changes.push(`${name} ${previous} ${state}`),
    })
    for (let call = 0; call < 4; call += 1) await expect(breaker.execute(broken)).rejects.toThrow('down')
    await breaker.execute(fine)
    for (let call = 0; call < 5; call += 1) await expect(breaker.execute(broken)).rejects.toThrow('down')
    expect(breaker.getState()).toBe('OPEN')

    await clock.advance(20_000)
    let ran = false
    const refused = breaker.execute(async () => {
      ran = true
    })
    await expect(refused).rejects.toMatchObject({
      code: 'circuit_open',
      retryable: true,
      details: { retryAfterMs: 40_000 },
    })
    expect(ran).toBe(false)

    await clock.advance(40_000)
    expect(await breaker.execute(fine)).toBe('fine')
    expect(breaker.getState()).toBe('CLOSED')
    expect(changes).toEqual(['my-api CLOSED OPEN', 'my-api OPEN HALF_OPEN', 'my-api HALF_OPEN CLOSED'])
  })

  it('tells on one node alone that it made a change, whichever of them others come to see', async () => {
    const clock = createManualClock()
    for (const store of [createMemoryStore({ clock }), remote(createMemoryStore({ clock }))]) {
      const changes: string[] = []
      const seen: string[] = []
      const [one, other] = ['one', 'other'].map(
        (node) =>
          new CircuitBreaker({
            name: 'shared',
            threshold: 1,
            timeout: 1_000,
            clock,
            store,
            onStateChange: (state, { previous, byThisNode }) =>
              (byThisNode ? changes : seen).push(`${node} ${previous} ${state}`),
          }),
      ) as [CircuitBreaker, CircuitBreaker]
      await expect(one.execute(broken)).rejects.toThrow('down')
      await expect(other.execute(fine)).rejects.toMatchObject({ code: 'circuit_open' })
      await clock.advance(1_000)
      // Opens it anew after a probe, which the first one knows nothing of.
      await expect(other.execute(broken)).rejects.toThrow('down')
      await clock.advance(1_000)
      expect(await one.execute(fine)).toBe('fine')
      expect(await other.execute(fine)).toBe('fine')
      expect(changes).toEqual([
        'one CLOSED OPEN',
        'other OPEN HALF_OPEN',
        'other HALF_OPEN OPEN',
        'one OPEN HALF_OPEN',
        'one HALF_OPEN CLOSED',
      ])
      expect(seen).toEqual(['other CLOSED OPEN', 'other OPEN CLOSED'])
    }
  })

  it('says that it is closed again when its state was forgotten while it was open', async () => {
    const clock = createManualClock()
    const changes: string[] = []
    const breaker = new CircuitBreaker({
      threshold: 1,
      timeout: 1_000,
      clock,
      onStateChange: (state, { byThisNode }) => changes.push(`${state} ${byThisNode}`),
    })
    await expect(breaker.execute(broken)).rejects.toThrow('down')
    await clock.advance(7_200_000)
    expect(await breaker.execute(fine)).toBe('fine')
    expect(changes).toEqual(['OPEN true', 'CLOSED true'])
  })

  it('lets the fallback answer while it is open, and only then', async () => {
    const breaker = new CircuitBreaker({ threshold: 1, timeout: 1_000, clock: createManualClock() })
    await expect(breaker.execute(broken, () => 'instead')).rejects.toThrow('down')
    expect(await breaker.execute(fine, (error) => error.code)).toBe('circuit_open')
  })

  it('takes an abort for nothing, and an answer that will not change for an answer', async () => {
    const clock = createManualClock()
    const breaker = new CircuitBreaker({ threshold: 1, timeout: 1_000, clock })
    const aborted = () => Promise.reject(AbortSignal.abort().reason)
    const refused = () => Promise.reject(new KobleError('provider_rejected', 'no'))
    await expect(breaker.execute(aborted)).rejects.toThrow()
    await expect(breaker.execute(refused)).rejects.toThrow()
    expect(breaker.getState()).toBe('CLOSED')

    await expect(breaker.execute(broken)).rejects.toThrow()
    await clock.advance(1_000)
    await expect(breaker.execute(aborted)).rejects.toThrow()
    expect(breaker.getState()).toBe('HALF_OPEN')
    await expect(breaker.execute(refused)).rejects.toThrow()
    expect(breaker.getState()).toBe('CLOSED')
  })

  it('gives the place of a probe that never comes back to the next call', async () => {
    const clock = createManualClock()
    const breaker = new CircuitBreaker({ threshold: 1, timeout: 1_000, clock })
    await expect(breaker.execute(broken)).rejects.toThrow()
    await clock.advance(1_000)
    const lost = await breaker.enter()
    await expect(breaker.execute(fine)).rejects.toMatchObject({ code: 'circuit_open' })
    await clock.advance(1_000)
    const second = await breaker.enter()
    breaker.settle(lost, 'failure')
    expect(breaker.getState()).toBe('HALF_OPEN')
    breaker.settle(second, 'success')
    expect(breaker.getState()).toBe('CLOSED')
  })

  it('goes by the share of failures in a window when it samples', async () => {
    const clock = createManualClock()
    const sampling = { windowMs: 10_000, failureRate: 0.5 }
    const breaker = new CircuitBreaker({ threshold: 5, timeout: 1_000, sampling, clock })
    for (let call = 0; call < 20; call += 1) await breaker.execute(fine)
    for (let call = 0; call < 19; call += 1) await expect(breaker.execute(broken)).rejects.toThrow('down')
    expect(breaker.getState()).toBe('CLOSED')
    await expect(breaker.execute(broken)).rejects.toThrow('down')
    expect(breaker.getState()).toBe('OPEN')

    const patient = new CircuitBreaker({ threshold: 5, timeout: 1_000, sampling, clock })
    for (let call = 0; call < 10; call += 1) {
      await expect(patient.execute(broken)).rejects.toThrow('down')
      await clock.advance(3_000)
    }
    expect(patient.getState()).toBe('CLOSED')
  })

  it('is one breaker on all nodes that share a store', async () => {
    const clock = createManualClock()
    const store = remote(createMemoryStore({ clock }))
    const options = { threshold: 3, timeout: 1_000, name: 'shared', clock, store }
    const nodes = [new CircuitBreaker(options), new CircuitBreaker(options), new CircuitBreaker(options)]
    for (const node of nodes) await expect(node.execute(broken)).rejects.toThrow('down')
    for (const node of nodes) await expect(node.execute(fine)).rejects.toMatchObject({ code: 'circuit_open' })
    await clock.advance(1_000)
    const outcomes = await Promise.allSettled(nodes.map((node) => node.execute(fine)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('goes by what the node sees itself while the shared store fails', async () => {
    const store: StateStore = { update: () => Promise.reject(new Error('no store')) }
    const breaker = new CircuitBreaker({ threshold: 2, timeout: 1_000, clock: createManualClock(), store })
    expect(await breaker.execute(fine)).toBe('fine')
    for (let call = 0; call < 2; call += 1) await expect(breaker.execute(broken)).rejects.toThrow('down')
    await expect(breaker.execute(fine)).rejects.toMatchObject({ code: 'circuit_open' })
  })
})

/** Calls begin, end well or badly or not at all, in any order, while time passes. */
const schedule = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ type: 'begin' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('end' as const),
        which: fc.nat(20),
        outcome: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const, 'ignored' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat(1_500) }) },
  ),
  { maxLength: 200 },
)

describe('the circuit breaker over any schedule', () => {
  const rules = fc.record({ threshold: fc.integer({ min: 1, max: 6 }), timeout: fc.integer({ min: 1, max: 1_000 }) })

  it('in a row: agrees with a plain model, call by call', () => {
    fc.assert(
      fc.property(rules, schedule, (rule, events) => {
        let nowMs = startMs
        const breaker = new CircuitBreaker({ ...rule, clock: { now: () => nowMs, after: () => () => {} } })
        const running: { permit: number; era: number }[] = []
        const model = { state: 'CLOSED', era: 0, row: 0, untilMs: 0 }
        const turn = (state: string, untilMs: number) => {
          Object.assign(model, { state, untilMs, row: 0, era: model.era + 1 })
        }
        for (const event of events) {
          if (event.type === 'pass') nowMs += event.ms
          else if (event.type === 'begin') {
            const passes = model.state === 'CLOSED' || nowMs >= model.untilMs
            if (!passes) {
              expect(() => breaker.enter()).toThrowError(expect.objectContaining({ code: 'circuit_open' }))
              continue
            }
            if (model.state !== 'CLOSED') turn('HALF_OPEN', nowMs + rule.timeout)
            running.push({ permit: breaker.enter() as number, era: model.era })
          } else {
            const [call] = running.splice(event.which % Math.max(1, running.length), 1)
            if (call === undefined) continue
            breaker.settle(call.permit, event.outcome)
            if (call.era !== model.era) continue
            if (model.state === 'HALF_OPEN') {
              if (event.outcome === 'success') turn('CLOSED', 0)
              else if (event.outcome === 'failure') turn('OPEN', nowMs + rule.timeout)
              else model.untilMs = nowMs
            } else if (event.outcome === 'success') model.row = 0
            else if (event.outcome === 'failure') {
              model.row += 1
              if (model.row === rule.threshold) turn('OPEN', nowMs + rule.timeout)
            }
          }
          expect(breaker.getState()).toBe(model.state)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never lets two probes out within one rest, nor anything during it', () => {
    fc.assert(
      fc.property(
        rules,
        fc.option(
          fc.record({
            windowMs: fc.integer({ min: 20, max: 5_000 }),
            failureRate: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          {
            nil: undefined,
          },
        ),
        schedule,
        (rule, sampling, events) => {
          let nowMs = startMs
          let openedAtMs = 0
          const probesAtMs: number[] = []
          const breaker = new CircuitBreaker({
            ...rule,
            sampling,
            clock: { now: () => nowMs, after: () => () => {} },
            onStateChange: (state) => {
              if (state === 'OPEN') openedAtMs = nowMs
            },
          })
          const running: number[] = []
          for (const event of events) {
            if (event.type === 'pass') nowMs += event.ms
            else if (event.type === 'end') {
              const [permit] = running.splice(event.which % Math.max(1, running.length), 1)
              const isProbe = breaker.getState() === 'HALF_OPEN'
              if (permit !== undefined) breaker.settle(permit, event.outcome)
              if (isProbe) probesAtMs.length = 0
            } else {
              const before = breaker.getState()
              try {
                running.push(breaker.enter() as number)
              } catch {
                continue
              }
              if (before === 'OPEN') expect(nowMs - openedAtMs).toBeGreaterThanOrEqual(rule.timeout)
              if (before === 'CLOSED') continue
              const last = probesAtMs.at(-1)
              if (before === 'HALF_OPEN' && last !== undefined)
                expect(nowMs - last).toBeGreaterThanOrEqual(rule.timeout)
              probesAtMs.push(nowMs)
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('always comes back to a third party that is well again', () => {
    fc.assert(
      fc.property(rules, schedule, (rule, events) => {
        let nowMs = startMs
        const breaker = new CircuitBreaker({ ...rule, clock: { now: () => nowMs, after: () => () => {} } })
        const running: number[] = []
        for (const event of events) {
          if (event.type === 'pass') nowMs += event.ms
          else if (event.type === 'end') {
            const permit = running.shift()
            if (permit !== undefined) breaker.settle(permit, event.outcome)
          } else {
            try {
              running.push(breaker.enter() as number)
            } catch {}
          }
        }
        nowMs += rule.timeout
        breaker.settle(breaker.enter() as number, 'success')
        expect(breaker.getState()).toBe('CLOSED')
      }),
      { numRuns: 500 },
    )
  })
})
