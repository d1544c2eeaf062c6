import type { Delivery } from '@koble/core/signatures'
import { timedId } from '../../../database/uuid-time.ts'
import type { RejectionCount, RejectionSample, RejectionStore } from './store.ts'

/** A request that was refused at an endpoint that is there. */
export interface Rejection {
  endpointId: string
  organizationId: string
  reason: string
  method: string
  remoteAddress: string | undefined
  headers: Delivery['headers']
  bodyBytes: number
}

export interface RejectionRecorder {
  /** Counts it, and keeps it as a sample now and then; written with others a moment later. */
  note(rejection: Rejection): void
  flush(): Promise<void>
  stop(): Promise<void>
}

const flushEveryMs = 1000
const retryAfterMs = 5000
const hourMs = 3_600_000
/** Of one endpoint, so many samples are taken between two writes; a flood costs no more than its count. */
const samplesPerFlush = 3
/** So many counts are kept while the database is away. */
const countsMax = 20_000
const hidden = '[not kept]'
/** Whose values say what was sent and by what, and are never a proof. */
const harmless = new Set([
  'accept',
  'content-encoding',
  'content-length',
  'content-type',
  'transfer-encoding',
  'user-agent',
])

/** Counts what is refused, in memory, so that a flood of bad requests costs a write a second. */
export function createRejectionRecorder(
  store: RejectionStore,
  log: { warn(details: object, message: string): void },
): RejectionRecorder {
  let counts = new Map<string, RejectionCount>()
  let samples: RejectionSample[] = []
  let sampled = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => void flush(), delayMs)
    timer.unref()
  }

  function add(count: RejectionCount): void {
    const key = `${count.endpointId} ${count.hour.getTime()} ${count.reason}`
    const known = counts.get(key)
    if (known) {
      known.count += count.count
      known.lastAt = count.lastAt > known.lastAt ? count.lastAt : known.lastAt
    } else if (counts.size < countsMax) counts.set(key, count)
  }

  async function write(): Promise<void> {
    if (counts.size === 0) return
    const [writtenCounts, writtenSamples] = [[...counts.values()], samples]
    counts = new Map()
    samples = []
    sampled = new Map()
    try {
      await store.write(writtenCounts, writtenSamples)
    } catch (error) {
      log.warn({ err: error }, 'refused deliveries cannot be counted at the moment')
      for (const count of writtenCounts) add(count)
      schedule(retryAfterMs)
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    writing = writing.then(write)
    return writing
  }

  return {
    note({ endpointId, organizationId, reason, method, remoteAddress, headers, bodyBytes }) {
      const now = Date.now()
      const hour = new Date(now - (now % hourMs))
      add({ endpointId, organizationId, hour, reason, count: 1, lastAt: new Date(now) })
      const taken = sampled.get(endpointId) ?? 0
      if (taken < samplesPerFlush) {
        sampled.set(endpointId, taken + 1)
        const address = remoteAddress ?? null
        samples.push({
          ...timedId(),
          organizationId,
          endpointId,
          reason,
          method,
          remoteAddress: address,
          headers: keptHeaders(headers),
          bodyBytes,
        })
      }
      schedule(flushEveryMs)
    },
    flush,
    async stop() {
      await flush()
      if (timer) clearTimeout(timer)
    },
  }
}

/**
 * Which headers there were, and the values of those that are harmless. Whoever sends by the wrong scheme may send a
 * secret in any of the others, so none of their values is kept.
 */
function keptHeaders(headers: Delivery['headers']): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers).slice(0, 50)) {
    if (value === undefined || name.length > 200) continue
    kept[name] = harmless.has(name) ? [value].flat().join(', ').slice(0, 300) : hidden
  }
  return kept
}
