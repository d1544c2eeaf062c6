import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Random } from './random.ts'

/** Something that is sent to Koble until it is acknowledged, and no longer. */
export interface Sent {
  id: string
  way: 'inbound' | 'outbound'
  /** Those of one key are sent one after the other, each when the one before is acknowledged. */
  key: string | null
  acknowledged: boolean
}

/** One kind of thing to send. */
export interface Kind {
  way: Sent['way']
  /** How many of each hundred. */
  share: number
  /** How many keys there are; 0 where order does not matter. */
  keys: number
  path: string
  /** Of one with this id. */
  content(id: string, key: string | null, random: Random): { headers: Record<string, string>; body: string }
}

export interface Load {
  sent: Sent[]
  /** How often each status came other than success; 0 stands for a broken connection. */
  refused: Map<number, number>
  /** Sends no more that is new; resolves when all is acknowledged, or after `withinMs`. */
  stop(withinMs: number): Promise<void>
}

const tickMs = 20
const underWayMax = 10_000
const timeoutMs = 15_000

/** Signs as the endpoints of the run are set up to check. */
export function signedBody(secret: string, content: object) {
  const body = JSON.stringify(content)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return { headers: { 'content-type': 'application/json', 'x-signature': signature }, body }
}

/** Begins so many per second, on whatever node `origin` says, as senders do: each again until it gets its 2xx. */
export function startLoad(options: {
  perSecond: number
  kinds: readonly Kind[]
  /** Where to send this time; nobody may be there. */
  origin(): string
  random: Random
}): Load {
  const { kinds, random } = options
  const agent = new Agent({ connections: 64, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: 2_000 })
  const sent: Sent[] = []
  const refused = new Map<number, number>()
  /** The last of each key. */
  const chains = new Map<string, Promise<void>>()
  const underWay = new Set<Promise<void>>()
  let givenUp = false
  let stopping = false

  async function post(kind: Kind, content: ReturnType<Kind['content']>): Promise<number> {
    try {
      const { headers, body } = content
      const url = options.origin() + kind.path
      const answer = await request(url, { dispatcher: agent, method: 'POST', headers, body })
      await answer.body.dump()
      return answer.statusCode
    } catch {
      return 0
    }
  }

  async function sendUntilTaken(one: Sent, kind: Kind): Promise<void> {
    const content = kind.content(one.id, one.key, random)
    while (!givenUp) {
      const status = await post(kind, content)
      if (status >= 200 && status < 300) {
        one.acknowledged = true
        return
      }
      refused.set(status, (refused.get(status) ?? 0) + 1)
      await sleep(200 + 600 * Math.random())
    }
  }

  function begin(): void {
    const kind = choose(kinds, random)
    const key = kind.keys > 0 ? `${kind.way}-${Math.floor(random.next() * kind.keys)}` : null
    const one: Sent = { id: `${kind.way}-${sent.length}`, way: kind.way, key, acknowledged: false }
    sent.push(one)
    const before = key === null ? undefined : chains.get(key)
    const sending = (before ?? Promise.resolve()).then(() => sendUntilTaken(one, kind))
    if (key !== null) chains.set(key, sending)
    underWay.add(sending)
    void sending.finally(() => underWay.delete(sending))
  }

  const startedAt = performance.now()
  let begun = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * options.perSecond
    while (!stopping && begun < due && underWay.size < underWayMax) {
      begin()
      begun += 1
    }
  }, tickMs)

  return {
    sent,
    refused,
    async stop(withinMs) {
      stopping = true
      clearInterval(timer)
      await Promise.race([Promise.all(underWay), sleep(withinMs, undefined, { ref: false })])
      givenUp = true
      await Promise.all(underWay)
      if (!agent.closed) await agent.close()
    },
  }
}

function choose(kinds: readonly Kind[], random: Random): Kind {
  let left = random.next() * kinds.reduce((sum, { share }) => sum + share, 0)
  for (const kind of kinds) {
    left -= kind.share
    if (left < 0) return kind
  }
  return kinds[0] as Kind
}
