import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import type { CallGate } from './call-gate.ts'
import { type ForwardOptions, forward } from './forward.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

/** Answers with the statuses of the list, one after the other, and then hangs. */
async function thirdParty(statuses: number[]) {
  const left = [...statuses]
  let count = 0
  const server = await startLocalServer((_request, response) => {
    count += 1
    const status = left.shift()
    if (status !== undefined) response.writeHead(status, { 'retry-after': '0' }).end('body')
  })
  onTestFinished(() => server.close())
  return { url: new URL(server.origin), requests: () => count }
}

/** Writes down what it is told; `enter` decides. */
function writtenGate(enter: CallGate['enter'] = () => undefined) {
  const told: string[] = []
  const gate: CallGate = {
    enter(waiting) {
      told.push('enter')
      return enter(waiting)
    },
    answered: (status) => told.push(`answered ${status}`),
    failed: (error) => told.push(`failed ${error.code}`),
  }
  return { gate, told }
}

const send = (url: URL, options: Partial<ForwardOptions>) =>
  forward({ agent, url, method: 'GET', headers: {}, body: null, timeoutMs: 3_000, ...options })

describe('the gate of a call', () => {
  it('is asked before each attempt and told the end of each', async () => {
    const { url } = await thirdParty([503, 503, 200])
    const { gate, told } = writtenGate()
    const answer = await send(url, { gate })
    answer.body.destroy()
    expect(answer.attempts).toBe(3)
    expect(told).toEqual(['enter', 'answered 503', 'enter', 'answered 503', 'enter', 'answered 200'])
  })

  it('sends nothing when it refuses, at once or later', async () => {
    const { url, requests } = await thirdParty([200, 200])
    const refusal = Object.assign(new Error('closed'), { code: 'ECLOSED' })
    const atOnce = writtenGate(() => {
      throw refusal
    })
    await expect(send(url, { gate: atOnce.gate })).rejects.toMatchObject({ cause: refusal })
    const later = writtenGate(() => Promise.reject(refusal))
    await expect(send(url, { gate: later.gate })).rejects.toMatchObject({ cause: refusal })
    expect(requests()).toBe(0)
    expect([...atOnce.told, ...later.told]).toEqual(['enter', 'enter'])
  })

  it('hears of an attempt that brings no answer: the time ran out, the caller left, the connection broke', async () => {
    const silent = await thirdParty([])
    const slow = writtenGate()
    await expect(send(silent.url, { gate: slow.gate, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'provider_timeout',
    })
    expect(slow.told).toEqual(['enter', 'failed provider_timeout'])

    const left = writtenGate()
    const signal = AbortSignal.timeout(50)
    await expect(send(silent.url, { gate: left.gate, signal: signal as never })).rejects.toMatchObject({
      code: 'client_closed',
    })
    expect(left.told).toEqual(['enter', 'failed client_closed'])

    const gone = writtenGate()
    const url = new URL('http://127.0.0.1:9')
    await expect(send(url, { gate: gone.gate, method: 'POST' })).rejects.toMatchObject({ code: 'provider_unreachable' })
    expect(gone.told).toEqual(['enter', 'failed provider_unreachable'])
  })

  it('has its waiting ended with the call, which then says that nothing was sent', async () => {
    const { url, requests } = await thirdParty([200])
    let aborted = false
    const { gate, told } = writtenGate(
      (waiting) =>
        new Promise((_resolve, reject) => {
          waiting().addEventListener('abort', () => {
            aborted = true
            reject(waiting().reason)
          })
        }),
    )
    await expect(send(url, { gate, timeoutMs: 50 })).rejects.toMatchObject({ code: 'rate_limited', status: 429 })
    expect(aborted).toBe(true)
    expect(requests()).toBe(0)
    expect(told).toEqual(['enter'])
  })

  it('is told of the end when it lets in a call that is over by then', async () => {
    const { url, requests } = await thirdParty([200])
    let letIn: () => void = () => {}
    const { gate, told } = writtenGate(
      () =>
        new Promise((resolve) => {
          letIn = resolve
        }),
    )
    await expect(send(url, { gate, timeoutMs: 50 })).rejects.toMatchObject({ code: 'provider_timeout' })
    letIn()
    await expect.poll(() => told).toEqual(['enter', 'failed client_closed'])
    expect(requests()).toBe(0)
  })
})
